"""Every JSON output has a schema that takes it and nothing else: a key that comes or goes is noticed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from iam_watchdog.model import WATCHDOG
from iam_watchdog.rules import RULES
from iam_watchdog_cli import demo, doctor, evaluate, explain, findings, incidents, main, parse, undo, uninstall
from iam_watchdog_cli.checks import FAIL, OK, Check, Desk
from iam_watchdog_cli.leftovers import GRANT, SUBSCRIPTION, Item
from tests.cli.schema import objections, schema
from tests.drive import deliver, the
from tests.golden.incidents import ACCOUNTS, denial_of
from tests.golden.telling import proposal
from tests.test_story import approved_world, undone, world_of

ROOT = Path(__file__).parents[1]


def objects(part: Any) -> Iterator[dict[str, Any]]:
    """Every object that a schema describes by its keys."""
    if isinstance(part, dict):
        if "properties" in part:
            yield part
        for inner in part.values():
            yield from objects(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from objects(inner)


@pytest.mark.parametrize("command", main.COMMANDS)
def test_each_command_ships_a_schema_that_knows_all_its_keys(command: str) -> None:
    found = schema(command)
    jsonschema.Draft202012Validator.check_schema(found)
    described = [o for o in objects(found) if isinstance(o["properties"], dict) and o.get("type") == "object"]
    assert described
    assert all(o["additionalProperties"] is False and o["required"] for o in described)


@pytest.mark.parametrize("command", main.COMMANDS)
def test_an_unknown_key_is_rejected(command: str) -> None:
    assert objections(command, {"surprise": 1})


@pytest.mark.parametrize("rule", [rule.NAME for rule in RULES])
def test_what_explain_says_of_each_golden_incident_fits(rule: str) -> None:
    made = proposal(rule)
    refusals = made.refusals[WATCHDOG]
    found = findings.Finding(denial_of(rule), ACCOUNTS[rule], made.diagnosis, made.proof, refusals)
    said = explain.as_json("orders", [found])
    assert objections("explain", said) == []
    for key in said["findings"][0]:
        short = {k: v for k, v in said["findings"][0].items() if k != key}
        assert objections("explain", {"function": "orders", "findings": [short]}), key


def test_what_could_not_be_decided_is_a_finding_without_a_denial() -> None:
    said = explain.as_json("orders", [findings.undecided("orders", ("its role could not be read: AccessDenied",))])
    assert objections("explain", said) == []
    (found,) = said["findings"]
    assert (found["denial"], found["rule"], found["confidence"]) == (None, "undecided", "incomplete")
    assert "could not be decided: its role could not be read: AccessDenied." in found["because"]


def test_every_answer_of_parse_fits() -> None:
    messages = (ROOT / "detect" / "open.jsonl").read_bytes().splitlines()
    for line in (*messages, b"nonsense", b"[]", b'{"id": [1], "message": 5}'):
        assert objections("parse", parse.answer(line)) == []
    texts = [json.loads(line)["message"] for line in messages]
    assert objections("parse", parse.as_json(parse.counted(texts))) == []


def test_every_answer_of_evaluate_fits() -> None:
    cases = (ROOT / "policy" / "golden.jsonl").read_bytes().splitlines()
    answers = [evaluate.answer(line) for line in (*cases, b"nonsense", b'{"id": 1}')]
    assert [objections("evaluate", answer) for answer in answers] == [[]] * len(answers)
    assert objections("evaluate", {"cases": answers}) == []


def test_incidents_in_every_state_fit() -> None:
    worlds = [world_of(), approved_world(), undone()]
    seen = [the(world) for world in worlds]
    for world in worlds:
        deliver(world)
    seen += [the(world) for world in worlds]
    unknown = replace(seen[0], denial=replace(seen[0].denial, resource=None, action=""), facts=())
    assert objections("incidents", {"incidents": [incidents.shown(i) for i in (*seen, unknown)]}) == []


def test_undo_says_its_outcome_in_shape(capsys: pytest.CaptureFixture[str]) -> None:
    args = main.parser("undo").parse_args(["undo", "abc", "--json"])
    for code in (0, 1, 2):
        assert undo._say(args, code, "why") == code
        assert objections("undo", json.loads(capsys.readouterr().out)) == []


def test_doctors_checks_fit() -> None:
    desk = Desk(lambda _: None, "111122223333", "eu-west-1", "iam-watchdog", {}, {}, emulated=False)
    checks = [Check("a", OK, "fine", ""), Check("b", FAIL, "ill", "mend it")]
    assert objections("doctor", doctor.as_json(desk, checks)) == []


def test_what_uninstall_lists_and_removes_fits() -> None:
    items = (Item(SUBSCRIPTION, "x", "aws …", lambda: None), Item(GRANT, "y", "iam-watchdog undo z"))
    for apply in (False, True):
        said = [uninstall._one(item, {SUBSCRIPTION}, apply=apply) for item in items]
        assert objections("uninstall", {"stack": "s", "applied": apply, "items": said}) == []


def test_the_demos_last_line_fits() -> None:
    fine = demo.Outcome("a", "r", "verified", "verified", 1.0, as_meant=True)
    wrong = demo.Outcome("b", "", "verified", "unexpected", 2.0, as_meant=False, why="nothing came")
    assert objections("demo", demo.as_json([fine, wrong])) == []
