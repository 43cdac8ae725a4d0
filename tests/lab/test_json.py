"""What the commands print about a real deployment fits the schemas that they ship."""

from __future__ import annotations

import json

import pytest

from iam_watchdog_cli import main
from iam_watchdog_cli.lab import state
from tests.cli.schema import objections
from tests.lab.account import Account

DENIAL = (
    "An error occurred (AccessDenied) when calling the GetObject operation: User: arn:aws:sts::111122223333:"
    'assumed-role/json-role/json-reader is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::json/a"'
    " because no identity-based policy allows the s3:GetObject action"
)


@pytest.fixture
def reader(deployed: Account) -> str:
    if "json-role" not in {r["RoleName"] for r in deployed.client("iam").list_roles()["Roles"]}:
        deployed.function("json-reader", deployed.role("json-role"), "def handler(e, c): pass")
    return "json-reader"


COMMANDS = (
    (0, "explain", "--function", "json-reader", "--message", DENIAL),
    (0, "explain", "--function", "json-reader"),
    (1, "sweep"),
    (1, "sweep", "--function", "json-reader"),
    (0, "watch", "json-reader"),
    (0, "incidents"),
    (0, "uninstall", "--plan"),
    (0, "unwatch", "json-reader"),
    (2, "watch", "no-such-function"),
    (2, "undo", "no-such-incident"),
)


@pytest.mark.parametrize(("code", "command"), [(code, command) for code, *command in COMMANDS], ids=str)
def test_what_is_printed_is_one_object_of_the_shape_promised(
    reader: str, capsys: pytest.CaptureFixture[str], code: int, command: list[str]
) -> None:
    assert main.main([*command, "--json"]) == code
    assert objections(command[0], json.loads(capsys.readouterr().out)) == []


def test_the_running_lab_is_printed_in_shape(lab: state.Lab) -> None:
    assert objections("lab", lab.printed()) == []
    assert objections("lab", {"stopped": lab.pid}) == objections("lab", {"stopped": None}) == []


@pytest.mark.parametrize("command", ["explain", "sweep"])
def test_an_unknown_function_is_named_with_the_flag_and_a_remedy(
    reader: str, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main.main([command, "--function", "no-such-function"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "--function: there is no such function in account 111122223333" in said.err
    assert "--region" in said.err


@pytest.mark.parametrize("command", ["incidents", "watch x", "unwatch x", "undo x", "uninstall --plan"])
def test_without_a_stack_the_command_says_how_to_get_one(
    reader: str, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main([*command.split(), "--stack", "no-such-stack"])
    assert ended.value.code == 3
    assert "no stack 'no-such-stack'" in capsys.readouterr().err


def test_a_person_reads_the_gates_and_the_command_that_mends(reader: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["explain", "--function", reader, "--message", DENIAL]) == 0
    said = capsys.readouterr().out
    assert "> [SHUT  ] role's policies" in said
    assert "$ aws iam put-role-policy --role-name json-role" in said
    assert "\x1b" not in said
