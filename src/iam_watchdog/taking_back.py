"""How a change ends badly: not made after all, or taken back."""

from __future__ import annotations

from iam_watchdog.model import WATCHDOG, Incident, Prepared, Receipt, Stale, Step, StepKind, Tried, Undone
from iam_watchdog.ports import CannotWrite, WriteWorld

OFF = "the guard refuses: kill_switch"
SPENT = "the guard refuses: budget"
QUIETED = "a person has dismissed or snoozed this"
TO_WAIT_FOR = frozenset({OFF, SPENT, QUIETED})
"""Nothing is different from the plan: a new one would be the same."""


def give_up(
    incident: Incident, because: str, step: Step, world: WriteWorld, receipts: tuple[Receipt, ...] = ()
) -> Incident:
    """Change nothing, or restore what a half-made change did; say so."""
    left = _restore(receipts, incident, world)
    because = f"{because}; and the part already made could not be undone: {left}" if left else because
    incident = world.facts.add(incident, Stale(world.clock.now(), because, step.plan))
    return tell_people(incident, step, world)


def take_back(incident: Incident, step: Step, world: WriteWorld) -> Incident:
    """Undo exactly what the receipts say was absent before and is unchanged since."""
    done = incident.last(Undone)
    if done is None or done.refused or _prepared_since(incident, done):
        refused = _restore(_receipts(incident), incident, world)
        because = _because(incident, step)
        fact = Undone(world.clock.now(), because, step.by, refused or None, step.plan)
        incident = world.facts.add(incident, fact)
    return tell_people(incident, step, world)


def tell_people(incident: Incident, step: Step, world: WriteWorld) -> Incident:
    """Remediate cannot tell; Verify does."""
    world.queue.step(Step(incident.id, incident.cycle, StepKind.TELL, step.plan, WATCHDOG))
    return incident


def _receipts(incident: Incident) -> tuple[Receipt, ...]:
    """All that was prepared in this cycle: an older plan may have been left half undone."""
    return tuple(r for fact in incident.facts if isinstance(fact, Prepared) for r in fact.receipts)


def _prepared_since(incident: Incident, done: Undone) -> bool:
    last = incident.last(Prepared)
    return last is not None and incident.facts.index(last) > incident.facts.index(done)


def _because(incident: Incident, step: Step) -> str:
    tried = incident.last(Tried)
    if step.by == WATCHDOG and tried:
        return f"it did not help: {tried.trial.detail}"
    return f"{step.by} asked for it"


def _restore(receipts: tuple[Receipt, ...], incident: Incident, world: WriteWorld) -> str:
    """Undo in reverse; what is refused for good comes back as words, what may pass is raised for a retry."""
    refused = []
    for receipt in reversed(receipts):
        try:
            if not world.reader.enabled():
                refused.append(f"{receipt.name}: the kill switch is off or cannot be read")
                continue
            world.hands.undo(receipt, incident.id)
        except CannotWrite as no:
            if no.transient:
                raise
            refused.append(str(no))
    return "; ".join(refused)
