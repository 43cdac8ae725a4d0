"""Sets iam:PolicyARN and iam:PermissionsBoundary, which the emulator never does, so that a fence on them works.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

WITH_BOUNDARY = frozenset(
    {
        "iam:AttachRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePolicy",
        "iam:DeleteRolePolicy",
        "iam:CreateRole",
        "iam:PutRolePermissionsBoundary",
        "iam:DeleteRolePermissionsBoundary",
    }
)
"""Actions for which AWS compares the key with the boundary in the request, else with the role's own."""


def install() -> None:
    """Add the keys to what the emulator already takes from the request."""
    from ministack.core import iam_actions

    iam_actions.request_tag_context = _with_keys(iam_actions.request_tag_context)


def _with_keys(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def request_context(service: str, action: str, body: bytes, params: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(original(service, action, body, params))
        return found | _iam(action, params) if service == "iam" else found

    return request_context


def _iam(action: str, params: Mapping[str, Any]) -> dict[str, str]:
    keys = {}
    if action in ("iam:AttachRolePolicy", "iam:DetachRolePolicy") and (arn := _one(params, "PolicyArn")):
        keys["iam:PolicyARN"] = arn
    if action in WITH_BOUNDARY:
        boundary = _one(params, "PermissionsBoundary") or _boundary_of(_one(params, "RoleName"))
        keys |= {"iam:PermissionsBoundary": boundary} if boundary else {}
    return keys


def _one(params: Mapping[str, Any], name: str) -> str:
    value = params.get(name)
    return str(value[0] if isinstance(value, list) else value or "")


def _boundary_of(role: str) -> str:
    from ministack.services import iam

    return str((iam._roles.get(role) or {}).get("PermissionsBoundary") or "")
