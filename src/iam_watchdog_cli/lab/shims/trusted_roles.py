"""Starts a function only if its role trusts Lambda; the emulator runs it whatever the trust policy says.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

LAMBDA = "lambda.amazonaws.com"
REFUSED = "The role defined for the function cannot be assumed by Lambda."


def install() -> None:
    """Look at the trust policy before an invocation."""
    from ministack.services import lambda_svc

    lambda_svc._invoke = _trusting(lambda_svc._invoke)


def _trusting(original: Callable[..., Any]) -> Callable[..., Any]:
    async def invoke(name: str, *args: Any, **options: Any) -> Any:
        from ministack.core.responses import error_response_json
        from ministack.services import lambda_svc

        known = lambda_svc._functions.get(name)
        if known and not trusts_lambda(known["config"]):
            return error_response_json("AccessDeniedException", REFUSED, 403)
        return await original(name, *args, **options)

    return invoke


def trusts_lambda(config: dict[str, Any]) -> bool:
    """Tell whether the function's role exists and lets Lambda assume it for this function."""
    from ministack.core import iam_evaluator
    from ministack.services import iam

    role = iam._roles.get(config["Role"].rsplit("/", 1)[-1])
    if role is None:
        return False
    _, _, _, region, account, *_ = config["FunctionArn"].split(":")
    asked = iam_evaluator.EvalContext(
        principal_arn=LAMBDA,
        principal_type="AWSService",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn="*",
        region=region,
        service_context={"aws:sourcearn": config["FunctionArn"], "aws:sourceaccount": account},
    )
    document = role.get("AssumeRolePolicyDocument") or {}
    trust = json.loads(document) if isinstance(document, str) else document
    statements = trust.get("Statement", [])
    # A trust policy names no resource, and the evaluator wants one.
    whole = [{**s, "Resource": "*"} for s in (statements if isinstance(statements, list) else [statements])]
    return bool(iam_evaluator.evaluate_resource_policy({"Statement": whole}, asked, service=LAMBDA).decision == "Allow")
