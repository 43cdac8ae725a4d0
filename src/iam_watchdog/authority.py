"""Who stands behind a step: the deployment's mode, or a stored yes of a person to exactly this plan."""

from __future__ import annotations

from dataclasses import replace

from iam_watchdog.model import (
    WATCHDOG,
    Approved,
    Fact,
    Incident,
    Prepared,
    Proposed,
    Stale,
    Step,
    StepKind,
    Tried,
    Undone,
)
from iam_watchdog.ports import Mode, Settings


class Foreign(ValueError):
    """A step that no fact of ours stands behind; it goes to the dead letters, nothing is done."""


def ordered(incident: Incident, step: Step, settings: Settings) -> Proposed:
    """The proposal that a step is about, if the step is an order. Raises Foreign, saying what is missing."""
    proposed = plan_of(incident, step.plan)
    if step.kind not in (StepKind.APPLY, StepKind.UNDO):
        raise Foreign(f"step.kind: Remediate does apply and undo, not {step.kind}; send it to the trials queue")
    if step.kind is StepKind.UNDO and incident.last(Prepared) is None:
        raise Foreign(f"step.incident: nothing was changed for incident {incident.id}, so nothing can be undone")
    if proposed is None:
        raise Foreign(f"step.plan: incident {incident.id} holds no plan {step.plan[:12]!r}; open its newest message")
    why = authority(incident, step, settings) if step.kind is StepKind.APPLY else may_take_back(incident, step)
    if why:
        raise Foreign(f"step.by: {why}")
    return proposed


def plan_of(incident: Incident, plan_hash: str) -> Proposed | None:
    """The newest proposal of this very plan."""
    plans = [f for f in incident.facts if isinstance(f, Proposed) and f.plan and f.plan_hash == plan_hash]
    return plans[-1] if plans else None


def since(incident: Incident, fact: Fact) -> Incident:
    """The incident with only what happened after one fact."""
    return replace(incident, facts=incident.facts[incident.facts.index(fact) + 1 :])


def authority(incident: Incident, step: Step, settings: Settings) -> str:
    """Say what is missing for this step to be an order, or ""; a message alone is never enough."""
    if step.by == WATCHDOG:
        return "" if settings.mode is Mode.AUTO else "the deployment's mode is propose; a person has to approve"
    yeses = [fact for fact in incident.facts if isinstance(fact, Approved)]
    if not yeses:
        return f"{step.by} has not approved anything of incident {incident.id}"
    if (step.plan, step.by, step.nonce) not in [(yes.plan_hash, yes.by, yes.nonce) for yes in yeses]:
        return f"the approval of incident {incident.id} is for another plan, person or message"
    return ""


def may_take_back(incident: Incident, step: Step) -> str:
    """Say why this undo is no order, or ""; unasked, only a final trial with the same denial orders one."""
    if step.by != WATCHDOG:
        return ""  # Whoever may send to the steps queue may undo: it restores what stood there before.
    tried = incident.last(Tried)
    if tried and tried.final and tried.trial.same_denial:
        return ""
    return "no final trial with the same denial stands behind this undo"


def given_up(incident: Incident, plan_hash: str) -> bool:
    """True if this plan was given up or taken back since it was last proposed: an old order for it is void."""
    for fact in reversed(incident.facts):
        if isinstance(fact, Stale | Undone) and fact.plan_hash == plan_hash:
            return True
        if isinstance(fact, Proposed) and fact.plan_hash == plan_hash:
            return False
    return False
