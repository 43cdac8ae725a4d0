"""What the owner of the functions does: builds, breaks, grants by hand, runs."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from iam_watchdog.report import escape
from iam_watchdog_cli import watch
from iam_watchdog_cli.connection import Connection
from iam_watchdog_cli.lab.state import Lab

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
WRITES_LOGS = "service-role/AWSLambdaBasicExecutionRole"
PATIENCE = 30.0
"""Seconds that a scenario waits for the watchdog before it counts as failed."""


def said(answer: Any) -> str:
    """The error as whoever called the function sees it; a cut is shown."""
    return escape.line(answer.get("errorMessage") if isinstance(answer, dict) else answer, 600)


class Unexpected(Exception):
    """The scenario did not end as it should; the message says what was seen instead."""


@dataclass
class Owner:
    """The lab's account in its owner's hands."""

    lab: Lab
    account: Connection
    outputs: dict[str, str]

    def client(self, service: str) -> Any:
        """A client of the lab with the owner's (admin) credentials."""
        return self.account.client(service)

    def role(self, name: str, tags: dict[str, str], *, managed: str = "", boundary: str = "") -> str:
        """Create an execution role; `managed` is attached to it."""
        extra = {"PermissionsBoundary": boundary} if boundary else {}
        made = self.client("iam").create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(TRUST),
            Tags=[{"Key": k, "Value": v} for k, v in tags.items()],
            **extra,
        )
        if managed:
            self.client("iam").attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{managed}")
        return str(made["Role"]["Arn"])

    def allow(self, role: str, name: str, document: dict[str, Any]) -> None:
        """Put an inline policy on a role, as its owner would by hand."""
        self.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))

    def function(self, name: str, role_arn: str, source: str, environment: dict[str, str] | None = None) -> None:
        """Create a function that really runs."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("app.py", source)
        self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role_arn,
            Handler="app.handler",
            Timeout=20,
            Code={"ZipFile": archive.getvalue()},
            Environment={"Variables": environment or {}},
        )
        self.until("the function to become active", lambda: self._state(name) == "Active")

    def _state(self, name: str) -> str:
        return str(self.client("lambda").get_function_configuration(FunctionName=name)["State"])

    def safe_event(self, name: str, event: dict[str, Any]) -> None:
        """Say with which event the function may be re-invoked."""
        self.client("ssm").put_parameter(Name=f"/iam-watchdog/verify/{name}", Type="String", Value=json.dumps(event))

    def watch(self, name: str) -> None:
        """Subscribe the function's log group, as `iam-watchdog watch` does."""
        watch.subscribe(self.account, name, self.outputs["DetectFunction"])

    def invoke(self, name: str, event: dict[str, Any] | None = None) -> tuple[bool, Any]:
        """Run the function; True and its answer, or False and its error."""
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event or {}).encode())
        payload = json.loads(answer["Payload"].read() or b"null")
        return "FunctionError" not in answer, payload

    def sweep(self) -> None:
        """Run the sweep now, as its schedule would."""
        function = self.outputs["SweepFunction"]
        answer = self.client("lambda").invoke(FunctionName=function, Payload=b'{"source": "aws.events"}')
        if "FunctionError" in answer:
            raise Unexpected(f"the sweep failed: {answer['Payload'].read()[:2000]!r}")

    def log_lines(self, function: str) -> list[str]:
        """What the function's log group holds; empty when the group does not exist."""
        logs = self.client("logs")
        try:
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [str(event["message"]) for event in events]

    def until(self, what: str, there: Callable[[], bool], otherwise: Callable[[], str] = lambda: "") -> None:
        """Look again and again until it is there. Raises Unexpected when patience ends."""
        end = time.monotonic() + PATIENCE
        while not there():
            if time.monotonic() > end:
                raise Unexpected(f"waited {PATIENCE:.0f} s for {what}; {otherwise() or 'it did not come'}")
            time.sleep(0.1)
