"""Plays the queues: brings each message to the function that reads it, twice if asked, and again after a crash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from iam_watchdog import story
from iam_watchdog.model import Incident, StepKind
from iam_watchdog.ports import CannotRead, CannotWrite
from tests.fakes import Crash, FakeWorld

FAR = 200
"""More messages than any story needs: a loop that goes on is a bug."""


class Fused:
    """A port that lets the process die at its n-th call: before the call is made, or after."""

    def __init__(self, port: Any, fuse: Fuse) -> None:
        self._port = port
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        port = getattr(self._port, name)
        if not callable(port):
            return port

        def called(*args: Any, **named: Any) -> Any:
            self._fuse.burn(after=False)
            answer = port(*args, **named)
            self._fuse.burn(after=True)
            return answer

        return called


@dataclass
class Fuse:
    """Counts moments; at the one it is set to, the process dies once."""

    at: int = -1
    burnt: int = 0
    where: Callable[[], None] | None = None

    def burn(self, *, after: bool) -> None:
        """One moment passes."""
        self.burnt += 1
        if self.burnt == self.at:
            raise Crash(f"moment {self.at}")


def fused(world: FakeWorld, at: int) -> Fuse:
    """Put a fuse on every port that this world's functions hold."""
    fuse = Fuse(at)
    for name in ("facts", "queue", "reader", "hands", "invoker", "notifier"):
        setattr(world, name, Fused(getattr(world, name), fuse))
    return fuse


def deliver(world: FakeWorld, *, twice: bool = False) -> None:
    """Bring messages until none is left; what dies is brought again, as SQS does."""
    queue = world.queue
    for _ in range(FAR):
        world.clock.at += timedelta(milliseconds=1)
        if queue.asked:
            _again_if_it_dies(lambda incident: _diagnose(incident, world), queue.asked.pop(0), twice=twice)
        elif queue.steps:
            queue.steps.sort(key=lambda pair: pair[1])
            step, after = queue.steps.pop(0)
            world.clock.pass_by(after)
            queue.steps[:] = [(other, max(0, wait - after)) for other, wait in queue.steps]
            _again_if_it_dies(lambda step: _take(step, world), step, twice=twice)
        else:
            return
    raise AssertionError(f"the story does not end: {queue.steps[:3]}")


def _diagnose(incident: str, world: FakeWorld) -> None:
    story.respond(world.facts.load(incident), world.reading)


def _take(step: Any, world: FakeWorld) -> None:
    if step.kind in (StepKind.APPLY, StepKind.UNDO):
        story.carry_out(step, world.writing)
    else:
        story.check(step, world.trying)


def _again_if_it_dies(take: Callable[[Any], None], message: Any, *, twice: bool) -> None:
    for _ in range(2 if twice else 1):
        for attempt in range(3):
            try:
                take(message)
                break
            except (Crash, CannotWrite, CannotRead):
                if attempt == 2:
                    raise


def the(world: FakeWorld) -> Incident:
    """The only incident."""
    (incident,) = world.facts.listing()
    return incident
