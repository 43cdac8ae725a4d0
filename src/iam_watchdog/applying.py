"""Making a change that was ordered: look again, store how to undo it, change, store that, ask for a trial."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from iam_watchdog import company, guard
from iam_watchdog.authority import given_up, since
from iam_watchdog.looking import Looked, consider
from iam_watchdog.model import (
    WATCHDOG,
    Applied,
    Approved,
    Incident,
    Plan,
    Prepared,
    Proposed,
    Receipt,
    Step,
    StepKind,
)
from iam_watchdog.ports import CannotRead, CannotWrite, WriteWorld
from iam_watchdog.proposing import tried_before
from iam_watchdog.remedy import propose
from iam_watchdog.status import quieted
from iam_watchdog.taking_back import OFF, QUIETED, SPENT, give_up, tell_people

A_DAY = 86_400


def apply(incident: Incident, proposed: Proposed, step: Step, world: WriteWorld) -> Incident:
    """Make the change once, however often it is told. Raises CannotRead and CannotWrite when a retry may help."""
    if given_up(incident, step.plan):
        return tell_people(incident, step, world)
    later = since(incident, proposed)
    if later.last(Applied) is None:
        before = later.last(Prepared)
        incident, receipts, why = _prepared(incident, proposed, before, step, world)
        made = list(receipts) if before else []  # Told again after a crash: any of them may be made.
        for receipt in () if why else receipts:
            if why := _changed(receipt, incident, world):
                break
            made.append(receipt)
        if why:
            return give_up(incident, why, step, world, tuple(dict.fromkeys(made)))
        incident = world.facts.add(incident, Applied(world.clock.now(), step.plan, step.by))
    world.queue.step(Step(incident.id, incident.cycle, StepKind.VERIFY, step.plan, step.by), world.settings.waits[0])
    return tell_people(incident, step, world)


def _prepared(
    incident: Incident, proposed: Proposed, before: Prepared | None, step: Step, world: WriteWorld
) -> tuple[Incident, tuple[Receipt, ...], str]:
    """The receipts, stored, or why there will be none; told again after a crash, the stored ones are gone on with."""
    if before is not None:
        return incident, before.receipts, ""
    plan = proposed.plan
    if plan is None or incident.last(Proposed) != proposed:
        return incident, (), "a newer diagnosis has replaced this plan"
    if why := _objection(incident, plan, proposed, step, world):
        return incident, (), why
    try:
        receipts = tuple(replace(receipt, by=step.by) for receipt in world.hands.prepare(plan))
    except CannotRead as no:
        if no.transient:
            raise
        return incident, (), f"what stands there now cannot be read: {no}"
    return world.facts.add(incident, Prepared(world.clock.now(), receipts, step.plan, step.by)), receipts, ""


def _objection(incident: Incident, plan: Plan, proposed: Proposed, step: Step, world: WriteWorld) -> str:
    """Re-read and re-prove: the account may have changed since the yes."""
    if why := _outdated(incident, step, world):
        return why
    now = company.again(consider(incident, world), incident, plan.also, world, Looked())
    if why := _gone(plan, now.plan) or propose.stale(plan, now.plan, now.own.evidence):
        return why
    by = WATCHDOG if step.by == WATCHDOG else guard.PERSON
    enabled = world.reader.enabled()
    tried: frozenset[str] = frozenset()
    if by == WATCHDOG:
        tried = tried.union(*(tried_before(one, world.facts) for one in now.incidents))
    refusals = now.refusals(by, world.settings, enabled=enabled, tried=tried)
    if refusals:
        return f"the guard refuses: {', '.join(refusals)}"
    return _over_budget(proposed, world) if by == WATCHDOG else ""


def _gone(shown: Plan, now: Plan | None) -> str:
    """A plan for several stands or falls with each of them: the yes was given to all of it."""
    gone = [name for name in shown.also if now and name not in now.also]
    return f"incident {gone[0]} is over, put aside or another one now, and this plan was for both" if gone else ""


def _outdated(incident: Incident, step: Step, world: WriteWorld) -> str:
    """An order may come late, or be sent again by somebody else: what stood behind it has to stand still."""
    if step.by == WATCHDOG:
        return QUIETED if quieted(incident, world.clock.now()) else ""
    yeses = [f for f in incident.facts if isinstance(f, Approved) and f.nonce == step.nonce]
    good = timedelta(seconds=world.settings.approval_ttl)
    return "" if any(world.clock.now() < yes.at + good for yes in yeses) else "the approval has expired"


def _over_budget(proposed: Proposed, world: WriteWorld) -> str:
    role = proposed.role.id if proposed.role else proposed.function_arn
    left = world.facts.spend(f"role#{role}", world.settings.budget_per_role_and_day, A_DAY)
    return "" if left else SPENT


def _changed(receipt: Receipt, incident: Incident, world: WriteWorld) -> str:
    """Make one change, the switch looked at before it; a refusal that no retry mends comes back as words."""
    if not world.reader.enabled():
        return OFF
    try:
        world.hands.apply(receipt, incident.id)
    except CannotWrite as refused:
        if refused.transient:
            raise
        return f"AWS refused the change: {refused}"
    return ""
