"""The order of things: notice a denial, propose, be allowed, apply, prove or take back, tell.

`respond` holds no port that writes. `carry_out` obeys only a stored plan: what is heard at the trial ends in an undo
or a new denial, never in a grant. A fact is stored before the next step is sent, and every step may be told twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from iam_watchdog import guard, rules, trial
from iam_watchdog.authority import authority
from iam_watchdog.model import WATCHDOG, Applied, Denial, Incident, Prepared, Proposed, Receipt, Step, StepKind
from iam_watchdog.ports import CannotWrite, NoticeWorld, ReadWorld, TrialWorld, WriteWorld
from iam_watchdog.records import plan_hash
from iam_watchdog.remedy import propose
from iam_watchdog.status import under_way
from iam_watchdog.taking_back import give_up, take_back
from iam_watchdog.telling import tell, worth_telling


class Foreign(ValueError):
    """A step that no fact of ours stands behind; it goes to the dead letters, nothing is done."""


class Busy(Exception):
    """Another change of the same role is under way; the queue brings the step again."""


def notice(denials: Sequence[Denial], world: NoticeWorld) -> int:
    """Record, then send, then mark as sent: whatever breaks in between is sent again. Returns how many were sent."""
    incidents = world.facts.record(denials)
    for incident in incidents:
        world.queue.diagnose(incident)
        world.facts.enqueued(incident)
    return len(incidents)


def respond(incident: Incident, world: ReadWorld) -> Incident:
    """Understand one denial and say what to do about it; if the guard allows, ask for it to be done."""
    if under_way(incident, world.clock.now()):
        return incident
    incident = world.facts.add(incident, _proposal(incident, world))
    proposed = incident.last(Proposed)
    if proposed and proposed.plan and not proposed.refusals[WATCHDOG]:
        step = Step(incident.id, incident.cycle, StepKind.APPLY, proposed.plan_hash, WATCHDOG, proposed.nonce)
        world.queue.step(step)
    return tell(incident, world) if worth_telling(incident) else incident


def _proposal(incident: Incident, world: ReadWorld) -> Proposed:
    denial = incident.denial
    evidence = world.reader.changes(denial, world.reader.gather(denial))
    found = rules.diagnose(denial, evidence)
    found, plan, proof = propose.plan(found, denial, evidence)
    last = incident.last(Proposed)
    if last and last.plan == plan and last.diagnosis == found:
        return last
    refusals = {
        who: guard.refusals(plan, found, denial, evidence, who, world.settings) if plan else ("not_a_grant",)
        for who in (WATCHDOG, guard.PERSON)
    }
    return Proposed(
        at=world.clock.now(),
        diagnosis=found,
        plan=plan,
        proof=proof,
        refusals=refusals,
        role=evidence.role,
        target_account=evidence.target.account if evidence.target else "",
        unread=evidence.unread,
        nonce=guard.nonce(),
        plan_hash=plan_hash(plan) if plan else "",
        function_arn=evidence.function.arn if evidence.function else "",
        changes=evidence.changes,
    )


def carry_out(step: Step, world: WriteWorld) -> Incident:
    """Apply the stored plan, or take it back. Raises Foreign, Busy, and CannotWrite when a retry may help."""
    incident = world.facts.load(step.incident, step.cycle)
    if step.kind is StepKind.UNDO:
        return take_back(incident, step, world)
    if step.kind is not StepKind.APPLY:
        raise Foreign(f"step.kind: Remediate does apply and undo, not {step.kind}; send it to the trials queue")
    proposed = incident.last(Proposed)
    if proposed is None or proposed.plan is None or proposed.plan_hash != step.plan:
        raise Foreign(f"step.plan: incident {incident.id} holds no plan {step.plan[:12]!r}; open its newest message")
    if refused := authority(incident, step, world.settings):
        raise Foreign(f"step.by: {refused}")
    lock = f"role#{proposed.role.arn if proposed.role else ''}"
    if not world.facts.claim(lock, 900, incident.id):
        raise Busy(f"{lock} is being changed by another incident")
    try:
        return _apply(incident, proposed, step, world)
    finally:
        world.facts.release(lock, incident.id)


def _apply(incident: Incident, proposed: Proposed, step: Step, world: WriteWorld) -> Incident:
    done = incident.last(Applied)
    if done is None or done.plan_hash != step.plan:
        prepared = incident.last(Prepared)
        if prepared is None or prepared.plan_hash != step.plan:
            if why := _objection(incident, proposed, step, world):
                return give_up(incident, why, step, world)
            receipts = world.hands.prepare(_plan(proposed))
            incident = world.facts.add(incident, Prepared(world.clock.now(), receipts, step.plan, step.by))
        elif not world.reader.enabled():
            return give_up(incident, "kill_switch", step, world)
        else:
            receipts = prepared.receipts
        if failed := _change(receipts, incident, world):
            return give_up(incident, failed, step, world, receipts)
        incident = world.facts.add(incident, Applied(world.clock.now(), step.plan, step.by))
    world.queue.step(Step(incident.id, incident.cycle, StepKind.VERIFY, step.plan, step.by), world.settings.waits[0])
    return incident


def _plan(proposed: Proposed) -> propose.Plan:
    assert proposed.plan is not None  # noqa: S101 - carry_out has refused a proposal without a plan
    return proposed.plan


def _objection(incident: Incident, proposed: Proposed, step: Step, world: WriteWorld) -> str:
    """Re-read and re-prove: the account may have changed since the yes."""
    now = world.reader.changes(incident.denial, world.reader.gather(incident.denial))
    found, plan, _ = propose.plan(rules.diagnose(incident.denial, now), incident.denial, now)
    if why := propose.stale(_plan(proposed), plan, now):
        return why
    by = WATCHDOG if step.by == WATCHDOG else guard.PERSON
    enabled = world.reader.enabled()
    refusals = guard.refusals(_plan(proposed), found, incident.denial, now, by, world.settings, enabled=enabled)
    if refusals:
        return f"the guard refuses: {', '.join(refusals)}"
    budget = (f"role#{proposed.role.id if proposed.role else ''}", world.settings.budget_per_role_and_day, 86_400)
    return "" if world.facts.spend(*budget) else "the guard refuses: budget"


def _change(receipts: tuple[Receipt, ...], incident: Incident, world: WriteWorld) -> str:
    """Make the changes; a refusal that no retry mends comes back as words."""
    try:
        for receipt in receipts:
            world.hands.apply(receipt, incident.id)
    except CannotWrite as refused:
        if refused.transient:
            raise
        return f"AWS refused the change: {refused}"
    return ""


def check(step: Step, world: TrialWorld) -> Incident:
    """Try the function after a change, or tell people where an incident stands."""
    incident = world.facts.load(step.incident, step.cycle)
    if step.kind is StepKind.TELL:
        return tell(incident, world)
    if step.kind is not StepKind.VERIFY:
        raise Foreign(f"step.kind: Verify does verify and tell, not {step.kind}; send it to the steps queue")
    applied = incident.last(Applied)
    if applied is None or applied.plan_hash != step.plan:
        raise Foreign(f"step.plan: incident {incident.id} has not applied plan {step.plan[:12]!r}")
    return trial.judge(incident, applied, step, world)
