"""Says that something is not there where the emulator answers as if it were.

GetPolicy of a function without one is ResourceNotFoundException; attaching a policy that does not exist is
NoSuchEntity. https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def install() -> None:
    """Look before answering."""
    from ministack.services import iam, lambda_svc

    lambda_svc._get_policy = _none(lambda_svc._get_policy)
    attach = _known_only(iam._attach_role_policy)
    iam._attach_role_policy = attach
    for table in vars(iam).values():
        if isinstance(table, dict) and "AttachRolePolicy" in table:
            table["AttachRolePolicy"] = attach


def _none(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_policy(function: str, *args: Any, **options: Any) -> Any:
        from ministack.core.responses import error_response_json
        from ministack.services import lambda_svc

        known = lambda_svc._functions.get(function)
        if known is not None and not known["policy"]["Statement"]:
            return error_response_json("ResourceNotFoundException", "The resource you requested does not exist.", 404)
        return original(function, *args, **options)

    return get_policy


def _known_only(original: Callable[..., Any]) -> Callable[..., Any]:
    def attach_role_policy(params: Mapping[str, Any]) -> Any:
        from ministack.services import iam

        arn = iam._p(params, "PolicyArn")
        if not iam._policy_exists(arn):
            return iam._error(404, "NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", ns="iam")
        return original(params)

    return attach_role_policy
