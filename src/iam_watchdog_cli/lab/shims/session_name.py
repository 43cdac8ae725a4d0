"""Sets sts:RoleSessionName for the caller's own policies; the emulator sets it for the trust policy alone.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def install() -> None:
    """Add the key to what the emulator already takes from the request."""
    from ministack.core import iam_actions

    iam_actions.request_tag_context = _with_key(iam_actions.request_tag_context)


def _with_key(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def request_context(service: str, action: str, body: bytes, params: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(original(service, action, body, params))
        value = params.get("RoleSessionName") if action == "sts:AssumeRole" else None
        name = value[0] if isinstance(value, list) else value
        return found | {"sts:RoleSessionName": name} if name else found

    return request_context
