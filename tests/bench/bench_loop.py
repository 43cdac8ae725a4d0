"""The loop on the lab, in seconds: from a function's failure to its verified fix, with real waits and real runs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

SCENARIOS = {
    "mute": "the lab, mode auto: from creating a mute function to its verified fix, s",
    "approved": "the lab: from creating a denied function, by log line and signed click, to its verified fix, s",
}


def run() -> dict[str, float | str]:
    """Seconds of the demo's own scenarios, each on a lab of its own."""
    return {words: _seconds(name) for name, words in SCENARIOS.items()}


def _seconds(name: str) -> float:
    command = [sys.executable, "-m", "iam_watchdog_cli.main", "demo", "--json", "--only", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)  # noqa: S603
    last: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    (scenario,) = last["scenarios"]
    if scenario["status"] != scenario["expected"]:
        raise RuntimeError(f"{name} ended as {scenario['status']}")
    return float(scenario["seconds"])
