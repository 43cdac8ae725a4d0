"""API calls and time of one sweep over a thousand functions, every answer from memory."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.survey import Account
from iam_watchdog.expect import audit

FUNCTIONS = 1_000
PAGE = 50
ACCOUNT = "111122223333"
ALLOW = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "*",
}
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def run() -> dict[str, float | str]:
    """Calls per function, seconds and how many of the broken tenth were found."""
    clients = Thousand()
    started = time.perf_counter()
    account = Account(cast("Clients", clients), ACCOUNT)
    found = [audit(view, datetime.now(UTC)) for page in account.pages() for view in page.views]
    seconds = time.perf_counter() - started
    broken = sum(bool(one.denials) for one in found)
    if broken != FUNCTIONS // 10:
        raise RuntimeError(f"{broken} broken functions found of {FUNCTIONS // 10}")
    return {
        "sweep of 1,000 functions: API calls per function": clients.calls / FUNCTIONS,
        "sweep of 1,000 functions: seconds of our own (no network)": seconds,
        "sweep of 1,000 functions: requests decided": float(sum(one.checked for one in found)),
    }


def _document(*statements: object) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _role(n: int) -> dict[str, Any]:
    inline = [] if n % 10 == 0 else [{"PolicyName": "p", "PolicyDocument": _document(ALLOW)}]
    arn = f"arn:aws:iam::{ACCOUNT}:role/role{n}"
    return {"Arn": arn, "AssumeRolePolicyDocument": _document(TRUST), "RolePolicyList": inline}


def _function(n: int) -> dict[str, Any]:
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f{n}"
    return {"FunctionName": f"f{n}", "FunctionArn": arn, "Role": f"arn:aws:iam::{ACCOUNT}:role/role{n}"}


class Thousand:
    """An account in memory that counts how often it is asked; it is each of its own clients and paginators."""

    region = "us-east-1"

    def __init__(self) -> None:
        self.calls = 0
        self.exceptions = self

    class ClientError(Exception):
        """Never raised here."""

    @property
    def session(self) -> Thousand:
        return self

    def get_partition_for_region(self, _: str) -> str:
        return "aws"

    def get(self, _service: str) -> Thousand:
        return self

    def get_paginator(self, operation: str) -> Pages:
        return Pages(self, operation)

    def list_functions(self, Marker: str = "0") -> dict[str, Any]:  # noqa: N803 - boto3's name
        self.calls += 1
        start, end = int(Marker), int(Marker) + PAGE
        more = {"NextMarker": str(end)} if end < FUNCTIONS else {}
        return {"Functions": [_function(n) for n in range(start, end)], **more}

    def get_policy(self, **_: str) -> dict[str, Any]:
        self.calls += 1
        return {"Policy": json.dumps(_document())}

    def __getattr__(self, name: str) -> Any:
        def answer(**_: object) -> dict[str, Any]:
            self.calls += 1
            return {}

        return answer


class Pages:
    """A paginator of the account in memory."""

    def __init__(self, account: Thousand, operation: str) -> None:
        self.account = account
        self.operation = operation

    def paginate(self, **_: object) -> list[Mapping[str, Any]]:
        """Roles by the hundred (as IAM pages them); everything else is one empty page."""
        if self.operation == "get_account_authorization_details":
            self.account.calls += FUNCTIONS // 100
            return [{"RoleDetailList": [_role(n) for n in range(FUNCTIONS)], "Policies": []}]
        self.account.calls += 1
        if self.operation == "describe_log_groups":
            return [{"logGroups": [{"logGroupName": f"/aws/lambda/f{n}"} for n in range(FUNCTIONS)]}]
        return [{"EventSourceMappings": []}]
