"""SAM: what stands under the function in `template.yaml`."""

from __future__ import annotations

from iam_watchdog.model import AddInvokePermission, AddRoleStatements, Advice, AttachManagedPolicy, Fix, Guardrail
from iam_watchdog.remedy.document import policy_document
from iam_watchdog.report.formats import cloudformation
from iam_watchdog.report.formats.writing import yaml_text

_HEAD = "# in the Properties of the AWS::Serverless::Function (beside the policies that are there)\n"


def write(fix: Fix | Guardrail, name: str) -> str:
    """`Policies` of the function whose role SAM makes; permissions and additions as in CloudFormation."""
    match fix:
        case AddRoleStatements() | Guardrail():
            return _HEAD + yaml_text({"Policies": [policy_document(fix.statements)]})
        case AttachManagedPolicy():
            return _HEAD + yaml_text({"Policies": [fix.policy_arn]})
        case AddInvokePermission() | Advice():
            return cloudformation.write(fix, name)
