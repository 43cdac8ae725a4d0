"""Who stands behind a step: the deployment's mode, or a stored yes of a person to exactly this plan."""

from __future__ import annotations

from iam_watchdog.model import WATCHDOG, Approved, Incident, Step, Tried
from iam_watchdog.ports import Mode, Settings


def authority(incident: Incident, step: Step, settings: Settings) -> str:
    """Say what is missing for this step to be an order, or ""; a message alone is never enough."""
    if step.by == WATCHDOG:
        return "" if settings.mode is Mode.AUTO else "the deployment's mode is propose; a person has to approve"
    yes = incident.last(Approved)
    if yes is None:
        return f"{step.by} has not approved anything of incident {incident.id}"
    if (yes.plan_hash, yes.by, yes.nonce) != (step.plan, step.by, step.nonce):
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
