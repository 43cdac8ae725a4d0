"""CloudFormation: resources to add to a template, or the lines to add to one that is there."""

from __future__ import annotations

from typing import Any

from iam_watchdog.model import AddInvokePermission, AddRoleStatements, Advice, AttachManagedPolicy, Fix, Guardrail
from iam_watchdog.remedy.arns import role_name
from iam_watchdog.remedy.document import policy_document, statement
from iam_watchdog.report.formats.writing import identifier, one_line, yaml_text


def write(fix: Fix | Guardrail, name: str) -> str:
    """A `Resources` section that can stand in any template; for what only its owner's resource can say, the lines."""
    match fix:
        case AddRoleStatements() | Guardrail():
            return yaml_text({"Resources": {identifier(name): policy_resource(fix, name)}})
        case AddInvokePermission():
            return yaml_text({"Resources": {identifier(name): permission_resource(fix)}})
        case AttachManagedPolicy():
            head = f"# in the Properties of the AWS::IAM::Role {one_line(fix.role)}\n"
            return head + yaml_text({"ManagedPolicyArns": [fix.policy_arn]})
        case Advice():
            return addition(fix)


def policy_resource(fix: AddRoleStatements | Guardrail, name: str) -> dict[str, Any]:
    """AWS::IAM::Policy rather than RolePolicy: every tool knows it, and the inline policy is the same."""
    return {
        "Type": "AWS::IAM::Policy",
        "Properties": {
            "PolicyName": name,
            "Roles": [role_name(fix.role)],
            "PolicyDocument": policy_document(fix.statements),
        },
    }


def permission_resource(fix: AddInvokePermission) -> dict[str, Any]:
    """AWS::Lambda::Permission of exactly this grant."""
    function = f"{fix.function}:{fix.qualifier}" if fix.qualifier else fix.function
    given = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": function,
        "Principal": fix.principal,
        "SourceArn": fix.source_arn,
        "SourceAccount": fix.source_account,
    }
    return {"Type": "AWS::Lambda::Permission", "Properties": {k: v for k, v in given.items() if v}}


def addition(fix: Advice) -> str:
    """The statements that an owner adds to a document that is there already."""
    if not fix.statements:
        return ""
    head = f"# add to the Statement list of the {fix.layer} policy of {one_line(fix.target)}\n"
    return head + yaml_text([statement(allow) for allow in fix.statements])
