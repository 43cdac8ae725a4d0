"""Retries what CloudWatch Logs delivers, and puts an event that failed for good into the bucket that is configured.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import contextvars
import json
import os
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any


def install() -> None:
    """Stand in for the emulator's one direct call, and before its routing of failures."""
    from ministack.services import lambda_svc

    lambda_svc._execute_function_with_config_scope = _retried(lambda_svc._execute_function_with_config_scope)
    lambda_svc._route_async_failure = _kept(lambda_svc._route_async_failure)


def _retried(original: Callable[..., Any]) -> Callable[..., Any]:
    """A synchronous caller waits in a thread that the emulator names; a log delivery comes in a thread of its own."""

    def execute(func: dict[str, Any], event: Any) -> Any:
        from ministack.services import lambda_svc

        delivered = isinstance(event, dict) and set(event) == {"awslogs"}
        if delivered and not threading.current_thread().name.startswith("ministack-lambda"):
            return lambda_svc.invoke_async_with_retry(func, event)
        return original(func, event)

    return execute


def _kept(original: Callable[..., None]) -> Callable[..., None]:
    def route(target: str, function: str, event: Any, result: dict[str, Any]) -> None:
        if target.startswith("arn:aws:s3:::"):
            contextvars.copy_context().run(_put, target.removeprefix("arn:aws:s3:::"), function, event, result)
        else:
            original(target, function, event, result)

    return route


def _put(bucket: str, function: str, event: Any, result: dict[str, Any]) -> None:
    """Write the record as Lambda does, under the execution role; without the right nothing is kept."""
    import boto3
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    config = lambda_svc._functions.get(function)["config"]
    issued = lambda_runtime.execution_credentials(config)
    s3 = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        region_name=config["FunctionArn"].split(":")[3],
        **{name.lower(): value for name, value in issued.items()},
    )
    day = time.strftime("%Y/%m/%d/%Y-%m-%dT%H.%M.%SZ", time.gmtime())
    record = {
        "requestContext": {"functionArn": config["FunctionArn"], "condition": "RetriesExhausted"},
        "requestPayload": event,
        "responsePayload": result.get("body"),
    }
    key = f"aws/lambda/async/{function}/{day}-{uuid.uuid4()}"
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(record).encode())
