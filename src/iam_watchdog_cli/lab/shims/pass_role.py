"""Asks for iam:PassRole where a call hands a role to a service; the emulator does not.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

PASSES = {
    "lambda:CreateFunction": ("Role", "lambda.amazonaws.com"),
    "lambda:UpdateFunctionConfiguration": ("Role", "lambda.amazonaws.com"),
    "states:CreateStateMachine": ("roleArn", "states.amazonaws.com"),
    "scheduler:CreateSchedule": ("Target", "scheduler.amazonaws.com"),
}
"""Action → where its request names the role, and the service that gets it."""
_KEY = "shim:passes"


def install() -> None:
    """Note the role with the request's context; once the call itself is allowed, ask for it."""
    from ministack.core import iam_actions
    from ministack.core import iam_evaluator as evaluator

    iam_actions.request_tag_context = _noting(iam_actions.request_tag_context)
    evaluator.enforce = _asking(evaluator.enforce)


def _noting(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def request_context(service: str, action: str, body: bytes, params: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(original(service, action, body, params))
        return found | ({_KEY: role} if (role := _role(action, body)) else {})

    return request_context


def _role(action: str, body: bytes) -> str:
    try:
        asked = json.loads(body or b"{}") if action in PASSES else {}
    except ValueError:
        return ""
    named = asked.get(PASSES[action][0]) if isinstance(asked, dict) and asked else ""
    return str((named.get("RoleArn") if isinstance(named, dict) else named) or "")


def _asking(original: Callable[..., Any]) -> Callable[..., Any]:
    def enforce(key: str, action: str, service: str, region: str, resource_arn: str = "*", **options: Any) -> Any:
        context = dict(options.pop("service_context", None) or {})
        role = context.pop(_KEY, "")
        result = original(key, action, service, region, resource_arn=resource_arn, service_context=context, **options)
        if result or not role:
            return result
        passed = {"iam:PassedToService": PASSES[action][1]}
        return original(key, "iam:PassRole", "iam", region, resource_arn=role, service_context=passed)

    return enforce
