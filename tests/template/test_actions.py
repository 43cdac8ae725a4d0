"""What each role grants equals what the modules that its function uses declare: nothing missing, nothing to spare."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.template.deciding import documents, listed
from tests.template.translate import ROOT
from tests.template.work_cells import FUNCTIONS, TELLERS

PACKAGE = ROOT / "src" / "iam_watchdog"
WORLDS = {
    "Detect": ("noticing", "ground"),
    "Trail": ("noticing", "ground"),
    "Sweep": ("sweeping",),
    "Diagnose": ("reading",),
    "Approve": ("approving",),
    "Remediate": ("writing",),
    "Verify": ("trying",),
}
"""The functions of wiring.py that each handler calls."""
OWN_LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
POLLED = {"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}
KEPT = {"s3:ListBucket", "s3:PutObject"}
RUNTIME: dict[str, set[str]] = {
    "Detect": OWN_LOG | KEPT,
    "Trail": OWN_LOG | KEPT,
    "Sweep": OWN_LOG | KEPT,
    "Diagnose": OWN_LOG | POLLED,
    "Approve": OWN_LOG,
    "Remediate": OWN_LOG | POLLED,
    "Verify": OWN_LOG | POLLED,
}
"""What Lambda itself does under the role: write its log, poll its queue, keep what failed for good."""
SECRET_KEY = {"kms:Decrypt"}
"""Secrets Manager asks for it under our role when the Slack secret has a key of its own."""
NOT_ASKED = {
    # The kill switch is read before a write; only Remediate writes.
    "Sweep": {"ssm:GetParameter"},
    "Diagnose": {"ssm:GetParameter"},
}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _imported(node: ast.AST) -> set[str]:
    """The modules of aws/ that a piece of code imports, by name below it."""
    found: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.ImportFrom) and part.module and part.module.startswith("iam_watchdog.aws"):
            below = part.module.removeprefix("iam_watchdog.aws").lstrip(".")
            found |= {".".join(filter(None, (below, alias.name))) for alias in part.names} | {below}
    return {name for name in found if name and _file(name)}


def _file(name: str) -> Path | None:
    path = PACKAGE / "aws" / Path(*name.split("."))
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.exists()), None)


def _wired(name: str, seen: set[str]) -> set[str]:
    """The modules that a function of wiring.py makes a world of, through the functions that it calls."""
    body = {n.name: n for n in _tree(PACKAGE / "wiring.py").body if isinstance(n, ast.FunctionDef)}
    if name in seen or name not in body:
        return set()
    seen.add(name)
    called = {n.func.id for n in ast.walk(body[name]) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    return _imported(body[name]).union(*(_wired(other, seen) for other in called))


def _closure(names: set[str]) -> set[str]:
    known: set[str] = set()
    while names:
        known |= names
        files = [p for name in names if (p := _file(name))]
        # A package's own readers are chosen by name at run time: all of them count.
        inside = {f"{n}.{p.stem}" for n in names for p in _siblings(n)}
        names = (set().union(*(_imported(_tree(path)) for path in files)) | inside) - known
    return known


def _siblings(name: str) -> Iterator[Path]:
    path = _file(name)
    if path and path.name == "__init__.py":
        yield from (p for p in path.parent.glob("*.py") if p.stem != "__init__")


def declared(function: str) -> set[str]:
    """The union of ACTIONS over every module of aws/ that a function can reach."""
    reached = _closure(set().union(*(_wired(world, set()) for world in WORLDS[function])))
    modules: list[Any] = [importlib.import_module(f"iam_watchdog.aws.{name}") for name in sorted(reached)]
    return {action for module in modules for action in getattr(module, "ACTIONS", ())}


def granted(function: str) -> set[str]:
    """Every action that the role allows, under the fullest deployment."""
    statements = (s for d in documents("everything", f"{function}Role") for s in d["Statement"])
    return {action for s in statements if s["Effect"] == "Allow" for action in listed(s["Action"])}


def _ours(actions: set[str]) -> set[str]:
    return {a for a in actions if not a.startswith("dynamodb:") or a in ("dynamodb:DescribeTable",)}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_grants_what_its_modules_declare(function: str) -> None:
    """Facts apart: which of their five calls a function makes depends on the kinds that it writes (test_work)."""
    wanted = declared(function) - NOT_ASKED.get(function, set())
    runtime = RUNTIME[function] | (SECRET_KEY if function in (*TELLERS, "Approve") else set())
    given = granted(function)
    assert runtime <= given
    spare = {a for a in _ours(given) - _ours(wanted) if a not in runtime}
    missing = _ours(wanted) - given
    assert (sorted(missing), sorted(spare)) == ([], [])


def test_the_calls_on_facts_are_all_declared_and_all_granted_to_somebody() -> None:
    from iam_watchdog.aws.facts import ACTIONS  # noqa: PLC0415

    calls = {a for f in FUNCTIONS for a in granted(f) if a.startswith("dynamodb:")}
    assert calls - {"dynamodb:DescribeTable", "dynamodb:GetResourcePolicy"} == set(ACTIONS)


def test_the_hands_together_may_do_what_their_module_declares() -> None:
    from iam_watchdog.aws.hands import HANDS_ACTIONS  # noqa: PLC0415

    allowed = {
        action
        for hands in ("HandsAuto", "HandsApproved")
        for d in documents("everything", hands)
        for s in d["Statement"]
        if s["Effect"] == "Allow"
        for action in listed(s["Action"])
    }
    assert allowed == set(HANDS_ACTIONS)
