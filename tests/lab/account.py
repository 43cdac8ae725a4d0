"""The lab's account in the hands of its owner, for tests."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
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
    passing: list[str] = field(default_factory=list, compare=False)
    """Functions that are to go with the test that made them."""
    _made: dict[tuple[str, ...], Any] = field(default_factory=dict, compare=False, repr=False)

    def session(self) -> boto3.Session:
        """One for all: it keeps the services' models, which cost more than anything that is called."""
        if () not in self._made:
            admin = self.lab.admin
            self._made[()] = boto3.Session(admin.access_key, admin.secret_key, region_name=self.lab.region)
        return self._made[()]  # type: ignore[no-any-return]

    def client(self, service: str, credentials: dict[str, str] | None = None) -> Any:
        """A client of the owner or of these credentials, made once."""
        key = (service, credentials["AccessKeyId"] if credentials else "")
        if key not in self._made:
            self._made[key] = self.session().client(  # type: ignore[call-overload]
                service, endpoint_url=self.lab.endpoint, **_keys(credentials)
            )
        return self._made[key]

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

    def function(self, name: str, role: str, source: str, *, wait: bool = True, **environment: str) -> str:
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
        if wait:
            until(lambda: functions.get_function_configuration(FunctionName=name)["State"] == "Active")
        return str(made["FunctionArn"])

    def invoke(self, name: str, event: Any = None) -> Any:
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event or {}).encode())
        return json.loads(answer["Payload"].read())


def _keys(credentials: dict[str, str] | None) -> dict[str, str]:
    names = {"AccessKeyId": "access_key_id", "SecretAccessKey": "secret_access_key", "SessionToken": "session_token"}
    return {f"aws_{names[n]}": value for n, value in (credentials or {}).items() if n in names}


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
