"""CDK in Python: constructs that synthesize to exactly the proven grant."""

from __future__ import annotations

from iam_watchdog.model import AddInvokePermission, AddRoleStatements, Advice, AttachManagedPolicy, Fix, Guardrail
from iam_watchdog.remedy.document import policy_document, statement
from iam_watchdog.report.formats.writing import identifier, one_line, python_text

_IAM = "from aws_cdk import aws_iam as iam\n\n"
_LAMBDA = "from aws_cdk import aws_lambda\n\n"


def write(fix: Fix | Guardrail, name: str) -> str:
    """Lines for a stack's constructor (`self` is the stack)."""
    label = identifier(name)
    match fix:
        case AddRoleStatements() | Guardrail():
            return _IAM + (
                f"iam.Policy(\n    self,\n    {label!r},\n    policy_name={python_text(name)},\n"
                f"    roles=[iam.Role.from_role_arn(self, {label + 'Role'!r}, {python_text(fix.role)})],\n"
                f"    document=iam.PolicyDocument.from_json({python_text(policy_document(fix.statements), 4)}),\n)"
            )
        case AttachManagedPolicy():
            # An imported role cannot take a managed policy (CDK ignores it), so the role's own construct has to.
            return _IAM + (
                f"# role: the construct that defines {one_line(fix.role)}\nrole.add_managed_policy(\n"
                f"    iam.ManagedPolicy.from_managed_policy_arn(self, {label!r}, {python_text(fix.policy_arn)})\n)"
            )
        case AddInvokePermission():
            return _LAMBDA + _permission(fix, label)
        case Advice():
            return _addition(fix)


def _permission(fix: AddInvokePermission, label: str) -> str:
    """CfnPermission rather than add_permission: nothing is inferred, so nothing is added."""
    function = f"{fix.function}:{fix.qualifier}" if fix.qualifier else fix.function
    given = {"action": "lambda:InvokeFunction", "function_name": function, "principal": fix.principal}
    given |= {"source_arn": fix.source_arn or "", "source_account": fix.source_account or ""}
    rows = "".join(f"    {key}={python_text(value)},\n" for key, value in given.items() if value)
    return f"aws_lambda.CfnPermission(\n    self,\n    {label!r},\n{rows})"


def _addition(fix: Advice) -> str:
    if not fix.statements:
        return ""
    head = f"# add each of these to the {fix.layer} policy of {one_line(fix.target)}\n"
    rows = "".join(
        f"    iam.PolicyStatement.from_json({python_text(statement(allow), 4)}),\n" for allow in fix.statements
    )
    return f"{_IAM}{head}statements = [\n{rows}]"
