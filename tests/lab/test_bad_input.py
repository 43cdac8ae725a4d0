"""What nobody should send to the deployed functions: each gets its clear answer, nothing is lost, nothing applied."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.account import Account, until


@pytest.fixture
def stack(deployed: Account, outputs: dict[str, str]) -> Iterator[tuple[Account, dict[str, str]]]:
    """The deployed stack; whatever is sent, no change may come of it."""
    before = _receipts(deployed, outputs["Table"])
    yield deployed, outputs
    assert _receipts(deployed, outputs["Table"]) == before


def _receipts(account: Account, table: str) -> list[str]:
    """What Remediate has ever prepared, made or taken back."""
    found = account.client("dynamodb").scan(TableName=table)["Items"]
    return sorted(item["pk"]["S"] + item["sk"]["S"] for item in found if item["pk"]["S"].startswith("receipt#"))


def invoke(account: Account, function: str, event: Any) -> tuple[bool, str]:
    answer = account.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    return "FunctionError" not in answer, answer["Payload"].read().decode()


def subscription(**differs: Any) -> dict[str, Any]:
    """What CloudWatch Logs sends."""
    batch = {
        "messageType": "DATA_MESSAGE",
        "owner": "111122223333",
        "logGroup": "/aws/lambda/nobody",
        "logStream": "2026/11/24/[$LATEST]0",
        "subscriptionFilters": ["f"],
        "logEvents": [{"id": "1", "timestamp": 1_795_000_000_000, "message": "fine"}],
    } | differs
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(batch).encode())).decode()}}


@pytest.mark.parametrize("event", [{"awslogs": {"data": "###"}}, {"awslogs": {}}, {"Records": []}, [], "text"])
def test_what_cannot_be_unpacked_fails_and_names_the_field(stack: Any, event: Any) -> None:
    account, outputs = stack
    fine, said = invoke(account, outputs["DetectFunction"], event)
    assert not fine
    assert "awslogs.data: " in said, said


def test_what_cannot_be_unpacked_is_kept_after_its_retries(stack: Any) -> None:
    account, outputs = stack
    detect, bucket = outputs["DetectFunction"], outputs["Bucket"]
    payload = json.dumps({"awslogs": {"data": "!!kept!!"}}).encode()
    account.client("lambda").invoke(FunctionName=detect, InvocationType="Event", Payload=payload)

    def kept() -> list[str]:
        found = account.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"aws/lambda/async/{detect}/")
        return [item["Key"] for item in found.get("Contents", [])]

    keys = until(kept, seconds=30)
    record = json.loads(account.client("s3").get_object(Bucket=bucket, Key=keys[-1])["Body"].read())
    assert record["requestPayload"] == {"awslogs": {"data": "!!kept!!"}}
    assert "awslogs.data" in record["responsePayload"]["errorMessage"]


def test_a_control_message_is_no_denial(stack: Any) -> None:
    account, outputs = stack
    fine, said = invoke(account, outputs["DetectFunction"], subscription(messageType="CONTROL_MESSAGE"))
    assert fine
    assert json.loads(said) == {"denials": 0, "sent": 0}


FOREIGN_LOGS = {
    "/aws/ecs/shop": "web/app/0123456789abcdef",
    "/aws/vpc/flow": "eni-0123456789abcdef0-all",
    "/aws/lambda/iam-watchdog-diagnose": "2026/11/24/[$LATEST]0123456789abcdef0123456789abcdef",
}


def test_a_group_that_is_no_functions_is_left_alone(stack: Any) -> None:
    account, outputs = stack
    line = (
        "User: x is not authorized to perform: s3:GetObject on resource: y because no identity-based policy allows it"
    )
    events = [{"id": "1", "timestamp": 1_795_000_000_000, "message": line}]
    for group, stream in FOREIGN_LOGS.items():
        batch = subscription(logGroup=group, logStream=stream, logEvents=events)
        fine, said = invoke(account, outputs["DetectFunction"], batch)
        assert fine, group
        assert json.loads(said) == {"denials": 0, "sent": 0}, group


STEP = {"type": "Step", "incident": "0" * 20, "cycle": 1, "kind": "apply", "plan": "0" * 64, "by": "iam-watchdog"}
FOREIGN = {
    "no JSON": "apply please",
    "no object": "[]",
    "an unknown field": json.dumps(STEP | {"policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    "an unknown kind": json.dumps(STEP | {"kind": "delete"}),
    "an incident that does not exist": json.dumps(STEP),
    "an undo of nothing": json.dumps(STEP | {"kind": "undo", "by": "U0STRANGER1"}),
}


@pytest.mark.parametrize("body", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("function", ["RemediateFunction", "VerifyFunction"])
def test_a_foreign_step_is_given_back_to_the_queue(stack: Any, function: str, body: str) -> None:
    account, outputs = stack
    record = {"messageId": "m-1", "receiptHandle": "r", "body": body, "attributes": {}, "eventSource": "aws:sqs"}
    fine, said = invoke(account, outputs[function], {"Records": [record]})
    assert fine, said
    assert json.loads(said) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}


def test_a_foreign_step_ends_in_the_dead_letters(stack: Any) -> None:
    account, outputs = stack
    sqs, queue = account.client("sqs"), outputs["StepsQueue"]
    policy = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    dead = json.loads(policy["RedrivePolicy"])["deadLetterTargetArn"].rsplit(":", 1)[-1]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    sqs.send_message(QueueUrl=queue, MessageBody=FOREIGN["an incident that does not exist"])
    url = sqs.get_queue_url(QueueName=dead)["QueueUrl"]
    got = until(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"), seconds=30)
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": policy["VisibilityTimeout"]})
    assert got[0]["Body"] == FOREIGN["an incident that does not exist"]
