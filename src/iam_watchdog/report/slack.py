"""What Slack shows: one message per plan, what happens to it later in its thread, many functions in one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from iam_watchdog.model import Incident, Proposed, Status
from iam_watchdog.ports import Settings
from iam_watchdog.report import blocks
from iam_watchdog.report.blocks import Block
from iam_watchdog.report.buttons import buttons
from iam_watchdog.report.escape import line
from iam_watchdog.report.fix_json import kind, target
from iam_watchdog.report.forms import NAMES, forms
from iam_watchdog.report.gates import State, gates, statement
from iam_watchdog.report.missing import commands, missing
from iam_watchdog.report.notification import report_key
from iam_watchdog.report.text import gains
from iam_watchdog.report.words import ago, first_line, name, often, refused
from iam_watchdog.status import derive, timeline

MARKS: Mapping[Status, str] = {
    Status.VERIFIED: "\U0001f7e2",
    Status.HEALED: "\U0001f7e2",
    Status.APPROVED: "\U0001f535",
    Status.APPLIED: "\U0001f535",
    Status.NOT_YET: "\U0001f535",
    Status.DISMISSED: "⚪",
    Status.SNOOZED: "⚪",
    Status.STALE: "\U0001f7e0",
    Status.UNDONE: "\U0001f7e0",
}
"""Green is over, blue is being worked on, white is set aside, orange did not work out; all else is red."""
RED = "\U0001f534"
ONE_FORM = 2_400
ALL_FORMS = 9_000


@dataclass(frozen=True, slots=True)
class Post:
    """One message: the fallback text and the blocks."""

    text: str
    blocks: tuple[Block, ...]


def message(incident: Incident, settings: Settings, now: datetime) -> Post:
    """The message of a plan as it stands now; drawn again, it loses buttons and never changes its plan."""
    found = incident.last(Proposed)
    status = derive(incident, now)
    first = f"{MARKS.get(status, RED)} {first_line(incident, settings, now)}"
    drawn = [blocks.rich([blocks.text(first, bold=True)])]
    if found:
        drawn += _why(found)
        drawn += _fix(found)
        drawn += _by_hand(found, settings) if status is Status.PROPOSED else []
    if settings.approvals and (row := buttons(incident, found, status)):
        drawn.append(blocks.actions(row, f"{incident.id}:{incident.cycle}"))
    return Post(blocks.fallback_text(first), blocks.fit((*drawn, _small_print(incident, found, settings))))


def closed(incident: Incident, settings: Settings, now: datetime) -> Post:
    """An older plan's message: as it was, without buttons, and with a line that says so."""
    was = message(incident, settings, now)
    note = "A newer message holds the present state of this incident; this plan can no longer be applied."
    kept = [b for b in was.blocks if b["type"] != "actions"]
    return Post(was.text, blocks.fit((blocks.rich([blocks.text(note, bold=True)]), *kept)))


def _why(found: Proposed) -> list[Block]:
    diagnosis = found.diagnosis
    rows = [[blocks.text("Why  ", bold=True), blocks.text(line(diagnosis.because, 1_200))]]
    named = [g for g in gates(diagnosis, found.unread) if g.state is not State.ABSENT]
    if named:
        way = " · ".join(f"{_SIGNS[g.state]} {g.title}" for g in named)
        rows.append([blocks.text("The way  ", bold=True), blocks.text(way)])
    deciding = [statement(f) for f in (diagnosis.verdict.deciding or diagnosis.verdict.near)[:2]]
    if deciding:
        label = "Decided by  " if diagnosis.verdict.deciding else "Nearest  "
        rows.append([blocks.text(label, bold=True), blocks.text("; ".join(deciding))])
    return [blocks.rich(*rows), *_notes(found)]


_SIGNS = {State.OPEN: "✓", State.SHUT: "✗", State.UNREAD: "?", State.ABSENT: "–"}


def _notes(found: Proposed) -> list[Block]:
    unread = [f"could not be read: {u.what}: {u.why}" for u in found.unread[:4]]
    notes = [line(note, 400) for note in (*found.diagnosis.notes[:4], *unread)]
    return [blocks.bullets(notes)] if notes else []


def _fix(found: Proposed) -> list[Block]:
    drawn: list[Block] = []
    left = 2 * ONE_FORM
    for fix in found.diagnosis.fixes[:4]:
        form = forms(fix).get("json", "")
        drawn.append(blocks.rich([blocks.text(f"{_VERBS[kind(fix)]}  ", bold=True), blocks.text(_what(fix))]))
        if form and left > 200:
            drawn.append(blocks.preformatted(form, min(left, ONE_FORM)))
            left -= min(len(form), ONE_FORM)
    if found.proof and drawn:
        drawn.append(blocks.rich([blocks.text(gains(found.proof)[:1].upper() + gains(found.proof)[1:])]))
    return drawn


_VERBS = {
    "attach_managed_policy": "Fix: attach to the role",
    "add_role_statements": "Fix: add to the role",
    "add_invoke_permission": "Fix: let it start the function",
    "advice": "To do by its owner",
}


def _what(fix: object) -> str:
    text = getattr(fix, "text", "")
    return f"{text} ({target(fix)})" if text else target(fix)  # type: ignore[arg-type]


def _by_hand(found: Proposed, settings: Settings) -> list[Block]:
    """No button that would only be refused: what is missing, and the command."""
    against = missing(found, settings)
    if not against or not found.plan:
        return []
    drawn = [blocks.rich([blocks.text("No Apply button: ", bold=True), blocks.text("; ".join(against))])]
    made = "\n".join(commands(found))
    return [*drawn, blocks.preformatted(made, ONE_FORM)] if made else drawn


def _small_print(incident: Incident, found: Proposed | None, settings: Settings) -> Block:
    seen = f"incident {incident.id}, cycle {incident.cycle}, seen by {incident.denial.witness}"
    decided = f"{found.diagnosis.rule}, {found.diagnosis.confidence}" if found else ""
    plan = f"plan {found.plan_hash[:12]}" if found and found.plan_hash else ""
    report = "" if settings.approvals else f"report {report_key(incident)}"
    return blocks.context(" · ".join(w for w in (seen, decided, plan, report) if w))


def reply(incident: Incident, settings: Settings, now: datetime) -> Post:
    """What happened since, for the thread: the first line and the last things that happened."""
    first = f"{MARKS.get(derive(incident, now), RED)} {first_line(incident, settings, now)}"
    happened = [f"{at:%H:%M:%S} UTC  {what}" for at, what in timeline(incident) if not what.startswith("told people")]
    drawn = [blocks.rich([blocks.text(first, bold=True)])]
    drawn += [blocks.bullets([line(what, 400) for what in happened[-4:]])] if happened else []
    return Post(blocks.fallback_text(first), blocks.fit(drawn))


def other_forms(incident: Incident) -> Post | None:
    """The same fix in the other languages, for the thread: one click away."""
    found = incident.last(Proposed)
    drawn: list[Block] = []
    left = ALL_FORMS
    for fix in found.diagnosis.fixes if found else ():
        for language, form in forms(fix).items():
            if language != "json" and form and left > 300 and len(drawn) < 40:
                drawn += [
                    blocks.rich([blocks.text(NAMES[language], bold=True)]),
                    blocks.preformatted(form, min(left, blocks.PREFORMATTED)),
                ]
                left -= min(len(form), blocks.PREFORMATTED)
    return Post("The same fix in other forms", blocks.fit(drawn)) if drawn else None


def group(incidents: Sequence[Incident], settings: Settings, now: datetime) -> Post:
    """Many functions refused by one statement: one message that lists them, the most frequent first."""
    ranked = sorted(incidents, key=lambda i: -i.occurrences)
    lead = ranked[0]
    first = f"{RED} {len(ranked)} functions are refused by the same statement: {first_line(lead, settings, now)}"
    rows = [f"{name(i.denial)}: {refused(i.denial)}, {often(i, now)}, last {ago(i.last_seen, now)}" for i in ranked]
    more = f"and {len(rows) - 20} more" if len(rows) > 20 else ""
    found = lead.last(Proposed)
    drawn = [blocks.rich([blocks.text(first, bold=True)]), *(_why(found) if found else [])]
    drawn.append(blocks.bullets([line(row, 250) for row in (*rows[:20], more) if row]))
    drawn += _fix(found) if found else []
    return Post(blocks.fallback_text(first), blocks.fit((*drawn, _small_print(lead, found, settings))))
