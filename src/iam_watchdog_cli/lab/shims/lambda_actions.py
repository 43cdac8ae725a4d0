"""Names the IAM action of each Lambda call by the service's own model; the emulator takes several for GetFunction.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

OTHERWISE = {
    "Invoke": "InvokeFunction",
    "InvokeAsync": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
    "GetLayerVersionByArn": "GetLayerVersion",
}
"""Operations whose action has another name."""


def install() -> None:
    """Ask the model first; what it does not know stays as it was."""
    from ministack.core import iam_actions

    original = iam_actions._lambda_action
    iam_actions._lambda_action = lambda method, path: action(method, path) or original(method, path)


@cache
def action(method: str, path: str) -> str:
    """The action of one request, without the service's prefix, or ""."""
    fitting = [route for route in _routes() if route[0] == method and route[1].match(path.rstrip("/"))]
    operation = max(fitting, key=lambda route: route[3])[2] if fitting else ""
    return OTHERWISE.get(operation, operation)


@cache
def _routes() -> list[tuple[str, Any, str, int, Any]]:
    from ministack.core import iam_actions

    load: Callable[[str], list[tuple[str, Any, str, int, Any]]] = iam_actions._load_botocore_routes
    return load("lambda")
