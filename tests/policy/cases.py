"""Cases for the evaluator in the shape of golden.jsonl: read strictly, decided through the command's own reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from iam_watchdog_cli import evaluate

HERE = Path(__file__).parent
KEYS = frozenset(
    {"id", "tier", "name", "doc", "expect", "features", "request", "identity", "boundary", "session", "scps", "rcps"}
    | {"resource_policy", "vpce", "because"}
)
REQUEST = frozenset({"principal", "action", "resource", "resource_account", "context"})
EXPECT = {
    "Allowed": ("allowed", None),
    "ImplicitlyDenied": ("denied", "implicit"),
    "ExplicitlyDenied": ("denied", "explicit"),
    "Unknown": ("unknown", None),
}


def golden() -> list[dict[str, Any]]:
    """The 77 rules given to us, unchanged."""
    return [checked(json.loads(line)) for line in (HERE / "golden.jsonl").read_text().splitlines()]


def checked(case: dict[str, Any]) -> dict[str, Any]:
    """Refuse a case with a key that nobody reads: a misspelt layer would silently not be in play."""
    unknown = (case.keys() - KEYS) | (case["request"].keys() - REQUEST)
    assert not unknown, f"{case['id']}: unknown keys {sorted(unknown)}"
    return case


def decision(case: dict[str, Any]) -> dict[str, Any]:
    """The command's answer to one case."""
    return evaluate.answer(json.dumps({k: v for k, v in case.items() if k != "expect"}))
