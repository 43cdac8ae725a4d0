"""Subscription deliveries as CloudWatch Logs sends them."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from iam_watchdog.detect.ground import Ground

ACCOUNT = "111122223333"
GROUND = Ground(
    ACCOUNT,
    "eu-west-1",
    own_log_groups=("/aws/lambda/iam-watchdog-detect",),
    own_roles=(f"arn:aws:iam::{ACCOUNT}:role/iam-watchdog-diagnose-eu-west-1",),
    own_functions=(f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:iam-watchdog-detect",),
)
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/orders-role/orders"
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders"
DENIAL = (
    "[ERROR] ClientError: An error occurred (AccessDeniedException) when calling the PutItem operation:"
    f" User: {SESSION} is not authorized to perform: dynamodb:PutItem on resource: {TABLE}"
    " because no identity-based policy allows the dynamodb:PutItem action"
)


def body(*messages: str, group: str = "/aws/lambda/orders", stream: str = "2026/01/01/[$LATEST]0f") -> dict[str, Any]:
    """What is packed: a batch of lines, a second apart."""
    return {
        "messageType": "DATA_MESSAGE",
        "owner": ACCOUNT,
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": ["iam-watchdog"],
        "logEvents": [
            {"id": f"event-{i}", "timestamp": 1_767_225_600_000 + 1_000 * i, "message": text}
            for i, text in enumerate(messages)
        ],
    }


def packed(content: object) -> dict[str, Any]:
    """The event that Lambda receives."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return {"awslogs": {"data": base64.b64encode(gzip.compress(raw)).decode()}}
