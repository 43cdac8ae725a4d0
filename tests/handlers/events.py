"""Lambda events and contexts, as AWS makes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass
class Context:
    """What Powertools reads of a Lambda context."""

    function_name: str = "iam-watchdog-x"
    memory_limit_in_mb: int = 128
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:111122223333:function:iam-watchdog-x"
    aws_request_id: str = "11111111-2222-3333-4444-555555555555"


def sqs(*bodies: object) -> dict[str, Any]:
    """A batch of messages."""
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": "r",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {},
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:steps",
                "awsRegion": "eu-west-1",
            }
            for number, body in enumerate(bodies)
        ]
    }
