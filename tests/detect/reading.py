"""A message as contract 2 and the corpus print it."""

from __future__ import annotations

from typing import Any

from iam_watchdog.model import Layer, Message

_PRINTED = {Layer.TRUST: "resource", Layer.INVOKE: "resource"}


def squeezed(value: object) -> object:
    """Without white space: line breaks may stand anywhere in a quoted span."""
    return "".join(value.split()) if isinstance(value, str) else value


def as_labelled(message: Message) -> dict[str, Any]:
    """The fields by their labels' names."""
    return {
        "class": message.kind.value,
        "principal": message.principal,
        "action": message.action,
        "resource": message.resource,
        "effect": message.effect.value if message.effect else None,
        "layer": _PRINTED.get(message.layer, message.layer.value) if message.layer else None,
        "policy_arn": message.policy_arn,
        "encoded_message": message.encoded is not None,
        "error_code": message.error_code,
        "operation": message.operation,
        "request_id": message.request_id,
    }
