"""What becomes of the incidents that one plan was to end, once it is known how it ended."""

from __future__ import annotations

from collections.abc import Iterator

from iam_watchdog.happened import ENDED_BY
from iam_watchdog.model import Healed, Incident, Proposed, Shown, Status
from iam_watchdog.ports import ReadWorld, SweepWorld, TrialWorld
from iam_watchdog.status import FINISHED, derive, under_way
from iam_watchdog.telling import tell


def others(incident: Incident, world: TrialWorld | ReadWorld | SweepWorld) -> Iterator[Incident]:
    """The incidents that the present plan names besides its own, as far as they are open."""
    found, now = incident.last(Proposed), world.clock.now()
    for one in found.also if found else ():
        try:
            other = world.facts.load(one.incident)
        except LookupError:  # Forgotten: facts expire.
            continue
        if derive(other, now) not in FINISHED and not under_way(other, now):
            yield other


def left_out(incident: Incident, made: Proposed, world: ReadWorld) -> Iterator[Incident]:
    """Those of which the present plan alone tells, and the one that takes its place does not."""
    before, named = incident.last(Proposed), {one.incident for one in made.also}
    if before and before.also != made.also:
        yield from (other for other in carried(incident, world) if other.id not in named)


def carried(incident: Incident, world: TrialWorld | ReadWorld | SweepWorld) -> Iterator[Incident]:
    """Those of which this one's message alone tells."""
    for other in others(incident, world):
        found = other.last(Proposed)
        if found and found.carried_by == incident.id and other.last(Shown) is None:
            yield other


def close(incident: Incident, world: TrialWorld) -> None:
    """With a verified plan all that it was for is over; the trial asked the policies about each of them."""
    if derive(incident, world.clock.now()) is not Status.VERIFIED:
        return
    for other in others(incident, world):
        fact = Healed(world.clock.now(), f"{ENDED_BY}{incident.id}")
        closed = world.facts.add(other, fact)
        if other.last(Shown):  # Nobody heard of the others but in this one's message.
            tell(closed, world)
