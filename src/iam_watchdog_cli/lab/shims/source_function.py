"""Sets lambda:SourceFunctionArn for every call that a function makes with the credentials of its execution role.

https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

NOTE = "SourceFunctionArn"


def install() -> None:
    """Note the function at its session, and read the note when the caller's keys are collected."""
    from ministack.core import iam_evaluator, lambda_runtime

    lambda_runtime.execution_credentials = _noting(lambda_runtime.execution_credentials)
    iam_evaluator._principal_keys = _with_key(iam_evaluator._principal_keys)


def _noting(original: Callable[[dict[str, Any]], dict[str, str]]) -> Callable[[dict[str, Any]], dict[str, str]]:
    def execution_credentials(config: dict[str, Any]) -> dict[str, str]:
        from ministack.services import sts

        issued = original(config)
        if (session := sts._sessions.get(issued["AWS_ACCESS_KEY_ID"])) is not None:
            session[NOTE] = ":".join(str(config.get("FunctionArn", "")).split(":")[:7])
        return issued

    return execution_credentials


def _with_key(original: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    def principal_keys(credential: Any) -> dict[str, Any]:
        from ministack.services import sts

        session: Mapping[str, Any] = sts._sessions.get(credential.access_key_id) or {}
        keys = original(credential)
        return keys | {"lambda:sourcefunctionarn": session[NOTE]} if session.get(NOTE) else keys

    return principal_keys
