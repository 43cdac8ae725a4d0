"""How a change ends badly: not made after all, or taken back."""

from __future__ import annotations

from iam_watchdog.authority import may_take_back
from iam_watchdog.model import WATCHDOG, Incident, Prepared, Receipt, Stale, Step, StepKind, Tried, Undone
from iam_watchdog.ports import CannotWrite, WriteWorld


def give_up(
    incident: Incident, because: str, step: Step, world: WriteWorld, receipts: tuple[Receipt, ...] = ()
) -> Incident:
    """Change nothing, or restore what a half-made change did; say so."""
    left = _restore(receipts, incident, world)
    because = f"{because}; and the part already made could not be undone: {left}" if left else because
    incident = world.facts.add(incident, Stale(world.clock.now(), because, step.plan))
    world.queue.step(Step(incident.id, incident.cycle, StepKind.TELL, step.plan, WATCHDOG))
    return incident


def take_back(incident: Incident, step: Step, world: WriteWorld) -> Incident:
    """Undo exactly what the receipts say was absent before and is unchanged since. ValueError without authority."""
    prepared = incident.last(Prepared)
    if prepared is None:
        raise ValueError(f"step.incident: nothing was changed for incident {incident.id}, so nothing can be undone")
    if why := may_take_back(incident, step):
        raise ValueError(f"step.by: {why}")
    done = incident.last(Undone)
    if done is None or done.refused:
        refused = _restore(prepared.receipts, incident, world)
        because = _because(incident, step)
        incident = world.facts.add(incident, Undone(world.clock.now(), because, step.by, refused or None))
    world.queue.step(Step(incident.id, incident.cycle, StepKind.TELL, step.plan, WATCHDOG))
    return incident


def _because(incident: Incident, step: Step) -> str:
    tried = incident.last(Tried)
    if step.by == WATCHDOG and tried:
        return f"it did not help: {tried.trial.detail}"
    return f"{step.by} asked for it"


def _restore(receipts: tuple[Receipt, ...], incident: Incident, world: WriteWorld) -> str:
    """Undo in reverse; what AWS refuses for good comes back as words, what may pass is raised for a retry."""
    refused = []
    for receipt in reversed(receipts):
        try:
            world.hands.undo(receipt, incident.id)
        except CannotWrite as no:
            if no.transient:
                raise
            refused.append(str(no))
    return "; ".join(refused)
