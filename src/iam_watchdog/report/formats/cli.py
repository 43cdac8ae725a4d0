"""The AWS command line: one quoted command for a POSIX shell; an owner's document is read first, not replaced."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from iam_watchdog.model import (
    AddInvokePermission,
    AddRoleStatements,
    Advice,
    AttachManagedPolicy,
    Fix,
    Guardrail,
    Layer,
)
from iam_watchdog.remedy.arns import account_of, role_name
from iam_watchdog.remedy.document import policy_document
from iam_watchdog.report.formats.as_json import permission
from iam_watchdog.report.formats.writing import json_text, one_line

_FLAGS = {"FunctionName": "function-name", "StatementId": "statement-id", "SourceArn": "source-arn"}
_FLAGS |= {"SourceAccount": "source-account", "Qualifier": "qualifier", "Action": "action", "Principal": "principal"}


def write(fix: Fix | Guardrail, name: str) -> str:
    """The command; every value is one shell word."""
    match fix:
        case AddRoleStatements() | Guardrail():
            document = json_text(policy_document(fix.statements), indent=None)
            role = role_name(fix.role)
            words = ["--role-name", role, "--policy-name", name, "--policy-document", document]
            return _command("iam", "put-role-policy", *words)
        case AttachManagedPolicy():
            role = role_name(fix.role)
            return _command("iam", "attach-role-policy", "--role-name", role, "--policy-arn", fix.policy_arn)
        case AddInvokePermission():
            flags = [word for key, value in permission(fix, name).items() for word in (f"--{_FLAGS[key]}", value)]
            return _command("lambda", "add-permission", *flags)
        case Advice():
            return _addition(fix)


def _command(*words: str) -> str:
    return " ".join(("aws", *(shlex.quote(word) for word in words)))


def _addition(fix: Advice) -> str:
    """Every Put…Policy call replaces the whole document, so the command reads it and the comment says what to add."""
    if not fix.statements:
        return ""
    read = _read(fix)
    added = json_text(policy_document(fix.statements)["Statement"], indent=None)
    where = "that the command below prints, then put it back" if read else f"of its {fix.layer} policy"
    lines = [f"# {one_line(fix.target)}: add this to the Statement list {where}", f"# {one_line(added)}"]
    return "\n".join([*lines, read] if read else lines)


def _last(arn: str) -> str:
    return arn.split(":", 5)[-1]


def _of_s3(arn: str) -> tuple[str, ...]:
    """A bucket's policy, or an access point's, which another client reads."""
    if account := account_of(arn):
        return (
            "s3control",
            "get-access-point-policy",
            "--account-id",
            account,
            "--name",
            _last(arn).rpartition("/")[2],
        )
    return ("s3api", "get-bucket-policy", "--bucket", _last(arn).split("/")[0])


def _of_lambda(arn: str) -> tuple[str, ...]:
    """A function's policy, or that of one version of a layer."""
    if not _last(arn).startswith("layer:"):
        return ("lambda", "get-policy", "--function-name", arn)
    layer, _, version = arn.rpartition(":")
    return ("lambda", "get-layer-version-policy", "--layer-name", layer, "--version-number", version)


_READS: dict[str, Callable[[str], tuple[str, ...]]] = {
    "s3": _of_s3,
    "kms": lambda arn: ("kms", "get-key-policy", "--policy-name", "default", "--key-id", arn),
    "sns": lambda arn: ("sns", "get-topic-attributes", "--topic-arn", arn),
    "secretsmanager": lambda arn: ("secretsmanager", "get-resource-policy", "--secret-id", arn),
    "dynamodb": lambda arn: ("dynamodb", "get-resource-policy", "--resource-arn", arn),
    "lambda": _of_lambda,
    "ecr": lambda arn: ("ecr", "get-repository-policy", "--repository-name", _last(arn).removeprefix("repository/")),
}


def _read(fix: Advice) -> str:
    if fix.layer is Layer.TRUST:
        role = role_name(fix.target)
        return _command("iam", "get-role", "--role-name", role, "--query", "Role.AssumeRolePolicyDocument")
    service = fix.target.split(":")[2] if fix.target.count(":") >= 5 else ""
    reader = _READS.get(service)
    return _command(*reader(fix.target)) if reader else ""
