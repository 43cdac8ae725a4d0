"""Sets lambda:Principal and lambda:FunctionUrlAuthType from the body of AddPermission.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

KEYS = {"Principal": "lambda:Principal", "FunctionUrlAuthType": "lambda:FunctionUrlAuthType"}


def install() -> None:
    """Add the keys to what the emulator already takes from the request."""
    from ministack.core import iam_actions

    iam_actions.request_tag_context = _with_keys(iam_actions.request_tag_context)


def _with_keys(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def request_context(service: str, action: str, body: bytes, params: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(original(service, action, body, params))
        return found | _permission(body) if action == "lambda:AddPermission" else found

    return request_context


def _permission(body: bytes) -> dict[str, str]:
    try:
        asked = json.loads(body or b"{}")
    except ValueError:
        return {}
    return {key: str(asked[name]) for name, key in KEYS.items() if asked.get(name)}
