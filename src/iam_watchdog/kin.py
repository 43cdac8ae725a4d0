"""Incidents of one function among themselves: who waits for whom, who may join, and who tells of another already."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from iam_watchdog import canary
from iam_watchdog.authority import given_up, since
from iam_watchdog.model import Incident, Kind, Proposed, Shown, Status
from iam_watchdog.part import Part, statements_of
from iam_watchdog.ports import Facts, ReadWorld
from iam_watchdog.remedy.merge import pairs
from iam_watchdog.status import FINISHED, UNDER_WAY, derive, quieted, under_way

LATELY = timedelta(days=1)
"""A call that was not refused for so long may be made no more: the least is not to allow it."""


def waits(incidents: Iterable[Incident], facts: Facts, seconds: int) -> frozenset[str]:
    """Which of a delivery's incidents wait for one of their function that came just before; one of them never waits."""
    batch = {incident.id: incident.denial for incident in incidents}
    first: set[tuple[str, str, str]] = set()
    found: set[str] = set()
    for name, denial in batch.items():
        function = (denial.account, denial.region, denial.function)
        if not denial.function or denial.follows:
            continue
        if function in first or facts.lately(denial, seconds) - batch.keys():
            found.add(name)
        first.add(function)
    return frozenset(found)


def worth_reading(other: Incident, now: datetime) -> bool:
    """Refused lately, and not found to need something else than a plan of ours."""
    found = other.last(Proposed)
    return may_join(other, now) and other.last_seen > now - LATELY and (found is None or found.plan is not None)


def may_join(other: Incident, now: datetime) -> bool:
    """Open, and nobody has put it aside or is working on it."""
    told = other.denial.kind is Kind.IAM_DENIAL and bool(other.denial.action) and not canary.is_one(other.denial)
    return told and derive(other, now) not in FINISHED and not under_way(other, now) and not quieted(other, now)


def carries(other: Incident, incident: Incident, own: Part, world: ReadWorld) -> bool:
    """Its plan names this incident, was shown, and still ends all that this one lacks."""
    found = other.last(Proposed)
    if found is None or found.plan is None or incident.id not in found.plan.also:
        return False
    wanted = pairs(own.statements)
    ends = own.found.rule == "already_allowed" or (wanted and wanted <= pairs(statements_of(found.plan)))
    return bool(ends) and _stands(other, found, world)


def was_shown(incident: Incident, found: Proposed) -> bool:
    """True if people were told of this plan, or of the same plan proposed before for the same reason or another."""
    same = (f for f in incident.facts if isinstance(f, Proposed) and f.plan_hash == found.plan_hash)
    return since(incident, next(same)).last(Shown) is not None


def _stands(other: Incident, found: Proposed, world: ReadWorld) -> bool:
    """People were told, the message still says so, and the yes can still be given or was."""
    now = world.clock.now()
    status = derive(other, now)
    waiting = status is Status.PROPOSED and now < found.at + timedelta(seconds=world.settings.approval_ttl)
    return (
        was_shown(other, found)
        and (waiting or status in UNDER_WAY)
        and not (given_up(other, found.plan_hash) or quieted(other, now))
    )
