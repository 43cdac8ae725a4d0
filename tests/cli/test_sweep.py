"""`iam-watchdog sweep`: what a person and a pipeline read, and by which exit code they go on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from iam_watchdog_cli import connection
from iam_watchdog_cli.main import main
from iam_watchdog_cli.unread import grouped
from tests.aws import twin
from tests.aws.answers import DENIED, Answers
from tests.aws.region import ACCOUNT, NAME, Region


@dataclass
class Asked:
    """The command on a Region in memory."""

    answers: Answers
    env: pytest.MonkeyPatch

    def __call__(self, *flags: str) -> int:
        session = self.answers.session(NAME)
        where = connection.Connection(session, NAME, None, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/me", "iam-watchdog")
        self.env.setattr(connection, "connect", lambda _: where)
        return main(["sweep", *flags])


def asked(env: pytest.MonkeyPatch, *traits: str, broken: bool) -> tuple[Asked, Region]:
    region = Region()
    for trait in traits:
        twin.TRAITS[trait](region, trait.replace("_", "-"), broken)
    return Asked(region.answers(), env), region


def test_a_healthy_account_exits_zero_and_says_what_was_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command, _ = asked(monkeypatch, "managed", "rule", "queue", broken=False)
    assert command() == 0
    told = capsys.readouterr().out
    assert "3 functions, " in told
    assert "0 functions broken" in told
    assert "not looked at: Alexa skills, " in told
    assert "next:" not in told


def test_a_broken_one_exits_one_and_is_a_row_with_what_to_do_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command, _ = asked(monkeypatch, "managed", "rule", "schedule", broken=True)
    assert command() == 1
    told = capsys.readouterr().out.splitlines()
    assert any(line.startswith("managed") and "cannot write its own log" in line for line in told)
    assert any("lambda:InvokeFunction on arn:aws:lambda:eu-west-1:111122223333:function:rule" in line for line in told)
    assert any("which calls as role schedule" in line for line in told)
    assert "next: iam-watchdog explain --function managed" in told


def test_json_is_one_object_with_every_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command, _ = asked(monkeypatch, "rule", "new_url", broken=True)
    assert command("--json") == 1
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["functions"] == 2
    assert told["checks"] >= 8
    found = {(one["function"], one["action"], one["source_arn"]) for one in told["findings"]}
    assert found == {
        ("rule", "lambda:InvokeFunction", f"arn:aws:events:{NAME}:{ACCOUNT}:rule/rule"),
        ("new-url", "lambda:InvokeFunction", None),
    }
    assert (told["undecided"], told["unread"]) == ([], [])
    assert "Alexa skills" in told["not_checked"]


def test_one_function_is_asked_for_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    command, _ = asked(monkeypatch, "managed", "rule", "queue", broken=True)
    assert command("--function", "queue", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert [one["action"] for one in told["findings"]] == ["sqs:DeleteMessage"]
    assert "iam:GetAccountAuthorizationDetails" not in {name for name, _ in command.answers.asked}


def test_a_source_that_is_closed_to_the_caller_is_named_and_nothing_is_made_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command, _ = asked(monkeypatch, "rule", broken=True)
    command.answers.table["events:ListRules"] = DENIED
    assert command() == 0
    assert "not read: EventBridge rules: AccessDenied" in capsys.readouterr().out


def test_what_is_closed_for_one_reason_is_one_line() -> None:
    lines = ("IoT topic rules: 400: no", "pipes: AccessDenied: no", "Config rules: 400: no", "a survey that was cut")
    assert grouped(lines) == (
        "IoT topic rules, Config rules: 400: no",
        "pipes: AccessDenied: no",
        "a survey that was cut",
    )


def test_who_may_not_list_functions_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command, _ = asked(monkeypatch, "rule", broken=True)
    command.answers.table["lambda:ListFunctions"] = DENIED
    assert command() not in (0, 1)
    assert "the list of functions" in capsys.readouterr().err


def test_what_a_name_holds_cannot_steer_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command, region = asked(monkeypatch, "rule", broken=True)
    region.rules["x\x1b[2J"] = ("ENABLED", [{"Id": "1", "Arn": region.of("rule")}])
    command.answers.table |= region.answers().table
    command()
    assert "\x1b" not in capsys.readouterr().out
