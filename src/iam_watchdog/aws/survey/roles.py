"""Every role with every policy that it is under, from IAM's one paged account dump."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from iam_watchdog.aws.faults import NotRead, reading
from iam_watchdog.model import Layer, Policy
from iam_watchdog.ports import CannotRead
from iam_watchdog.remedy.arns import role_name

ACTIONS = (
    "iam:GetAccountAuthorizationDetails",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListEntitiesForPolicy",
    "iam:ListRolePolicies",
)
FILTER = ["Role", "LocalManagedPolicy", "AWSManagedPolicy"]


@dataclass(frozen=True, slots=True)
class RoleView:
    """One role's identity policies, boundary and trust policy, its tags, and which of it the dump did not hold."""

    arn: str
    policies: tuple[Policy, ...]
    tags: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[Layer, ...] = ()


def roles(client: Any) -> Mapping[str, RoleView]:
    """All roles by ARN. Raises CannotRead.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
    """
    details: list[dict[str, Any]] = []
    documents: dict[str, str] = {}
    with reading("IAM's account dump"):
        for page in client.get_paginator("get_account_authorization_details").paginate(Filter=FILTER):
            details.extend(page.get("RoleDetailList", ()))
            documents.update(_managed(page.get("Policies", ())))
    named = {policy for detail in details for policy in _policies(detail)}
    documents |= {arn: found for arn in sorted(named - set(documents)) if (found := _document(client, arn))}
    return {detail["Arn"]: _role(detail, documents) for detail in details}


def one(client: Any, arn: str) -> RoleView | None:
    """A single role, as the dump would show it; None if it is not there, or under another path. Raises CannotRead."""
    name = role_name(arn)
    try:
        with reading(f"role {name}"):
            found = client.get_role(RoleName=name)["Role"]
            detail = {
                **found,
                "RolePolicyList": _inline(client, name),
                "AttachedManagedPolicies": _attached(client, name),
            }
    except NotRead as no:
        if no.code == "NoSuchEntity":
            return None
        raise
    documents = {policy: text for policy in _policies(detail) if (text := _document(client, policy))}
    return _role(detail, documents) if detail["Arn"] == arn else None


def carriers(client: Any, policy: str) -> set[str]:
    """The names of the roles that carry a managed policy, also as their boundary. Raises CannotRead."""
    listing = client.get_paginator("list_entities_for_policy")
    try:
        with reading(f"the roles that carry {policy}"):
            pages = list(listing.paginate(PolicyArn=policy, EntityFilter="Role"))
    except NotRead as no:
        if no.code == "NoSuchEntity":
            return set()
        raise
    return {row["RoleName"] for page in pages for row in page["PolicyRoles"]}


def _inline(client: Any, name: str) -> list[dict[str, Any]]:
    pages = client.get_paginator("list_role_policies").paginate(RoleName=name)
    names = [policy for page in pages for policy in page["PolicyNames"]]
    return [client.get_role_policy(RoleName=name, PolicyName=policy) for policy in names]


def _attached(client: Any, name: str) -> list[dict[str, Any]]:
    pages = client.get_paginator("list_attached_role_policies").paginate(RoleName=name)
    return [policy for page in pages for policy in page["AttachedPolicies"]]


def _policies(detail: dict[str, Any]) -> Iterator[str]:
    """The managed policies of a role: attached, and its boundary."""
    yield from (attached["PolicyArn"] for attached in detail.get("AttachedManagedPolicies", ()))
    if boundary := (detail.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"):
        yield boundary


def _document(client: Any, arn: str) -> str:
    """A policy that the dump did not hold, read by itself; "" if it cannot be read."""
    try:
        with reading(f"policy {arn}"):
            version = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            found = client.get_policy_version(PolicyArn=arn, VersionId=version)
    except CannotRead:
        return ""
    return text(found["PolicyVersion"]["Document"])


def _managed(policies: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for policy in policies:
        for version in policy.get("PolicyVersionList", ()):
            if version.get("IsDefaultVersion") and "Document" in version:
                yield policy["Arn"], text(version["Document"])


def text(document: object) -> str:
    """A document as JSON text; boto3 decodes what IAM sends."""
    return document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))


def _role(detail: dict[str, Any], documents: Mapping[str, str]) -> RoleView:
    arn = detail["Arn"]
    attached = [a["PolicyArn"] for a in detail.get("AttachedManagedPolicies", ())]
    boundary = (detail.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
    policies = [Policy(Layer.TRUST, "trust policy", text(detail["AssumeRolePolicyDocument"]), arn)]
    for inline in detail.get("RolePolicyList", ()):
        policies.append(Policy(Layer.IDENTITY, f"inline/{inline['PolicyName']}", text(inline["PolicyDocument"]), arn))
    policies += [Policy(Layer.IDENTITY, name, documents[name], arn) for name in attached if name in documents]
    if boundary in documents:
        policies.append(Policy(Layer.BOUNDARY, str(boundary), documents[str(boundary)], arn))
    missing = [Layer.IDENTITY] if any(name not in documents for name in attached) else []
    missing += [Layer.BOUNDARY] if boundary and boundary not in documents else []
    tags = {tag["Key"]: tag["Value"] for tag in detail.get("Tags", ())}
    return RoleView(arn, tuple(policies), tags, tuple(missing))
