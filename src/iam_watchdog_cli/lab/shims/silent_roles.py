"""Keeps back the log lines of a function whose role may not write them: on AWS such a function leaves nothing.

Lambda's own refused log calls are not in the customer's CloudTrail either, so no event is made here: only the sweep
can find it. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def install() -> None:
    """Ask the evaluator before each write of a function's log."""
    from ministack.services import lambda_svc

    lambda_svc._emit_lambda_logs = _asking(lambda_svc._emit_lambda_logs)


def _asking(original: Callable[..., None]) -> Callable[..., None]:
    def emit(func: dict[str, Any], *args: Any, **options: Any) -> None:
        config = func.get("config") or func
        if may_log(config):
            original(func, *args, **options)

    return emit


def may_log(config: dict[str, Any]) -> bool:
    """Tell whether the execution role, within its boundary, may write to the function's configured log group."""
    from ministack.services import cloudwatch_logs

    account, region = config["FunctionArn"].split(":")[4], config["FunctionArn"].split(":")[3]
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
    arn = f"arn:aws:logs:{region}:{account}:log-group:{group}"
    needed = [("logs:CreateLogStream", f"{arn}:log-stream:x"), ("logs:PutLogEvents", f"{arn}:log-stream:x")]
    if group not in cloudwatch_logs._log_groups:
        needed.insert(0, ("logs:CreateLogGroup", f"{arn}:log-stream:"))
    return all(_allowed(config, account, region, action, resource) for action, resource in needed)


def _allowed(config: dict[str, Any], account: str, region: str, action: str, resource: str) -> bool:
    from ministack.core import iam_evaluator as evaluator
    from ministack.services import iam

    role = config["Role"].rsplit("/", 1)[-1]
    session = f"arn:aws:sts::{account}:assumed-role/{role}/{config['FunctionName']}"
    context = evaluator.EvalContext(
        principal_arn=session,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=region,
    )
    policies = evaluator._gather_role_policies(role, account)
    limits = evaluator._permissions_boundary(iam._roles, role, account)
    return bool(evaluator.evaluate(context, policies, *limits).decision == "Allow")
