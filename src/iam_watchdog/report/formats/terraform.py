"""Terraform: one resource for the AWS provider; an addition as a policy document's statements."""

from __future__ import annotations

from collections.abc import Mapping

from iam_watchdog.model import (
    AddInvokePermission,
    AddRoleStatements,
    Advice,
    Allow,
    AttachManagedPolicy,
    Fix,
    Guardrail,
    Words,
)
from iam_watchdog.remedy.arns import role_name
from iam_watchdog.remedy.document import policy_document
from iam_watchdog.report.formats.writing import identifier, one_line, quoted


def write(fix: Fix | Guardrail, name: str) -> str:
    """HCL in which no value can open an interpolation."""
    label = identifier(name)
    match fix:
        case AddRoleStatements() | Guardrail():
            role = role_name(fix.role)
            rows = {"name": string(name), "role": string(role)}
            rows["policy"] = f"jsonencode({_value(policy_document(fix.statements), 2)})"
            return _resource("aws_iam_role_policy", label, rows)
        case AttachManagedPolicy():
            rows = {"role": string(role_name(fix.role)), "policy_arn": string(fix.policy_arn)}
            return _resource("aws_iam_role_policy_attachment", label, rows)
        case AddInvokePermission():
            return _resource("aws_lambda_permission", label, _permission(fix, name))
        case Advice():
            return _addition(fix, label)


def string(text: str) -> str:
    """A template string that stays a literal: `${` and `%{` are doubled.

    https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
    """
    return quoted(text).replace("${", "$${").replace("%{", "%%{")


def _resource(kind: str, label: str, rows: Mapping[str, str]) -> str:
    width = max(map(len, rows))
    body = "".join(f"  {key:<{width}} = {value}\n" for key, value in rows.items())
    return f'resource "{kind}" "{label}" {{\n{body}}}'


def _permission(fix: AddInvokePermission, name: str) -> dict[str, str]:
    given = {
        "statement_id": name,
        "action": "lambda:InvokeFunction",
        "function_name": fix.function,
        "qualifier": fix.qualifier,
        "principal": fix.principal,
        "source_arn": fix.source_arn,
        "source_account": fix.source_account,
    }
    return {key: string(value) for key, value in given.items() if value}


def _value(value: object, indent: int) -> str:
    pad = " " * (indent + 2)
    if isinstance(value, Mapping):
        rows = "".join(f"{pad}{string(str(k))} = {_value(v, indent + 2)}\n" for k, v in value.items())
        return "{\n" + rows + " " * indent + "}"
    if isinstance(value, list):
        return "[\n" + "".join(f"{pad}{_value(v, indent + 2)},\n" for v in value) + " " * indent + "]"
    return string(str(value))


def _addition(fix: Advice, label: str) -> str:
    if not fix.statements:
        return ""
    head = f"# merge into the {fix.layer} policy of {one_line(fix.target)}\n"
    body = "".join(_statement(allow) for allow in fix.statements)
    return f'{head}data "aws_iam_policy_document" "{label}" {{\n{body}}}'


def _statement(allow: Allow) -> str:
    lines = [f"sid       = {string(allow.sid)}"] if allow.sid else []
    lines += ['effect    = "Allow"', f"actions   = {_list(allow.actions)}"]
    lines += [f"resources = {_list(allow.resources)}"] if allow.resources else []
    for kind in dict.fromkeys(kind for kind, _ in allow.principals):
        values = tuple(value for k, value in allow.principals if k == kind)
        lines += ["principals {", f"  type        = {string(kind)}", f"  identifiers = {_list(values)}", "}"]
    for operator, key, values in allow.conditions:
        lines += ["condition {", f"  test     = {string(operator)}", f"  variable = {string(key)}"]
        lines += [f"  values   = {_list(values)}", "}"]
    return "  statement {\n" + "".join(f"    {line}\n" for line in lines) + "  }\n"


def _list(values: Words) -> str:
    return "[" + ", ".join(string(value) for value in values) + "]"
