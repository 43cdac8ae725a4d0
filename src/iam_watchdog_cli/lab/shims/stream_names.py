"""Names a function's stream in a log group of its own choice after the function, as Lambda does: others may share it.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

_writing: ContextVar[str] = ContextVar("writing", default="")


def install() -> None:
    """Know who writes while its lines are stored, and rename the stream before anybody is told of it."""
    from ministack.services import cloudwatch_logs, lambda_svc

    lambda_svc._emit_lambda_logs = _knowing(lambda_svc._emit_lambda_logs)
    cloudwatch_logs._fanout_to_subscription_filters = _renaming(cloudwatch_logs._fanout_to_subscription_filters)


def _knowing(original: Callable[..., None]) -> Callable[..., None]:
    def emit(func: dict[str, Any], *args: Any, **options: Any) -> None:
        config = func.get("config") or func
        chosen = (config.get("LoggingConfig") or {}).get("LogGroup", "")
        own = f"/aws/lambda/{config['FunctionName']}"
        before = _writing.set(config["FunctionName"] if chosen not in ("", own) else "")
        try:
            original(func, *args, **options)
        finally:
            _writing.reset(before)

    return emit


def _renaming(original: Callable[..., Any]) -> Callable[..., Any]:
    def fan_out(group: str, stream: str, *args: Any, **options: Any) -> Any:
        from ministack.services import cloudwatch_logs

        if name := _writing.get():
            streams = cloudwatch_logs._log_groups[group]["streams"]
            old, stream = stream, stream.replace("/[", f"/{name}[", 1)
            streams[stream] = streams.pop(old)
        return original(group, stream, *args, **options)

    return fan_out
