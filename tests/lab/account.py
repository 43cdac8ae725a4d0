"""The lab's account in the hands of its owner, for tests."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from iam_watchdog_cli.lab import state

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@dataclass(frozen=True)
class Account:
    """The lab's account in the hands of its owner."""

    lab: state.Lab

    def session(self, credentials: dict[str, str] | None = None) -> boto3.Session:
        if credentials:
            key, secret, token = (credentials[n] for n in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
            return boto3.Session(key, secret, token, region_name=self.lab.region)
        return boto3.Session(self.lab.admin.access_key, self.lab.admin.secret_key, region_name=self.lab.region)

    def client(self, service: str, credentials: dict[str, str] | None = None) -> Any:
        return self.session(credentials).client(service, endpoint_url=self.lab.endpoint)  # type: ignore[call-overload]

    def role(
        self, name: str, *statements: dict[str, Any], boundary: str = "", tags: dict[str, str] | None = None
    ) -> str:
        """A role for functions and for this account's root, with one inline policy."""
        trust = json.loads(json.dumps(TRUST))
        trust["Statement"][0]["Principal"]["AWS"] = f"arn:aws:iam::{self.lab.account}:root"
        extra = {"PermissionsBoundary": boundary} if boundary else {}
        iam = self.client("iam")
        made = iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(trust),
            Tags=[{"Key": k, "Value": v} for k, v in (tags or {}).items()],
            **extra,
        )
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
        return str(made["Role"]["Arn"])

    def policy(self, name: str, *statements: dict[str, Any]) -> str:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        return str(self.client("iam").create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"])

    def assume(self, role: str, policy: dict[str, Any] | None = None, session: str = "someone") -> dict[str, str]:
        extra = {"Policy": json.dumps(policy)} if policy else {}
        answer = self.client("sts").assume_role(RoleArn=role, RoleSessionName=session, **extra)
        return dict(answer["Credentials"])

    def function(self, name: str, role: str, source: str, **environment: str) -> str:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("app.py", source)
        functions = self.client("lambda")
        made = functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="app.handler",
            Timeout=20,
            Code={"ZipFile": archive.getvalue()},
            Environment={"Variables": environment},
        )
        until(lambda: functions.get_function_configuration(FunctionName=name)["State"] == "Active")
        return str(made["FunctionArn"])

    def invoke(self, name: str, event: Any = None) -> Any:
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event or {}).encode())
        return json.loads(answer["Payload"].read())


def until(there: Callable[[], Any], seconds: float = 15) -> Any:
    """Look again until it is there; what was seen last is returned."""
    end = time.monotonic() + seconds
    while not (seen := there()) and time.monotonic() < end:
        time.sleep(0.1)
    return seen


def allow(*actions: str, on: str | list[str] = "*", **condition: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": on}
    return statement | ({"Condition": condition} if condition else {})


def lines(path: str) -> list[dict[str, Any]]:
    """What an inbox holds."""
    return [json.loads(line) for line in Path(path).read_text().splitlines()]
