"""What is over without us: why it is, and whoever heard of it hears that as well."""

from __future__ import annotations

from datetime import timedelta

from iam_watchdog import canary, ending, healing, rules
from iam_watchdog.expect import audit
from iam_watchdog.model import Healed, Incident, Shown, Witness
from iam_watchdog.ports import CannotRead, SweepWorld

LOST = timedelta(minutes=5)
"""An incident that is not marked as sent after this time was left behind by a crash."""
OUTGROWN = timedelta(days=1)
"""So long neither a sweep nor a log has told of what is then taken for over without having been allowed."""
STORED_BY_THEN = 20
"""Seconds after which whoever is asked to tell of the end finds the fact that it is one."""


def why(incident: Incident, world: SweepWorld) -> str:
    """Say why an incident is over, or "": what can be read has to allow the call, silence is no proof."""
    if canary.is_one(incident.denial):
        return canary.heard(incident)
    if incident.last_seen > world.clock.now() - LOST:
        return ""
    evidence = world.reader.gather(incident.denial)
    if gone := healing.moot(incident.denial, evidence):
        return gone
    asked = healing.spellings(incident.denial)
    if all(rules.diagnose(one, evidence).rule != "already_allowed" for one in asked):
        return _outgrown(incident, world)
    changes = world.reader.changes(incident.denial, evidence).changes
    return healing.by_whom(changes, incident.first_seen)


def _outgrown(incident: Incident, world: SweepWorld) -> str:
    """A mapping was switched off, a disk taken away: no policy allows it, and for a day nothing has asked for it."""
    denial, now = incident.denial, world.clock.now()
    if denial.witness is not Witness.CONFIG or denial.source_arn or incident.last_seen > now - OUTGROWN:
        return ""
    try:
        view = world.surveyor.alone(denial.function)
    except CannotRead:
        return ""
    return healing.outgrown(denial, audit(view, now)) if view else ""


def close(incident: Incident, because: str, world: SweepWorld) -> None:
    """Ask first, a little later, for whoever heard of it to hear this too: a crash in between leaves it open.

    What its message told of besides is told by itself from now on.
    """
    for told in (*((incident,) if incident.last(Shown) else ()), *ending.carried(incident, world)):
        world.queue.diagnose(told, after=STORED_BY_THEN)
    world.facts.add(incident, Healed(world.clock.now(), because))
