"""Reads the cases: golden.jsonl as it is, and our own by topic; a key that nobody reads is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from iam_watchdog import policy
from iam_watchdog.model import Layer, Verdict
from iam_watchdog_cli import evaluate
from iam_watchdog_cli.case import read as read_case

HERE = Path(__file__).parent
EXPECT = {
    "Allowed": ("allowed", None),
    "ImplicitlyDenied": ("denied", "implicit"),
    "ExplicitlyDenied": ("denied", "explicit"),
    "Unknown": ("unknown", None),
}
type Case = dict[str, Any]

_LAYERS = {"identity", "boundary", "session", "scps", "rcps", "resource_policy", "vpce"}
_GOLDEN = _LAYERS | {"id", "tier", "name", "doc", "expect", "features", "request"}
_OURS = _LAYERS | {"name", "expect", "request", "decides", "near", "unknown", "problems"}
_WORLD = {"closed", "unread", "tolerate", "grants", "public_blocked"}
_FILE = {"about", "doc", "request", "cases", "identity", "closed"}
_REQUEST = {"principal", "action", "resource", "resource_account", "context"}


def only(known: set[str], found: dict[str, Any], where: str) -> None:
    """Refuse a key that nobody reads: a misspelt layer would silently not be in play."""
    unknown = found.keys() - known
    assert not unknown, f"{where}: unknown keys {sorted(unknown)}"


def golden() -> list[Case]:
    """The 77 rules given to us, unchanged."""
    found = [json.loads(line) for line in (HERE / "golden.jsonl").read_text().splitlines()]
    for case in found:
        only(_GOLDEN, case, case["id"])
        only(_REQUEST, case["request"], case["id"])
    return found


def ours() -> list[Case]:
    """Our own cases: every file's defaults filled in, every list of statements made a document."""
    return [case for path in sorted((HERE / "cases").glob("*.json")) for case in read(path.stem, path.read_text())]


def read(topic: str, text: str) -> list[Case]:
    """The cases of one file."""
    found = json.loads(text)
    only(_FILE, found, topic)
    defaults = {key: found[key] for key in ("identity", "closed") if key in found}
    return [_case(topic, found["request"], defaults | case) for case in found["cases"]]


def _case(topic: str, request: dict[str, Any], case: Case) -> Case:
    name = f"{topic}: {case.get('name')}"
    only(_OURS | _WORLD, case, name)
    asked = request | case.get("request", {})
    if case.get("request", {}).get("context") != {}:
        asked["context"] = request["context"] | case.get("request", {}).get("context", {})
    only(_REQUEST, asked, name)
    layers = {layer: _LAYER[layer](case[layer]) for layer in _LAYERS & case.keys()}
    return case | layers | {"id": name, "request": asked}


def _document(given: Any) -> Any:
    """Statements stand for a document of the present version."""
    if isinstance(given, list) and all("Effect" in one for one in given):
        return {"Version": "2012-10-17", "Statement": given}
    return given


def _documents(given: list[Any]) -> list[Any]:
    return given if any("Statement" in one or "Effect" not in one for one in given) else [_document(given)]


def _levels(given: list[Any]) -> list[list[Any]]:
    return [_documents(level) if level else [] for level in given]


_LAYER = {"identity": _documents, "vpce": _documents, "scps": _levels, "rcps": _levels} | dict.fromkeys(
    ("boundary", "session", "resource_policy"), _document
)


def answer(case: Case) -> dict[str, Any]:
    """The command's answer to a case, without what the case expects."""
    return evaluate.answer(json.dumps({key: case[key] for key in case.keys() & (_LAYERS | {"id", "request"})}))


def verdict(case: Case) -> Verdict:
    """The evaluator's answer, also in the open world that the command never asks about."""
    request, policies = read_case(case)
    return policy.decide(
        replace(request, closed=case.get("closed", True)),
        policies,
        [Layer(name) for name in case.get("unread", ())],
        tolerate=[Layer(name) for name in case.get("tolerate", ())],
        grants=case.get("grants"),
        public_blocked=case.get("public_blocked", False),
    )
