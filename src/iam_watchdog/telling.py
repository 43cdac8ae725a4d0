"""When people are told, and that it is noted."""

from __future__ import annotations

from datetime import datetime, timedelta

from iam_watchdog.model import Incident, Proposed, Shown, Status, Witness
from iam_watchdog.ports import PartlyTold, ReadWorld, TrialWorld
from iam_watchdog.status import derive, quieted

QUIET_UNTIL_REPEATED = frozenset({"already_allowed"})
"""Propagation, or fixed already: no alert unless it repeats (DESIGN section 6)."""


def worth_telling(incident: Incident, now: datetime, settling: int) -> bool:
    """False for what a person has quieted, what is tagged to be ignored, told elsewhere, or likely over before read."""
    proposed = incident.last(Proposed)
    if proposed is None:
        return True
    if proposed.ignored or proposed.carried_by or quieted(incident, now):
        return False
    passing = proposed.diagnosis.rule in QUIET_UNTIL_REPEATED or _settling(incident, proposed, settling)
    return not passing or incident.occurrences > 1


def _settling(incident: Incident, proposed: Proposed, seconds: int) -> bool:
    """A role or function that was changed so shortly before may be in the middle of a deployment.

    CloudTrail shows a change after about five minutes, Lambda its own at once; IAM tells no time of a role's change.
    What the sweep reads in the configuration waits for no run of new code.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
    """
    at = incident.denial.at
    times = [change.at for change in proposed.changes]
    times += [proposed.modified] if proposed.modified and incident.witness is not Witness.CONFIG else []
    return any(at - timedelta(seconds=seconds) < changed <= at for changed in times)


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


def tell_that_it_is_over(incident: Incident, world: ReadWorld) -> Incident:
    """Whoever heard of it hears that it healed without us; how a change ended, Verify tells."""
    healed = derive(incident, world.clock.now()) is Status.HEALED
    return tell(incident, world) if healed and incident.last(Shown) is not None else incident
