"""The loop on the lab, in seconds: from a function's failure to its verified fix, with real waits and real runs."""

from __future__ import annotations

import importlib
import io
import time
from contextlib import redirect_stdout

from iam_watchdog.model import Incident, Tried
from iam_watchdog.status import derive
from iam_watchdog_cli import demo, scenarios

CREATED = {
    "mute": "the lab, mode auto: from creating a mute function to its verified fix, s",
    "approved": "the lab: from creating a denied function, by log line and signed click, to its verified fix, s",
}
LINE = {"approved": "the lab: from the log line, by signed click, to the verified fix, s"}
"""A mute function writes no line."""


def run() -> dict[str, float | str]:
    """Seconds of the demo's own scenarios, each on a lab of its own: every function of ours starts cold."""
    found: dict[str, float | str] = {}
    for name, words in CREATED.items():
        seconds, incident = _played(name)
        found[words] = seconds
        if name in LINE:
            found[LINE[name]] = _since_line(incident)
    return found


def _played(name: str) -> tuple[float, Incident]:
    scenario = importlib.import_module(f"{scenarios.__name__}.{name}")
    with redirect_stdout(io.StringIO()), demo.on_a_lab([], time.monotonic()) as stage:
        began = time.monotonic()
        incident = scenario.play(stage)
        seconds = time.monotonic() - began
        if (status := derive(incident, stage.clock())) is not scenario.EXPECTED:
            raise RuntimeError(f"{name} ended as {status}")
        return seconds, incident


def _since_line(incident: Incident) -> float:
    """From the time that the log event bears to the last trial's."""
    tried = incident.last(Tried)
    if tried is None:
        raise RuntimeError("nothing was tried")
    return (tried.at - incident.denial.at).total_seconds()
