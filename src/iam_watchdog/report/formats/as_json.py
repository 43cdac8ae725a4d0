"""JSON: the policy document, or the parameters of the one call that makes the change."""

from __future__ import annotations

from typing import Any

from iam_watchdog.model import AddInvokePermission, AttachManagedPolicy, Fix, Guardrail
from iam_watchdog.remedy.arns import role_name
from iam_watchdog.remedy.document import document
from iam_watchdog.report.formats.writing import json_text


def write(fix: Fix | Guardrail, name: str) -> str:
    """The policy document as it is; for the other grants the AWS API's own parameters."""
    if isinstance(fix, AttachManagedPolicy):
        return json_text({"RoleName": role_name(fix.role), "PolicyArn": fix.policy_arn})
    if isinstance(fix, AddInvokePermission):
        return json_text(permission(fix, name))
    added = document(fix)
    return json_text(added) if added else ""


def permission(fix: AddInvokePermission, name: str) -> dict[str, Any]:
    """The parameters of lambda:AddPermission.

    https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
    """
    given = {
        "FunctionName": fix.function,
        "Qualifier": fix.qualifier,
        "StatementId": name,
        "Action": "lambda:InvokeFunction",
        "Principal": fix.principal,
        "SourceArn": fix.source_arn,
        "SourceAccount": fix.source_account,
    }
    return {key: value for key, value in given.items() if value}
