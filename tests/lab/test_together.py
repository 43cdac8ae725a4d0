"""A function catches two refusals of two services: one message, one yes; both calls work, their siblings do not."""

from __future__ import annotations

import json

import pytest

from iam_watchdog.model import AddRoleStatements, Incident, Proposed, Shown, Status
from iam_watchdog.status import derive
from iam_watchdog_cli import demo
from iam_watchdog_cli.lab import state
from iam_watchdog_cli.main import main
from iam_watchdog_cli.scenarios.owner import WRITES_LOGS
from iam_watchdog_cli.scenarios.stage import Stage
from tests.lab.account import Account, until

NAME = "loop-together"
BUCKET = "loop-together-orders"
SOURCE = """
import os
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    said = {}
    calls = {
        "object": lambda: boto3.client("s3").get_object(Bucket=os.environ["BUCKET"], Key=event.get("key", "in/1.csv")),
        "item": lambda: boto3.client("dynamodb").get_item(
            TableName=event.get("table", os.environ["TABLE"]), Key={"id": {"S": "1"}}
        ),
    }
    for name, call in calls.items():
        try:
            call()
            said[name] = "read"
        except ClientError as error:
            print(f"[ERROR] {error}")
            said[name] = error.response["Error"]["Code"]
    return said
"""


@pytest.fixture(scope="module")
def stage(lab: state.Lab, outputs: dict[str, str]) -> Stage:
    return demo.staged(lab, outputs, print, "loop")


@pytest.fixture(scope="module")
def denied(stage: Stage) -> Stage:
    """The function has run once and answered well, and both its calls were refused."""
    s3, tables = stage.client("s3"), stage.client("dynamodb")
    s3.create_bucket(Bucket=BUCKET)
    for key in ("in/1.csv", "other/1.csv"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"1")
    for table in (NAME, f"{NAME}-other"):
        tables.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
    tags = {"iam-watchdog": "approve", "iam-watchdog-verify": "invoke"}
    role = stage.role(f"{NAME}-role", tags, managed=WRITES_LOGS, boundary=stage.boundary)
    stage.function(NAME, role, SOURCE, {"BUCKET": BUCKET, "TABLE": NAME})
    stage.safe_event(NAME, {})
    stage.watch(NAME)
    assert stage.invoke(NAME) == (True, {"object": "AccessDenied", "item": "AccessDeniedException"})
    return stage


def _all(stage: Stage) -> dict[str, Incident]:
    return {i.denial.action: i for i in stage.facts.listing() if i.denial.function == NAME}


def _carrier(stage: Stage) -> Incident | None:
    """The incident whose message tells of both."""
    told = [i for i in _all(stage).values() if i.last(Shown) and len(i.denials) == 2]
    return told[0] if told else None


def test_explain_gives_both_findings_the_one_fix(
    denied: Stage, deployed: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = until(lambda: [line for line in denied.log_lines(NAME) if line.startswith("[ERROR]")])
    assert len(lines) == 2
    assert main(["explain", "--function", NAME, "--message", "\n".join(lines), "--json"]) == 0
    one, two = json.loads(capsys.readouterr().out)["findings"]
    assert (one["denial"]["action"], two["denial"]["action"]) == ("s3:GetObject", "dynamodb:GetItem")
    (fix,) = one["fixes"]
    assert two["fixes"] == [fix]
    assert len(fix["document"]["Statement"]) == 2
    assert all(found["proof"]["after"] == "allowed" and not found["proof"]["gained"] for found in (one, two))
    assert main(["explain", "--function", NAME]) == 0
    assert capsys.readouterr().out.count("the same fix as above") == 1


def test_two_refusals_are_one_message_one_yes_and_one_ending(denied: Stage) -> None:
    incident = until(lambda: _carrier(denied), 40)
    assert incident, {action: [type(f).__name__ for f in i.facts] for action, i in _all(denied).items()}
    found = incident.last(Proposed)
    (grant,) = found.plan.grants
    assert isinstance(grant, AddRoleStatements)
    assert {a for s in grant.statements for a in s.actions} == {"s3:GetObject", "dynamodb:GetItem"}
    shown = denied.show_slack(incident)
    assert "and 1 more call" in shown
    assert "dynamodb:GetItem" in shown
    assert "s3:GetObject" in shown

    denied.press(incident, "apply")

    def ended() -> set[Status]:
        return {derive(i, denied.clock()) for i in _all(denied).values()}

    until(lambda: ended() == {Status.VERIFIED, Status.HEALED}, 60)
    assert ended() == {Status.VERIFIED, Status.HEALED}
    assert denied.invoke(NAME) == (True, {"object": "read", "item": "read"})
    names = denied.client("iam").list_role_policies(RoleName=f"{NAME}-role")["PolicyNames"]
    assert len(names) == 1, names

    sibling = {"key": "other/1.csv", "table": f"{NAME}-other"}
    assert denied.invoke(NAME, sibling) == (True, {"object": "AccessDenied", "item": "AccessDeniedException"})

    (other,) = (i for i in _all(denied).values() if i.id != incident.id)
    assert other.last(Shown) is None
    assert not [m for m in denied.slack(other) if f"{other.id}:" in json.dumps(m)], "no message of its own"
