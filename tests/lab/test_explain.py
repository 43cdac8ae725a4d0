"""`explain` on a lab: the message's finding first, what else is wrong after it, and silence never taken for health."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iam_watchdog_cli import main
from iam_watchdog_cli.lab import launch
from tests.lab.account import Account, allow

HANDLER = "def handler(event, context):\n    return {}\n"
LOGS = allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
NEEDED = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:GetObject", on="arn:aws:s3:::orders/*")]})


def refusal(account: Account, role: str, function: str) -> str:
    who = f"arn:aws:sts::{account.lab.account}:assumed-role/{role}/{function}"
    return (
        f"An error occurred (AccessDenied) when calling the GetObject operation: User: {who} is not authorized to "
        'perform: s3:GetObject on resource: "arn:aws:s3:::orders/in/1.csv" because no identity-based policy allows '
        "the s3:GetObject action"
    )


@pytest.fixture
def caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command under other keys than the lab's own, and returns its exit code and its findings."""

    def run(account: Account, keys: dict[str, str], *argv: str, capsys: pytest.CaptureFixture[str]) -> Any:
        names = ("AccessKeyId", "aws_access_key_id"), ("SecretAccessKey", "aws_secret_access_key")
        lines = [f"{theirs} = {keys[ours]}" for ours, theirs in (*names, ("SessionToken", "aws_session_token"))]
        file = tmp_path / "credentials"
        file.write_text("\n".join(["[other]", *lines]))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
        where = ["--endpoint-url", account.lab.endpoint, "--region", account.lab.region, "--profile", "other"]
        code = main.main(["explain", *argv, "--json", *where])
        return code, json.loads(capsys.readouterr().out)["findings"]

    return run


def test_a_healthy_function_has_no_finding(account: Account, caller: Any, capsys: pytest.CaptureFixture[str]) -> None:
    account.function("explain-well", account.role("explain-well-role", LOGS), HANDLER)
    owner = account.assume(account.role("explain-owner", allow("*")))
    assert caller(account, owner, "--function", "explain-well", capsys=capsys) == (0, [])


def test_what_the_caller_may_not_read_is_undecided_and_no_health(
    account: Account, caller: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    account.function("explain-shut", account.role("explain-shut-role"), HANDLER)
    few = account.assume(account.role("explain-few", allow("lambda:*", "logs:*", "sts:*")))
    code, (found,) = caller(account, few, "--function", "explain-shut", capsys=capsys)
    assert (code, found["denial"], found["rule"], found["fixes"]) == (1, None, "undecided", [])
    assert "could not be decided" in found["because"]


def test_the_messages_finding_comes_first_and_what_else_is_wrong_after_it(
    account: Account, caller: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    account.function("explain-both", account.role("explain-both-role"), HANDLER)
    owner = account.assume(account.role("explain-owner-2", allow("*")))
    told = ("--function", "explain-both", "--message", refusal(account, "explain-both-role", "explain-both"))
    code, found = caller(account, owner, *told, capsys=capsys)
    assert code == 0
    assert [one["rule"] for one in found] == ["identity_missing_allow", "logs_basic"]
    assert "logs:" not in json.dumps(found[0]["fixes"][0]["document"])


@pytest.fixture
def prompt() -> Iterator[Account]:
    """A lab whose event history has no lag."""
    running, process = launch.start(trail_lag=0)
    yield Account(running)
    launch.stop(running, process)


@pytest.mark.slow
def test_a_permission_that_went_to_another_role_is_named_with_who_gave_it(
    prompt: Account, caller: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    prompt.function("explain-wrong", prompt.role("explain-mine"), HANDLER)
    owner = prompt.assume(prompt.role("explain-owner", allow("*")), session="ann")
    prompt.role("explain-other")
    told = ("--function", "explain-wrong", "--message", refusal(prompt, "explain-mine", "explain-wrong"))
    _, (before, *_) = caller(prompt, owner, *told, capsys=capsys)
    prompt.client("iam", owner).put_role_policy(
        RoleName="explain-other", PolicyName="read-orders", PolicyDocument=NEEDED
    )
    _, (after, *_) = caller(prompt, owner, *told, capsys=capsys)
    assert (before["rule"], after["rule"]) == ("identity_missing_allow", "wrong_role")
    assert "assumed-role/explain-owner/ann gave that permission" in after["because"]
    assert "to role explain-other (inline policy read-orders)" in after["because"]
    assert after["fixes"] == before["fixes"]
