"""Gives a synchronous run the request id that its caller is told, so that a run can be found in its log.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

_asked: ContextVar[str] = ContextVar("asked", default="")


def install() -> None:
    """Carry the id from the request to the run."""
    from ministack import app
    from ministack.services import lambda_svc

    app._dispatch_service_request = _carrying(app._dispatch_service_request)
    lambda_svc._execute_function_dispatch = _using(lambda_svc._execute_function_dispatch)


def _carrying(original: Callable[..., Any]) -> Callable[..., Any]:
    async def dispatch(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], request_id: str
    ) -> Any:
        waits = headers.get("x-amz-invocation-type", "RequestResponse") == "RequestResponse"
        _asked.set(request_id if path.rstrip("/").endswith("/invocations") and waits else "")
        return await original(method, path, headers, body, query, request_id)

    return dispatch


def _using(original: Callable[..., Any]) -> Callable[..., Any]:
    def execute(func: Any, config: Any, event: Any, request_id: str, started: float) -> Any:
        return original(func, config, event, _asked.get() or request_id, started)

    return execute
