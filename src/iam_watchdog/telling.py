"""When people are told, and that it is noted."""

from __future__ import annotations

from iam_watchdog.model import Incident, Proposed
from iam_watchdog.ports import PartlyTold, ReadWorld, TrialWorld

QUIET_UNTIL_REPEATED = frozenset({"already_allowed"})
"""Propagation, or fixed already: no alert unless it repeats (DESIGN section 6)."""


def worth_telling(incident: Incident) -> bool:
    """False for what is likely over before anyone reads of it."""
    proposed = incident.last(Proposed)
    quiet = proposed is not None and proposed.diagnosis.rule in QUIET_UNTIL_REPEATED
    return not quiet or incident.occurrences > 1


def tell(incident: Incident, world: ReadWorld | TrialWorld) -> Incident:
    """Tell people where the incident stands, and note where it was said so that its life goes on in one thread."""
    try:
        told = world.notifier.show(incident)
    except PartlyTold as failed:
        for shown in failed.shown:
            world.facts.add(incident, shown)
        raise  # The queue brings it again; what was said is noted and is not said twice.
    for shown in told:
        incident = world.facts.add(incident, shown)
    return incident
