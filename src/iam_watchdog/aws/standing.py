"""What stands where a change would go: read before it is made, before it is repeated and before it is taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from iam_watchdog import records
from iam_watchdog.aws.clients import Clients
from iam_watchdog.model import OWN, AddInvokePermission, AddRoleStatements, AttachManagedPolicy, Grant
from iam_watchdog.ports import CannotRead, CannotWrite
from iam_watchdog.remedy.arns import role_name
from iam_watchdog.remedy.document import policy_document

ACTIONS = (
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "lambda:GetPolicy",
)
ABSENT = ("NoSuchEntity", "NoSuchEntityException", "ResourceNotFoundException")
MOST_ATTACHED = 50
"""More than any role may have: 20 is the highest quota."""


def name(grant: Grant, region: str) -> str:
    """Policy ARN, name of our own inline policy, or our statement id: the same grant has always the same."""
    if isinstance(grant, AttachManagedPolicy):
        return grant.policy_arn
    if isinstance(grant, AddRoleStatements):
        return f"{OWN}{region}-{records.digest(policy_document(grant.statements))[:12]}"
    return f"{OWN}{records.digest(records.dump(grant))[:16]}"


def after(grant: Grant) -> str:
    """What `now` will say once the change is made."""
    if isinstance(grant, AttachManagedPolicy):
        return grant.policy_arn
    if isinstance(grant, AddRoleStatements):
        return records.canonical(policy_document(grant.statements))
    return records.canonical([grant.principal, grant.source_arn, grant.source_account])


def now(grant: Grant, name: str, clients: Clients) -> str | None:
    """What stands under this name, in the words of `after`; None: nothing. Raises CannotRead."""
    if isinstance(grant, AttachManagedPolicy):
        return _attached(grant, clients)
    if isinstance(grant, AddRoleStatements):
        answer = clients.read("iam", "get_role_policy", absent=ABSENT, RoleName=role_name(grant.role), PolicyName=name)
        return records.canonical(_json(answer["PolicyDocument"])) if answer else None
    return _permission(grant, name, clients)


def role_id(grant: Grant, clients: Clients) -> str:
    """The role's own id, "" for a function: a role that was deleted and made again is another one."""
    if isinstance(grant, AddInvokePermission):
        return ""
    return str(clients.read("iam", "get_role", RoleName=role_name(grant.role))["Role"]["RoleId"])


def document_hash(policy_arn: str, clients: Clients) -> str:
    """The hash of a managed policy's document as it is at this moment. Raises CannotRead."""
    version = clients.read("iam", "get_policy", PolicyArn=policy_arn)["Policy"]["DefaultVersionId"]
    answer = clients.read("iam", "get_policy_version", PolicyArn=policy_arn, VersionId=version)
    return records.digest(_json(answer["PolicyVersion"]["Document"]))


def _attached(grant: AttachManagedPolicy, clients: Clients) -> str | None:
    found, _ = clients.pages(
        "iam",
        "list_attached_role_policies",
        "AttachedPolicies",
        limit=MOST_ATTACHED,
        RoleName=role_name(grant.role),
    )
    return grant.policy_arn if any(p["PolicyArn"] == grant.policy_arn for p in found) else None


def _permission(grant: AddInvokePermission, name: str, clients: Clients) -> str | None:
    qualified = {"Qualifier": grant.qualifier} if grant.qualifier else {}
    answer = clients.read("lambda", "get_policy", absent=ABSENT, FunctionName=grant.function, **qualified)
    statements = _json(answer["Policy"])["Statement"] if answer else []
    found = [s for s in statements if s.get("Sid") == name]
    return _said(found[0]) if found else None


def _said(statement: dict[str, Any]) -> str:
    """Who may start the function, as AddPermission writes it; whatever else it says makes it another statement."""
    principal = statement.get("Principal", {})
    service = principal.get("Service") if isinstance(principal, dict) else principal
    condition = {op.lower(): {k.lower(): v for k, v in keys.items()} for op, keys in _conditions(statement).items()}
    source = condition.pop("arnlike", {}).pop("aws:sourcearn", None)
    account = condition.pop("stringequals", {}).pop("aws:sourceaccount", None)
    plain = statement.get("Effect") == "Allow" and statement.get("Action") == "lambda:InvokeFunction" and not condition
    return records.canonical([service, source, account] if plain else statement)


def _conditions(statement: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return dict(statement.get("Condition") or {})


def _json(document: Any) -> Any:
    return json.loads(document) if isinstance(document, str) else document


@contextmanager
def reads_as_writes() -> Iterator[None]:
    """A change that cannot be looked at is a change that cannot be made."""
    try:
        yield
    except CannotRead as no:
        raise CannotWrite(str(no), transient=no.transient) from no
