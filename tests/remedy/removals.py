"""Changes with what stood there before, as the reader tells them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from iam_watchdog.model import Change
from tests.rules.cases import ACCOUNT, NOON

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
DEPLOY = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/stack"
PUT = {"event": "0e1f2a3b-0000-4000-8000-123456789abc", "region": "us-east-1"}
STACK = {"via": "cloudformation.amazonaws.com"}


def change(event: str, before: Any = None, *, on: str = "orders-role", hours: float = 2, **fields: Any) -> Change:
    """One change by Alice, two hours before the refusal."""
    given: dict[str, Any] = {"at": NOON - timedelta(hours=hours), "who": ALICE, "event": event, "on": on}
    text = before if isinstance(before, str) else json.dumps(before) if before is not None else ""
    return Change(**{**given, "before": text, **fields})


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    """A document as an event carries it."""
    return {"Version": version, "Statement": list(statements)}


def deleted(*statements: dict[str, Any], name: str = "reader", **fields: Any) -> Change:
    """An inline policy of these statements was deleted."""
    return change("DeleteRolePolicy", {"policy": name, "document": policy(*statements), "put": PUT}, **fields)


def overwritten(*statements: dict[str, Any], name: str = "reader", **fields: Any) -> Change:
    """An inline policy held these statements before it was written anew."""
    return change("PutRolePolicy", {"policy": name, "document": policy(*statements), "put": PUT}, **fields)


def detached(arn: str, *statements: dict[str, Any], **fields: Any) -> Change:
    """A managed policy was detached; without statements nobody had to read it."""
    before = {"policy_arn": arn, **({"document": policy(*statements)} if statements else {})}
    return change("DetachRolePolicy", before, **fields)
