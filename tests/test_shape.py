"""The architecture as assertions: who may import what, who may change anything, and what every rule has to bring."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "iam_watchdog"
PURE = ("detect", "policy", "rules", "remedy", "report", "expect")
TELLING = ("model", "ports", "story", "trial", "taking_back", "telling", "authority", "status", "happened", "records")
JOINING = ("part", "together", "kin", "company", "ending", "asking")
PURE_MODULES = TELLING + JOINING
FORBIDDEN = {"boto3", "botocore", "os", "slack_sdk", "aws_lambda_powertools", "subprocess", "socket", "urllib.request"}
READS = re.compile(r"(get|list|describe|simulate|generate|invoke|decode|lookup)(_|$)")


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every file is read once for all that is asserted of it."""
    return tuple(ast.walk(ast.parse(path.read_text())))


def imports(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def named(path: Path) -> Iterator[str]:
    """Attributes and string constants: a client's method is called by either."""
    for node in nodes(path):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


PURE_FILES = [p for name in PURE for p in modules(PACKAGE / name)] + [PACKAGE / f"{name}.py" for name in PURE_MODULES]


@pytest.mark.parametrize("path", PURE_FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_the_pure_part_imports_neither_aws_nor_the_operating_system(path: Path) -> None:
    reached = {name for name in imports(path) if name in FORBIDDEN or name.split(".")[0] in FORBIDDEN}
    outward = {name for name in imports(path) if re.match(r"iam_watchdog\.(aws|handlers|wiring|slack)\b", name)}
    assert not reached | outward


def test_the_policy_language_needs_the_standard_library_and_the_nouns_alone() -> None:
    known = {"iam_watchdog.policy", "iam_watchdog.model"}
    for path in modules(PACKAGE / "policy"):
        ours = {".".join(name.split(".")[:2]) for name in imports(path) if name.startswith("iam_watchdog.")}
        assert ours <= known, path


def test_the_package_never_imports_the_command_line() -> None:
    assert not [path for path in modules(PACKAGE) if any(n.startswith("iam_watchdog_cli") for n in imports(path))]


@cache
def mutating() -> set[str]:
    """Every IAM and Lambda operation that is not a read or an invocation, as boto3 spells it."""
    session = botocore.session.get_session()
    names = {xform_name(n) for s in ("iam", "lambda") for n in session.get_service_model(s).operation_names}
    return {name for name in names if not READS.match(name)}


def test_only_the_hands_change_iam_or_lambda() -> None:
    assert {"attach_role_policy", "put_role_policy", "add_permission", "update_function_code"} <= mutating()
    aws = [
        *modules(PACKAGE / "aws"),
        *modules(PACKAGE / "handlers"),
        *modules(PACKAGE / "slack"),
        PACKAGE / "wiring.py",
    ]
    changing = {path.name for path in aws if mutating() & set(named(path))}
    assert changing == {"hands.py"}


def test_only_wiring_reads_the_environment() -> None:
    readers = [path.name for path in modules(PACKAGE) if {"environ", "getenv"} & set(named(path))]
    assert readers == ["wiring.py"]


def test_nothing_happens_when_the_modules_are_imported() -> None:
    for path in modules(PACKAGE):
        for node in ast.parse(path.read_text()).body:
            calls = [n for n in ast.walk(node) if isinstance(n, ast.Call)] if isinstance(node, ast.Expr) else []
            assert not calls, f"{path}: a call at import"


RULES = [rule.NAME for rule in importlib.import_module("iam_watchdog.rules").RULES]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_brings_its_test_its_event_its_golden_incident_and_its_row(rule: str) -> None:
    wanted = {
        f"src/iam_watchdog/rules/{rule}.py",
        f"tests/rules/test_{rule}.py",
        f"events/{rule}.json",
        f"tests/golden/{rule}.json",
    }
    assert not {name for name in wanted if not (ROOT / name).is_file()}
    assert f"| `{rule}` |" in (ROOT / "README.md").read_text()


def test_the_readme_lists_the_rules_in_their_order_and_no_others() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert [row for row in rows if row in RULES] == RULES


HANDLERS = ("detect", "trail", "sweep", "diagnose", "approve", "remediate", "verify")


@pytest.mark.parametrize("name", HANDLERS)
def test_every_handler_stays_an_envelope(name: str) -> None:
    text = (PACKAGE / "handlers" / f"{name}.py").read_text()
    assert "def handler(event" in text
    assert len(text.splitlines()) <= 40


def test_the_top_level_is_what_it_is() -> None:
    ignored = {".git", ".venv", ".aws-sam", ".gitignore", "build", "LICENSE"}
    allowed = {"template.yaml", "samconfig.toml", "README.md", "src", "tests", "events", "pyproject.toml", "Makefile"}
    allowed |= {"requirements-dev.in", "requirements-dev.txt", ".ci", ".python-version"}
    found = {p.name for p in ROOT.iterdir() if not p.name.endswith(("_cache", ".egg-info")) and p.name != ".hypothesis"}
    assert found - ignored <= allowed


def test_the_readme_lists_the_refusals_in_their_order() -> None:
    refusals = importlib.import_module("iam_watchdog.guard").REFUSALS
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert [(name, rows.get(name)) for name in refusals] == list(dict(refusals).items())
