"""The deployed functions' surroundings on moto: table, queue and environment; what moto lacks is answered here."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.handlers import BUILTIN_HANDLERS
from moto import mock_aws

from iam_watchdog import wiring
from iam_watchdog.aws.facts import TableFacts
from iam_watchdog.handlers import detect, diagnose, sweep, trail
from iam_watchdog.handlers.telemetry import metrics
from iam_watchdog.model import Incident
from tests.handlers.events import Context

REGION, ACCOUNT, STACK = "us-east-1", "123456789012", "iam-watchdog"
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
LACKING: dict[str, dict[str, Any]] = {
    "apigateway.GetRestApis": {},
    "apigatewayv2.GetApis": {},
    "cognito-idp.ListUserPools": {},
    "cloudformation.DescribeStackResources": {"StackResources": []},
    "cloudtrail.LookupEvents": {"Events": []},
    "iot.ListAuthorizers": {},
    "lambda.ListFunctionUrlConfigs": {"FunctionUrlConfigs": []},
    "logs.DescribeAccountPolicies": {"accountPolicies": []},
}


class Timed(Context):
    """Ten minutes are left."""

    def get_remaining_time_in_millis(self) -> int:
        return 600_000


class _Ok:
    status_code = 200


def _answer(model: Any, **_: Any) -> tuple[Any, dict[str, Any]] | None:
    found = LACKING.get(f"{model.service_model.service_name}.{model.name}")
    return None if found is None else (_Ok(), dict(found))


@contextmanager
def _completed() -> Iterator[None]:
    hook = ("before-call", _answer)
    BUILTIN_HANDLERS.insert(0, hook)
    yield
    BUILTIN_HANDLERS.remove(hook)


@dataclass
class Deployed:
    """What a test sees of it."""

    facts: TableFacts
    queue: str

    def incidents(self) -> tuple[Incident, ...]:
        return self.facts.listing()

    def asked(self) -> list[dict[str, Any]]:
        """Take what waits in the denials queue."""
        found = boto3.client("sqs").receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in found.get("Messages", ())]

    def sweep(self, event: dict[str, Any] | None = None) -> dict[str, Any]:
        return dict(sweep.handler(event or {}, Timed("iam-watchdog-sweep")))

    def trail(self, detail: dict[str, Any]) -> dict[str, int]:
        return dict(trail.handler({"id": "e", "detail": detail}, Context("iam-watchdog-trail")))

    def detect(self, event: dict[str, Any]) -> dict[str, int]:
        return dict(detect.handler(event, Context("iam-watchdog-detect")))

    def diagnose(self, *bodies: dict[str, Any]) -> None:
        from tests.handlers.events import sqs  # noqa: PLC0415

        answer = diagnose.handler(sqs(*bodies), Context("iam-watchdog-diagnose"))
        assert answer == {"batchItemFailures": []}

    def role(self, name: str, *actions: str) -> str:
        iam = boto3.client("iam")
        trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        if actions:
            self.allow(name, *actions)
        return str(made)

    def allow(self, role: str, *actions: str) -> None:
        may = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [may]})
        boto3.client("iam").put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=document)

    def function(self, name: str, *actions: str) -> str:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("app.py", "def handler(e, c): ...")
        made = boto3.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.role(f"{name}-role", *actions),
            Handler="app.handler",
            Code={"ZipFile": packed.getvalue()},
        )
        return str(made["FunctionArn"])


@contextmanager
def deployed(env: pytest.MonkeyPatch) -> Iterator[Deployed]:
    """A stack in mode propose, seen by its handlers as Lambda would show it to them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION"):
        env.setenv(name, REGION)
    with _completed(), mock_aws(config={"lambda": {"use_docker": False}}):
        table: Any = boto3.client("dynamodb")
        keys = [{"AttributeName": n, "KeyType": t} for n, t in (("pk", "HASH"), ("sk", "RANGE"))]
        kinds = [{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")]
        table.create_table(
            TableName="incidents", KeySchema=keys, AttributeDefinitions=kinds, BillingMode="PAY_PER_REQUEST"
        )
        queue = boto3.client("sqs").create_queue(QueueName="denials")["QueueUrl"]
        given = {"ACCOUNT": ACCOUNT, "STACK": STACK, "TABLE": "incidents", "DENIALS_QUEUE": queue}
        given["OWN_LOG_GROUPS"] = f"/aws/lambda/{STACK}-detect,/aws/events/{STACK}-canary"
        for name, value in given.items():
            env.setenv(f"WATCHDOG_{name}", value)
        env.setattr(metrics.provider, "namespace", "IAMWatchdog")  # Powertools reads the environment at import.
        forget()
        yield Deployed(TableFacts(table, "incidents", wiring.SystemClock()), queue)
        forget()


def forget() -> None:
    """As in a new container."""
    for made in (wiring.clients, wiring.configured, wiring.noticing, wiring.ground, wiring.reading, wiring.announcer):
        made.cache_clear()
