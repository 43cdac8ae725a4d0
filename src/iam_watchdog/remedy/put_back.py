"""The words and parameters with which something that was removed is put back by its owner."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from iam_watchdog.model import AddInvokePermission, Advice, Allow, Fix, Layer, Words
from iam_watchdog.remedy.arns import role_name

INVOKE = "lambda:InvokeFunction"
GRANTED = frozenset({"action", "principal", "sourceArn", "sourceAccount", "qualifier", "statementId"})
"""Parameters of AddPermission that a grant of ours can carry."""
CONDITIONS: Mapping[str, tuple[str, str]] = {
    "sourceArn": ("ArnLike", "AWS:SourceArn"),
    "sourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "principalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "functionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "invokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}
"""Parameter → operator and key of the statement that Lambda writes; a token of an event source is nobody's to show.

https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
"""
_EVENT = re.compile(r"[0-9a-f-]{8,64}")
_REGION = re.compile(r"[a-z0-9-]{4,30}")
_LONG = 2_000


def short(arn: str) -> str:
    """The end of an ARN, as people name the thing."""
    return arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1][:128]


def person(arn: str) -> str:
    """Who did it, as people name one; whoever assumes a role chooses the session's name, so the role is named too."""
    role = role_name(arn)[:128] if ":assumed-role/" in arn else ""
    return f"{short(arn)} (as {role})" if role else short(arn)


def whole(words: str, before: Mapping[str, Any]) -> str:
    """A document that holds more than plain Allow statements is its owner's to put back; where it can be read."""
    said = f"{words[:1].upper()}{words[1:]}, whole: it held more than plain Allow statements, which are not split here."
    put: Any = before.get("put")
    event, region = (str(put.get(name, "")) for name in ("event", "region")) if isinstance(put, dict) else ("", "")
    if not _EVENT.fullmatch(event):
        return said
    where = f" --region {region}" if _REGION.fullmatch(region) else ""
    look = f"aws cloudtrail lookup-events{where} --lookup-attributes AttributeKey=EventId,AttributeValue={event}"
    return f"{said} Its document stands in CloudTrail: {look}"


def version(arn: str, wanted: str) -> str:
    """Going back to an earlier version is for whoever owns the policy: all that have it get it back."""
    command = f"aws iam set-default-policy-version --policy-arn {shlex.quote(arn)} --version-id {shlex.quote(wanted)}"
    return f"Make {wanted} the default version of {arn} again, for everybody who has that policy: {command}"


def attached(role: str, policy_arn: str) -> str:
    """The command that attaches a managed policy again, for the text that holds more than that."""
    named = f"--role-name {shlex.quote(role_name(role))} --policy-arn {shlex.quote(policy_arn)}"
    return f"aws iam attach-role-policy {named}"


def grant(key: str, grantee: str, operations: Words) -> str:
    """A grant is made anew by whoever may administer the key."""
    named = " ".join(shlex.quote(operation) for operation in operations)
    who = shlex.quote(grantee)
    command = f"aws kms create-grant --key-id {shlex.quote(key)} --grantee-principal {who} --operations {named}"
    return f"Create the grant on {key} again: {command}"


def role(function: str, earlier: str) -> str:
    """Which role a function runs as is for whoever deploys it."""
    region = function.split(":")[3]
    where = f" --region {region}" if _REGION.fullmatch(region) else ""
    named = f"--function-name {shlex.quote(function)} --role {shlex.quote(earlier)}"
    command = f"aws lambda update-function-configuration{where} {named}"
    return f"Let function {function} run as role {earlier} again, if it should not have been moved: {command}"


def permission(function: str, given: Any) -> Fix | None:
    """The same permission as a grant, or as advice where a grant cannot say it; None if its statement is not known."""
    if not isinstance(given, dict) or not all(isinstance(v, str) and len(v) <= _LONG for v in given.values()):
        return None
    principal, qualifier = given.get("principal", ""), given.get("qualifier") or None
    if set(given) <= GRANTED and given.get("action") == INVOKE and principal.endswith(".amazonaws.com"):
        source, account = given.get("sourceArn") or None, given.get("sourceAccount") or None
        return AddInvokePermission(function, qualifier, principal, source, account)
    if not set(given) <= {*GRANTED, *CONDITIONS} or not principal or not given.get("action"):
        return None
    arn = f"{function}:{qualifier}" if qualifier else function
    allow = Allow((given["action"],), (arn,), tuple(_conditions(given)), (_principal(principal, function),))
    return Advice(Layer.INVOKE, arn, f"The owner of {arn} gives it back the permission that it had.", (allow,))


def _conditions(given: Mapping[str, str]) -> Iterator[tuple[str, str, Words]]:
    for name, (operator, key) in CONDITIONS.items():
        if given.get(name):
            yield operator, key, (given[name].lower() if operator == "Bool" else given[name],)


def _principal(principal: str, function: str) -> tuple[str, str]:
    """As Lambda writes it: a service, everybody, an ARN, or an account as its root."""
    if principal.endswith(".amazonaws.com"):
        return "Service", principal
    account = re.fullmatch(r"\d{12}", principal)
    return "AWS", f"arn:{function.split(':')[1]}:iam::{principal}:root" if account else principal
