"""The sweep: find what leaves no log line, close what healed, send again what stayed behind; it diagnoses nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from iam_watchdog import rules, story
from iam_watchdog.expect import View, audit
from iam_watchdog.model import Healed, Incident, Status
from iam_watchdog.ports import NoticeWorld, SweepWorld
from iam_watchdog.status import derive

PLACE = "sweep"
"""The name of the cursor."""
OPEN = frozenset({Status.OPEN, Status.PROPOSED, Status.ADVISED, Status.STALE, Status.FAILED, Status.SNOOZED})
"""Incidents that may heal by themselves; what the write side has, it ends itself."""
LOST = timedelta(minutes=5)
"""An incident that is not marked as sent after this time was left behind by a crash."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What one run of the sweep did; finished: it reached the last function."""

    functions: int = 0
    denials: int = 0
    sent: int = 0
    undecided: int = 0
    healed: int = 0
    resent: int = 0
    finished: bool = False
    unread: tuple[str, ...] = ()


def sweep(world: SweepWorld, until: datetime) -> Tally:
    """Audit functions from the stored cursor on until the time is up; after the last page look after old incidents."""
    tally = Tally()
    for page in world.surveyor.pages(world.facts.cursor(PLACE)):
        for view in page.views:
            tally = _audited(tally, view, world)
        world.facts.move(PLACE, page.cursor)
        tally = replace(tally, finished=not page.cursor, unread=page.unread)
        if world.clock.now() >= until:
            break
    return _look_after(tally, world, until) if tally.finished else tally


def _audited(tally: Tally, view: View, world: SweepWorld) -> Tally:
    """One function: its refusals are denials like any other."""
    if view.function.arn in world.settings.own_functions or view.function.tags.get("iam-watchdog") == "ignore":
        return tally
    found = audit(view, world.clock.now())
    sent = story.notice(found.denials, NoticeWorld(world.facts, world.queue)) if found.denials else 0
    return replace(
        tally,
        functions=tally.functions + 1,
        denials=tally.denials + len(found.denials),
        sent=tally.sent + sent,
        undecided=tally.undecided + len(found.undecided),
    )


def _look_after(tally: Tally, world: SweepWorld, until: datetime) -> Tally:
    now = world.clock.now()
    for incident in world.facts.listing():
        if world.clock.now() >= until:
            break
        if derive(incident, now) not in OPEN:
            continue
        if _left_behind(incident, now):
            world.queue.diagnose(incident)
            world.facts.enqueued(incident)
            tally = replace(tally, resent=tally.resent + 1)
        elif why := _healed(incident, world):
            world.facts.add(incident, Healed(world.clock.now(), why))
            tally = replace(tally, healed=tally.healed + 1)
    return tally


def _left_behind(incident: Incident, now: datetime) -> bool:
    opened = incident.facts[0]
    return getattr(opened, "enqueued_at", None) is None and incident.last_seen + LOST < now


def _healed(incident: Incident, world: SweepWorld) -> str:
    """Say why an incident is over, or "": what can be read has to allow the call, silence is no proof."""
    if incident.last_seen + LOST > world.clock.now():
        return ""
    evidence = world.reader.gather(incident.denial)
    found = rules.diagnose(incident.denial, evidence)
    if found.rule != "already_allowed":
        return ""
    who = next((f" ({c.event} by {c.who})" for c in evidence.changes if c.at > incident.first_seen), "")
    return f"the policies allow it now{who}"
