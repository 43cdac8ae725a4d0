"""The loop on the lab, in seconds: from a function's failure to its verified fix, with real waits and real runs."""

from __future__ import annotations

import importlib
import io
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stdout
from datetime import datetime
from itertools import pairwise
from statistics import median

from iam_watchdog.model import Applied, Approved, Incident, Proposed, Seen, Shown, Tried
from iam_watchdog.status import derive
from iam_watchdog_cli import demo, scenarios

RUNS = 3
"""Each on a lab of its own, so that every function of ours starts cold."""
CREATED = {
    "mute": "the lab, mode auto: from creating a mute function to its verified fix, s",
    "approved": "the lab: from creating a denied function, by log line and signed click, to its verified fix, s",
}
LINE = "the lab: from the log line, by signed click, to the verified fix, s"
"""A mute function writes no line."""
PARTS: dict[str, Callable[[Incident], datetime | None]] = {
    "Detect": lambda incident: first(incident, Seen).enqueued_at,
    "diagnosis": lambda incident: first(incident, Proposed).at,
    "message": lambda incident: first(incident, Shown).at,
    "click": lambda incident: first(incident, Approved).at,
    "change": lambda incident: first(incident, Applied).at,
    "first run": lambda incident: first(incident, Tried).at,
    "last run": lambda incident: first(incident, Tried, newest=True).at,
}
"""When each part of that ends; the first begins with the time that the log event bears."""


def run() -> dict[str, float | str]:
    """Seconds of the demo's own scenarios: the median, and the least and the most."""
    played = {name: [_played(name) for _ in range(RUNS)] for name in CREATED}
    found: dict[str, float | str] = {
        words: spread(seconds for seconds, _ in played[name]) for name, words in CREATED.items()
    }
    parts = [list(since_line(incident)) for _, incident in played["approved"]]
    found[LINE] = spread(each[-1] for each in parts)
    spent = [[later - earlier for earlier, later in pairwise((0.0, *each))] for each in parts]
    found["of these: to " + ", ".join(PARTS)] = ", ".join(f"{median(each):.2f}" for each in zip(*spent, strict=True))
    return found


def spread(seconds: Iterable[float]) -> str:
    """The median of several runs, and how far apart they lie."""
    ordered = sorted(seconds)
    return f"{median(ordered):.2f} ({ordered[0]:.2f} to {ordered[-1]:.2f} in {len(ordered)} runs)"


def _played(name: str) -> tuple[float, Incident]:
    scenario = importlib.import_module(f"{scenarios.__name__}.{name}")
    with redirect_stdout(io.StringIO()), demo.on_a_lab([], time.monotonic()) as stage:
        began = time.monotonic()
        incident = scenario.play(stage)
        seconds = time.monotonic() - began
        if (status := derive(incident, stage.clock())) is not scenario.EXPECTED:
            raise RuntimeError(f"{name} ended as {status}")
        return seconds, incident


def since_line(incident: Incident) -> Iterator[float]:
    """Seconds from the log line to the end of each part."""
    for name, ends in PARTS.items():
        if (end := ends(incident)) is None:
            raise RuntimeError(f"no end of {name}")
        yield (end - incident.denial.at).total_seconds()


def first[T](incident: Incident, kind: type[T], *, newest: bool = False) -> T:
    """The first fact of a kind, or its newest. Raises StopIteration."""
    facts = reversed(incident.facts) if newest else iter(incident.facts)
    return next(fact for fact in facts if isinstance(fact, kind))
