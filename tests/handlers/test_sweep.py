"""Sweep, Trail and the canary through their handlers, on a table, a queue and an account that moto keeps."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from iam_watchdog import canary
from iam_watchdog.model import Healed, Shown, Status, Witness
from iam_watchdog.status import derive
from iam_watchdog.sweeping import FIRST
from tests.handlers.deployed import ACCOUNT, LOGS, REGION, STACK, Deployed, deployed

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with deployed(monkeypatch) as made:
        yield made


def later(stack: Deployed, seconds: int = 600) -> None:
    """As if everything had been seen that much earlier."""
    for incident in stack.incidents():
        key = {"pk": {"S": f"denial#{incident.id}"}, "sk": {"S": f"{incident.cycle:04d}"}}
        seen = (incident.last_seen - timedelta(seconds=seconds)).isoformat()
        boto3.client("dynamodb").update_item(
            TableName="incidents",
            Key=key,
            UpdateExpression="SET last_seen = :seen",
            ExpressionAttributeValues={":seen": {"S": seen}},
        )


def lines(*messages: str, group: str = f"/aws/events/{STACK}-canary") -> dict[str, Any]:
    """What CloudWatch Logs delivers."""
    at = int(datetime.now(UTC).timestamp() * 1000)
    batch = {
        "messageType": "DATA_MESSAGE",
        "owner": ACCOUNT,
        "logGroup": group,
        "logStream": "s",
        "subscriptionFilters": [STACK],
        "logEvents": [{"id": f"{at}{n}", "timestamp": at, "message": text} for n, text in enumerate(messages)],
    }
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(batch).encode())).decode()}}


SONG = json.dumps({"source": "aws.events", "resources": [f"arn:aws:events:x:1:rule/{STACK}-canary-AccessDenied"]})


def metric(text: str, name: str) -> list[Any]:
    told = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [value for line in told if name in line for value in line[name]]


def test_a_healthy_account_leaves_no_word(stack: Deployed) -> None:
    stack.function("well", *LOGS)
    answer = stack.sweep()
    assert (answer["functions"], answer["denials"], answer["finished"]) == (1, 0, True)
    assert answer["unread"] == ()
    assert (stack.incidents(), stack.asked()) == ((), [])


def test_a_mute_function_becomes_an_incident_and_is_closed_when_somebody_mends_it(stack: Deployed) -> None:
    stack.function("mute")
    assert stack.sweep()["sent"] == 1
    (incident,) = stack.incidents()
    assert (incident.denial.function, incident.denial.witness) == ("mute", Witness.CONFIG)
    assert [asked["incident"] for asked in stack.asked()] == [incident.id]
    later(stack)
    assert stack.sweep()["healed"] == 0, "this sweep has just seen it again"
    stack.allow("mute-role", *LOGS)
    later(stack)
    assert stack.sweep()["healed"] == 1
    (incident,) = stack.incidents()
    healed = incident.last(Healed)
    assert healed
    assert healed.because == "the policies allow it now"
    assert derive(incident, datetime.now(UTC)) is Status.HEALED


def test_a_function_that_is_tagged_to_be_ignored_is_left_alone(stack: Deployed) -> None:
    arn = stack.function("mute")
    boto3.client("lambda").tag_resource(Resource=arn, Tags={"iam-watchdog": "ignore"})
    assert stack.sweep()["functions"] == 0
    assert stack.incidents() == ()


def test_a_trigger_that_is_gone_ends_its_incident(stack: Deployed) -> None:
    arn = stack.function("f", *LOGS)
    events = boto3.client("events")
    events.put_rule(Name="tick", ScheduleExpression="rate(1 hour)")
    events.put_targets(Rule="tick", Targets=[{"Id": "1", "Arn": arn}])
    assert stack.sweep()["denials"] == 1
    events.remove_targets(Rule="tick", Ids=["1"])
    later(stack)
    assert stack.sweep()["healed"] == 1
    (incident,) = stack.incidents()
    healed = incident.last(Healed)
    assert healed
    assert healed.because.endswith("rule/tick is not set to start f any more")


def test_a_changed_role_is_looked_at_at_once(stack: Deployed) -> None:
    stack.function("mute")
    stack.function("other")
    changed = {"eventName": "DetachRolePolicy", "requestParameters": {"roleName": "mute-role"}}
    answer = stack.sweep({"detail-type": "AWS API Call via CloudTrail", "detail": changed})
    assert (answer["functions"], answer["denials"]) == (1, 1)
    assert [i.denial.function for i in stack.incidents()] == ["mute"]


@pytest.mark.parametrize(
    "asked", [None, {}, {"functionName": "gone"}, {"roleName": "no-lambda-role"}, {"functionName": ["a"]}]
)
def test_a_change_of_what_is_none_of_ours_is_no_error(stack: Deployed, asked: Any) -> None:
    assert stack.sweep({"detail": {"requestParameters": asked}})["functions"] == 0


def test_the_week_is_told_once_its_blind_spots(stack: Deployed) -> None:
    stack.function("well", *LOGS)
    stack.sweep()
    boto3.client("dynamodb").put_item(
        TableName="incidents",
        Item={"pk": {"S": "cursor#weekly"}, "sk": {"S": "cursor"}, "at": {"S": "2026-W01"}},
    )
    stack.sweep()
    stack.sweep()
    (told,) = [asked["digest"] for asked in stack.asked()]
    assert told.startswith("weekly-")
    digest = stack.facts.digest(told)
    assert any("no trail in this Region" in line for line in digest.lines)
    assert any(line.startswith("triggers that are not checked: ") for line in digest.lines)


def test_the_canary_goes_all_the_way_and_wakes_nobody(stack: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    assert stack.detect(lines(SONG)) == {"denials": 1, "sent": 1}
    (asked,) = stack.asked()
    stack.diagnose(asked)
    (incident,) = stack.incidents()
    noted = incident.last(Shown)
    assert noted
    assert (noted.channel, noted.what) == (canary.CHANNEL, "heard")
    stack.sweep()
    (incident,) = stack.incidents()
    healed = incident.last(Healed)
    assert healed
    assert healed.because == canary.HEARD
    assert stack.asked() == []
    assert metric(capsys.readouterr().out, "CanaryMissing") == [0.0]


def test_a_canary_that_nobody_hears_is_said(stack: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    long_ago = datetime.now(UTC) - canary.LATE - timedelta(minutes=1)
    stack.facts.move(FIRST, long_ago.isoformat())
    stack.detect(lines(SONG))
    assert stack.sweep()["canary_missing"], "it was recorded, and Diagnose has not noted it"
    assert metric(capsys.readouterr().out, "CanaryMissing") == [1.0]
    for asked in stack.asked():
        stack.diagnose(asked)
    assert not stack.sweep()["canary_missing"]


def test_no_line_of_a_function_sings(stack: Deployed) -> None:
    denied = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/r/f is not authorized to perform: {canary.ACTION}"
    stack.detect(lines(denied, group="/aws/lambda/f"))
    assert stack.detect(lines(SONG, group="/aws/events/other-canary")) == {"denials": 0, "sent": 0}
    assert not any(canary.is_one(i.denial) for i in stack.incidents())


def record(**changed: Any) -> dict[str, Any]:
    """A record that says it is CloudTrail's."""
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/f-role/f"
    issuer = {"type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/f-role"}
    given = {
        "userIdentity": {"type": "AssumedRole", "arn": session, "sessionContext": {"sessionIssuer": issuer}},
        "eventTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "ssm.amazonaws.com",
        "eventName": "GetParameter",
        "awsRegion": REGION,
        "userAgent": "Boto3/1.40 exec-env/AWS_Lambda_python3.13",
        "sourceIPAddress": "192.0.2.1",
        "errorCode": "AccessDenied",
        "errorMessage": f"User: {session} is not authorized to perform: ssm:GetParameter on resource: "
        f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/shop/key because no identity-based policy allows it",
        "eventID": "0a1b2c3d-0000-4000-8000-000000000001",
        "recipientAccountId": ACCOUNT,
    }
    return given | changed


def test_an_event_on_the_bus_is_no_witness_until_cloudtrail_lists_it(stack: Deployed) -> None:
    stack.function("f", *LOGS)
    assert stack.trail(record()) == {"denials": 1, "sent": 1}
    (incident,) = stack.incidents()
    assert (incident.denial.function, incident.denial.action) == ("f", "ssm:GetParameter")
    assert incident.denial.witness is Witness.LOG


def test_lambda_that_may_not_assume_the_role_is_a_denial_of_the_function(stack: Deployed) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/f-role"
    said = f"User: lambda.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: {role}"
    refused = record(
        userIdentity={"type": "AWSService", "invokedBy": "lambda.amazonaws.com"},
        eventSource="sts.amazonaws.com",
        eventName="AssumeRole",
        errorMessage=said,
        requestParameters={"roleArn": role, "roleSessionName": "f"},
    )
    assert stack.trail(refused)["denials"] == 1
    (incident,) = stack.incidents()
    assert (incident.denial.function, incident.denial.action) == ("f", "sts:AssumeRole")
    other = record(**refused | {"userIdentity": {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}})
    assert stack.trail(other)["denials"] == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"errorCode": None},
        {"errorCode": "ThrottlingException", "errorMessage": "Rate exceeded"},
        {"userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/eve"}},
        {"userIdentity": {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"}},
        {"userIdentity": {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForX/x"}},
        {"userAgent": "aws-cli/2.17", "sourceIPAddress": "192.0.2.1"},
    ],
)
def test_what_is_no_refused_call_of_a_function_is_dropped(stack: Deployed, changed: dict[str, Any]) -> None:
    assert stack.trail(record(**changed)) == {"denials": 0, "sent": 0}
    assert stack.incidents() == ()


def test_a_refused_deployment_names_the_execution_role(stack: Deployed) -> None:
    said = "The provided execution role does not have permissions to call ReceiveMessage on SQS"
    asked = {"functionName": "f", "role": f"arn:aws:iam::{ACCOUNT}:role/f-role"}
    refused = record(
        eventSource="lambda.amazonaws.com",
        eventName="CreateEventSourceMapping20150331",
        errorCode="InvalidParameterValueException",
        errorMessage=said,
        requestParameters=asked,
        userAgent="aws-cli/2.17",
    )
    assert stack.trail(refused)["denials"] == 1
    (incident,) = stack.incidents()
    assert (incident.denial.function, incident.denial.action) == ("f", "sqs:ReceiveMessage")
