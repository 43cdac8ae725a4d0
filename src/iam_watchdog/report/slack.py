"""What Slack shows: one message per plan, what happens to it later in its thread, many functions in one message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from iam_watchdog.happened import background, timeline
from iam_watchdog.model import Incident, Proposed, Status
from iam_watchdog.ports import Settings
from iam_watchdog.report import blocks
from iam_watchdog.report.became import people
from iam_watchdog.report.blocks import Block
from iam_watchdog.report.buttons import appliable, buttons
from iam_watchdog.report.escape import line
from iam_watchdog.report.forms import NAMES, forms
from iam_watchdog.report.grouping import Group
from iam_watchdog.report.notification import report_key
from iam_watchdog.report.slack_body import all_ended, by_hand, fix, result, why
from iam_watchdog.report.standing import Standing, past, standing, undone_by_person
from iam_watchdog.report.words import first_line
from iam_watchdog.status import derive, under_way

MARKS: Mapping[Status, str] = {
    Status.VERIFIED: "\U0001f7e2 Fixed:",
    Status.HEALED: "\U0001f7e2 Over:",
    Status.APPROVED: "\U0001f535 In hand:",
    Status.APPLIED: "\U0001f535 In hand:",
    Status.NOT_YET: "\U0001f535 In hand:",
    Status.DISMISSED: "⚪ Set aside:",
    Status.SNOOZED: "⚪ Set aside:",
    Status.STALE: "\U0001f7e0 Not fixed:",
    Status.UNDONE: "\U0001f7e0 Not fixed:",
}
"""What a glance at a phone should tell; whatever nobody has in hand is red."""
RED = "\U0001f534"
UNCLEAR = "\U0001f7e0 Not verified:"
"""The trials are over and a person has to decide."""
TAKEN_BACK = "⚪ Taken back:"
"""A person wanted it so: it may have helped."""
ALL_FORMS = 9_000
LISTED = 25
"""Functions in one list."""


@dataclass(frozen=True, slots=True)
class Post:
    """One message: the fallback text and the blocks."""

    text: str
    blocks: tuple[Block, ...]


def message(incident: Incident, settings: Settings, now: datetime) -> Post:
    """The message of a plan as it stands now; drawn again, it loses buttons and never changes its plan."""
    found = incident.last(Proposed)
    status = derive(incident, now)
    first = _first(incident, settings, now)
    drawn = [blocks.rich([blocks.text(first, bold=True)])]
    if found:
        drawn += result(incident, now)
        drawn += why(found, past(incident, now))
        drawn += all_ended(incident)
        drawn += _background(incident)
        whole = fix(found, standing(incident, now))
        drawn = [*blocks.fit(drawn, blocks.TOGETHER - blocks.length(whole)), *whole]  # A yes is to all of the fix.
        drawn += by_hand(found, settings) if status is Status.PROPOSED else []
    if settings.approvals and (row := buttons(incident, found, status)):
        drawn.append(blocks.actions(row, f"{incident.id}:{incident.cycle}"))
    return Post(blocks.fallback_text(first), blocks.fit((*drawn, _small_print(incident, found, settings, status))))


def _background(incident: Incident) -> list[Block]:
    """The incidents before and after it, and why it is told again, each in a sentence."""
    return [blocks.rich([blocks.text(f"This incident {words}.")]) for words in background(incident)]


def _first(incident: Incident, settings: Settings, now: datetime) -> str:
    status = derive(incident, now)
    open_end = status is Status.NOT_YET and not under_way(incident, now)
    mark = UNCLEAR if open_end else MARKS.get(status, RED)
    if status is Status.UNDONE and undone_by_person(incident):
        mark = TAKEN_BACK
    return line(f"{mark} {first_line(incident, settings, now)}", 1_500)


def closed(incident: Incident, settings: Settings, now: datetime) -> Post:
    """An older plan's message: as it was, without buttons, and with a line that says so."""
    was = message(incident, settings, now)
    note = "A newer message holds the present state of this incident; this plan can no longer be applied."
    kept = [b for b in was.blocks if b["type"] != "actions"]
    return Post(was.text, blocks.fit((blocks.rich([blocks.text(note, bold=True)]), *kept)))


def _small_print(incident: Incident, found: Proposed | None, settings: Settings, status: Status) -> Block:
    seen = f"incident {incident.id}, cycle {incident.cycle}, seen by {incident.witness}"
    decided = f"rule {found.diagnosis.rule}, diagnosis {found.diagnosis.confidence}" if found else ""
    plan = f"plan {found.plan_hash[:12]}" if found and found.plan_hash else ""
    until = ""
    if found and settings.approvals and appliable(found, status):
        until = f"Apply is good until {found.at + timedelta(seconds=settings.approval_ttl):%H:%M} UTC"
    report = until if settings.approvals else f"report {report_key(incident)}"
    return blocks.context(" · ".join(w for w in (seen, decided, plan, report) if w))


def reply(incident: Incident, settings: Settings, now: datetime) -> Post:
    """What happened since, for the thread: the first line, and what became of it or the last things that happened."""
    first = _first(incident, settings, now)
    happened = [f"{at:%H:%M:%S} UTC  {what}" for at, what in timeline(incident) if not what.startswith("told people")]
    drawn = [blocks.rich([blocks.text(first, bold=True)])]
    listed = [blocks.bullets([line(what, 400) for what in happened[-4:]], people(incident))] if happened else []
    drawn += result(incident, now) or listed
    return Post(blocks.fallback_text(first), blocks.fit(drawn))


def other_forms(incident: Incident) -> Post | None:
    """The same fix in the other languages, for the thread: one click away."""
    found = incident.last(Proposed)
    drawn: list[Block] = []
    left = ALL_FORMS
    for one in found.diagnosis.fixes if found else ():
        for language, form in forms(one).items():
            if language != "json" and form and left > 300 and len(drawn) < 40:
                drawn += [
                    blocks.rich([blocks.text(NAMES[language], bold=True)]),
                    blocks.preformatted(form, min(left, blocks.PREFORMATTED)),
                ]
                left -= min(len(form), blocks.PREFORMATTED)
    return Post("The same fix in other forms", blocks.fit(drawn)) if drawn else None


def group(met: Group, settings: Settings, now: datetime) -> Post:
    """Many functions refused by one statement: the first one's message, and all of them in a list."""
    found = met.lead.last(Proposed)
    count = len(met.rows)
    head = f"{RED} {count} functions are refused by one statement: {first_line(met.lead, settings, now)}"
    if standing(met.lead, now) is not Standing.TO_DO:  # That is the first one's end, and nobody else's.
        head = f"{RED} {count} functions were refused by one statement, whose ends stand in the thread. The first one: "
        head += _first(met.lead, settings, now)
    first = line(head, 1_500)
    more = [f"and {count - LISTED} more"] if count > LISTED else []
    drawn = [blocks.rich([blocks.text(first, bold=True)]), *(why(found) if found else [])]
    drawn.append(blocks.bullets([*met.rows[:LISTED], *more]))
    drawn += fix(found) if found else []
    row = buttons(met.lead, found, derive(met.lead, now)) if settings.approvals else []
    drawn += [blocks.actions(row, f"{met.lead.id}:{met.lead.cycle}")] if row else []
    drawn.append(_small_print(met.lead, found, settings, derive(met.lead, now)))
    return Post(blocks.fallback_text(first), blocks.fit(drawn))
