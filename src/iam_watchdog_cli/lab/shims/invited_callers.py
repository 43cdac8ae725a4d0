"""Lets EventBridge and CloudWatch Logs start a function only if its resource policy invites them.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

NO_PERMISSION = (
    "Could not execute the lambda function. "
    "Make sure you have given CloudWatch Logs permission to execute your function."
)


def install() -> None:
    """Look into the function's policy before a rule starts it, and before a group is subscribed."""
    from ministack.services import cloudwatch_logs, eventbridge

    eventbridge._invoke_target = _invited(eventbridge._invoke_target)
    cloudwatch_logs._put_subscription_filter = _probed(cloudwatch_logs._put_subscription_filter)


def _invited(original: Callable[..., None]) -> Callable[..., None]:
    def invoke_target(target: Mapping[str, Any], event: Any, rule: Mapping[str, Any], view: Any = None) -> None:
        arn = str(target.get("Arn", ""))
        if ":lambda:" not in arn or may_start(arn, "events.amazonaws.com", {"aws:sourcearn": rule.get("Arn")}):
            original(target, event, rule, view)

    return invoke_target


def _probed(original: Callable[..., Any]) -> Callable[..., Any]:
    def put_subscription_filter(data: Mapping[str, Any]) -> Any:
        from ministack.core.responses import error_response_json, get_account_id, get_region

        arn, account, region = str(data.get("destinationArn", "")), get_account_id(), get_region()
        group = f"arn:aws:logs:{region}:{account}:log-group:{data.get('logGroupName', '')}:*"
        asked = {"aws:sourcearn": group, "aws:sourceaccount": account}
        services = ("logs.amazonaws.com", f"logs.{region}.amazonaws.com")
        if ":lambda:" in arn and not any(may_start(arn, service, asked) for service in services):
            return error_response_json("InvalidParameterException", NO_PERMISSION, 400)
        return original(data)

    return put_subscription_filter


def may_start(function: str, service: str, context: Mapping[str, Any]) -> bool:
    """Ask the function's resource policy; the emulator's evaluator decides."""
    from ministack.core import iam_evaluator
    from ministack.services import lambda_svc

    found = lambda_svc.function_policy_for_arn(function)
    if found is None:
        return False
    _, _, _, region, account, *_ = function.split(":")
    asked = iam_evaluator.EvalContext(
        principal_arn=service,
        principal_type="AWSService",
        principal_account=account,
        action="lambda:InvokeFunction",
        resource_arn=function,
        region=region,
        service_context=dict(context),
    )
    return bool(iam_evaluator.evaluate_resource_policy(found[0], asked, service=service).decision == "Allow")
