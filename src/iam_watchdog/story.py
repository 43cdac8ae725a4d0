"""The order of things: notice a denial, propose, be allowed, apply, prove or take back, tell.

`respond` holds no port that writes. `carry_out` obeys only a stored plan: what is heard at the trial ends in an undo
or a new denial, never in a grant. A fact is stored before the next step is sent, and every step may be told twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from iam_watchdog import approving, canary, ending, kin, proposing, trial
from iam_watchdog.applying import apply
from iam_watchdog.authority import Foreign, ordered
from iam_watchdog.clicks import Click
from iam_watchdog.model import Applied, Denial, Incident, Proposed, Shown, Stale, Status, Step, StepKind
from iam_watchdog.ports import ApproveWorld, NoticeWorld, ReadWorld, TrialWorld, WriteWorld
from iam_watchdog.status import FINISHED, derive, under_way
from iam_watchdog.taking_back import TO_WAIT_FOR, take_back
from iam_watchdog.telling import tell, tell_that_it_is_over, worth_telling

__all__ = ["Busy", "Click", "Foreign", "approve", "carry_out", "check", "notice", "respond"]

LOCKED_FOR = 900
"""Seconds: as long as a session of the Hands lasts."""
TOGETHER = 20
"""Seconds for which a function's further denials wait: the first one's plan may end them all."""
TOLD_BY_THEN = 360
"""Seconds after the first message in which CloudTrail mostly tells of a change: then one more look, for who did it."""
GIVEN_UP = 3
"""So many plans of one incident may go stale before a new one waits for the denial to repeat."""


class Busy(Exception):
    """Another change of the same role is under way; the queue brings the step again."""


def notice(denials: Sequence[Denial], world: NoticeWorld | TrialWorld, *, quietly: bool = False) -> int:
    """Record, then send, then mark as sent: whatever breaks in between is sent again. Returns how many were sent."""
    incidents = world.facts.record(denials)
    waiting = kin.waits(incidents, world.facts, TOGETHER)
    for incident in incidents:
        world.queue.diagnose(incident, quietly=quietly, after=TOGETHER if incident.id in waiting else 0)
        world.facts.enqueued(incident)
    return len(incidents)


def respond(incident: Incident, world: ReadWorld, *, quietly: bool = False) -> Incident:
    """Understand one denial and say what to do about it; if the guard allows, ask for it to be done."""
    if under_way(incident, world.clock.now()) or derive(incident, world.clock.now()) in FINISHED:
        return tell_that_it_is_over(incident, world)
    if canary.is_one(incident.denial):
        return world.facts.add(incident, canary.noted(world.clock.now()))
    first = incident.last(Proposed) is None
    made = proposing.proposal(incident, world)
    for other in ending.left_out(incident, made, world):  # Asked before it is stored: told again, it is the last one.
        world.queue.diagnose(other, quietly=quietly, after=TOGETHER)
    incident = world.facts.add(incident, made)
    order = proposing.unasked(incident, world.clock.now())
    if order:
        world.queue.step(order)
    loud = not quietly and worth_telling(incident, world.clock.now(), world.settings.settling)
    if loud and first and not order and proposing.cause_may_follow(incident):
        world.queue.diagnose(incident, after=TOLD_BY_THEN)
    return tell(incident, world) if loud else incident


def approve(click: Click, world: ApproveWorld) -> str:
    """Note a person's word on exactly one plan, then send the step it orders. Returns the answer, or raises Refused."""
    return approving.heard(click, world)


def carry_out(step: Step, world: WriteWorld) -> Incident:
    """Apply the stored plan, or take it back. Raises Foreign, Busy, and CannotWrite when a retry may help."""
    incident = world.facts.load(step.incident, step.cycle)
    proposed = ordered(incident, step, world.settings)
    lock = f"role#{proposed.role.arn if proposed.role else proposed.function_arn}"
    if not world.facts.claim(lock, LOCKED_FOR, incident.id):
        raise Busy(f"{lock} is being changed by another incident")
    try:
        if step.kind is StepKind.UNDO:
            return take_back(incident, step, world)
        return apply(incident, proposed, step, world)
    finally:
        world.facts.release(lock, incident.id)


def check(step: Step, world: TrialWorld) -> Incident:
    """Try the function after a change, or tell people where an incident stands."""
    incident = world.facts.load(step.incident, step.cycle)
    if step.kind is StepKind.TELL:
        for again, after in _to_look_at_again(incident, world):
            world.queue.diagnose(again, after=after)
        return tell(incident, world)
    if step.kind is not StepKind.VERIFY:
        raise Foreign(f"step.kind: Verify does verify and tell, not {step.kind}; send it to the steps queue")
    applied = incident.last(Applied)
    if applied is None or applied.plan_hash != step.plan:
        raise Foreign(f"step.plan: incident {incident.id} has not applied plan {step.plan[:12]!r}")
    incident = trial.judge(incident, applied, step, world)
    ending.close(incident, world)
    if different := trial.different_denial(incident):
        notice([different], world)
    return incident


def _to_look_at_again(incident: Incident, world: TrialWorld) -> Iterator[tuple[Incident, int]]:
    """An incident whose plan is stale; and those that its plan was to end, of which nobody else tells."""
    if _wants_a_new_plan(incident, world.clock.now()):
        yield incident, 0
    if derive(incident, world.clock.now()) in (Status.STALE, Status.UNDONE):
        yield from ((other, TOGETHER) for other in ending.others(incident, world) if other.last(Shown) is None)


def _wants_a_new_plan(incident: Incident, now: datetime) -> bool:
    """What was true for the old plan is not: a new plan, a new message, but not for ever."""
    gone = [fact for fact in incident.facts if isinstance(fact, Stale)]
    stale = derive(incident, now) is Status.STALE and gone[-1].because not in TO_WAIT_FOR
    return stale and len(gone) < GIVEN_UP
