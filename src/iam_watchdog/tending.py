"""What becomes of old incidents after a sweep: sent again, closed, left alone; and whether the canary sang."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypedDict

from iam_watchdog import canary, healing, rules
from iam_watchdog.model import Healed, Incident, Seen, Status, Witness
from iam_watchdog.ports import SweepWorld
from iam_watchdog.status import derive

OPEN = frozenset({Status.OPEN, Status.PROPOSED, Status.ADVISED, Status.STALE, Status.FAILED, Status.SNOOZED})
"""Incidents that may heal by themselves; what the write side has, it ends itself."""
LOST = timedelta(minutes=5)
"""An incident that is not marked as sent after this time was left behind by a crash."""


class Tended(TypedDict):
    """How many were sent again, how many are over, and whether no canary was heard."""

    resent: int
    healed: int
    canary_missing: bool


def look_after(world: SweepWorld, began: datetime | None, up_since: datetime | None, until: datetime) -> Tended:
    """Send again what stayed behind, close what healed; what this sweep has just seen is not healed."""
    now, incidents = world.clock.now(), world.facts.listing()
    missing = up_since is not None and canary.missing(incidents, up_since, now)
    done = Tended(resent=0, healed=0, canary_missing=missing)
    for incident in incidents:
        if world.clock.now() >= until:
            break
        if derive(incident, now) not in OPEN:
            continue
        if _left_behind(incident, now):
            world.queue.diagnose(incident)
            world.facts.enqueued(incident)
            done["resent"] += 1
        elif not _seen_since(incident, began) and (why := _healed(incident, world)):
            world.facts.add(incident, Healed(world.clock.now(), why))
            done["healed"] += 1
    return done


def _seen_since(incident: Incident, began: datetime | None) -> bool:
    return began is not None and incident.denial.witness is Witness.CONFIG and incident.last_seen >= began


def _left_behind(incident: Incident, now: datetime) -> bool:
    opened = incident.last(Seen)
    return opened is not None and opened.enqueued_at is None and incident.last_seen + LOST < now


def _healed(incident: Incident, world: SweepWorld) -> str:
    """Say why an incident is over, or "": what can be read has to allow the call, silence is no proof."""
    if canary.is_one(incident.denial):
        return canary.heard(incident)
    if incident.last_seen + LOST > world.clock.now():
        return ""
    evidence = world.reader.gather(incident.denial)
    if why := healing.moot(incident.denial, evidence):
        return why
    if rules.diagnose(incident.denial, evidence).rule != "already_allowed":
        return ""
    changes = world.reader.changes(incident.denial, evidence).changes
    return healing.by_whom(changes, incident.first_seen)
