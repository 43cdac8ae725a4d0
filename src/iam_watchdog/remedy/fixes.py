"""From the layers that lack an Allow to what each owner has to add: a Grant on the own role, Advice for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iam_watchdog.model import AddRoleStatements, Advice, Allow, Evidence, Fix, Layer, Request, Words
from iam_watchdog.remedy.arns import account_of, covers, part, role_name
from iam_watchdog.remedy.merge import merge
from iam_watchdog.remedy.narrow import allow_for, resources_for

ORGANIZATION = (Layer.SCP, Layer.RCP)
type Ask = tuple[Request, Sequence[Layer]]
"""A request that is refused, and the layers that lack an Allow for it."""


def fixes_for(asks: Iterable[Ask], evidence: Evidence) -> tuple[Fix, ...]:
    """All that is needed together for every one of these requests; empty if one of them cannot be named safely."""
    wanted = tuple(asks)
    own = [allow_for(request, told(evidence)) for request, layers in wanted if Layer.IDENTITY in layers]
    if None in own:
        return ()
    out: list[Fix] = []
    if own and evidence.role:
        out.append(AddRoleStatements(evidence.role.arn, merge(allow for allow in own if allow)))
    for layer in (x for x in Layer if x is not Layer.IDENTITY):
        out += advice(layer, [request for request, layers in wanted if layer in layers], evidence)
    return tuple(out)


def told(evidence: Evidence) -> Words:
    """ARNs that their service itself named."""
    return tuple(target.arn for target in evidence.targets if target.traits.get("arn") == "told")


def advice(layer: Layer, requests: Sequence[Request], evidence: Evidence) -> list[Advice]:
    """What the owner of one layer's document has to add, one piece of advice for each document."""
    by_owner: dict[str, list[Request]] = {}
    for request in requests:
        by_owner.setdefault(_owner(layer, request, evidence), []).append(request)
    return [_advice(layer, owner, asked, evidence) for owner, asked in by_owner.items()]


def _advice(layer: Layer, owner: str, requests: Sequence[Request], evidence: Evidence) -> Advice:
    if layer in ORGANIZATION:
        return organizations(layer, owner)
    statements = merge(s for s in (_statement(layer, request, evidence) for request in requests) if s)
    role = evidence.role.name if evidence.role else "the role"
    return Advice(layer, owner, _words(layer, owner, role), statements)


def organizations(layer: Layer, owner: str) -> Advice:
    """For whoever owns the organization: about the policy by its ARN, or about what an unnamed one applies to."""
    if part(owner, 2) == "organizations":
        return Advice(layer, owner, _words(layer, owner))
    where = f"account {account_of(owner)}" if account_of(owner) else f"the account of {owner}"
    kind, end = ("service", " on the role") if layer is Layer.SCP else ("resource", "")
    text = (
        f"The organization's owners decide on the account's organization policies: a {kind} control policy that "
        f"applies to {where} forbids this; no Allow{end} can help."
    )
    return Advice(layer, owner, text)


def _words(layer: Layer, owner: str, role: str = "") -> str:
    """AWS does not always name the policy or the endpoint."""
    said = _TEXTS[layer].format(owner=owner, role=role)
    return said if owner else said.replace("  ", " ").replace(" ;", ";")


def _statement(layer: Layer, request: Request, evidence: Evidence) -> Allow | None:
    if layer is Layer.TRUST:
        return Allow((request.action,), (), (), (_who(request, evidence),))
    if layer in (Layer.RESOURCE, Layer.INVOKE):
        # In a key policy "*" is the key itself: developerguide/key-policies.html#key-policy-elements
        named = (
            ("*",)
            if part(request.resource, 2) == "kms"
            else resources_for(request.action, request.resource, told(evidence))
        )
        return Allow((request.action,), named, (), (_who(request, evidence),)) if named else None
    return allow_for(request, told(evidence))


def _who(request: Request, evidence: Evidence) -> tuple[str, str]:
    """The role rather than its session: a boundary still caps it, and its next session may have another name."""
    if not request.principal.startswith("arn:"):
        return ("Service", request.principal)
    if part(request.resource, 2) == "lambda" and part(request.resource, 5).startswith("layer:"):
        # A layer admits accounts: https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html
        return ("AWS", f"arn:{part(request.principal, 1)}:iam::{account_of(request.principal)}:root")
    role = evidence.role
    same = role and role_name(request.principal) == role.name
    return ("AWS", role.arn if role and same else request.principal)


def _owner(layer: Layer, request: Request, evidence: Evidence) -> str:
    """ARN of the document's owner, as near as it is known."""
    if layer in ORGANIZATION:
        return _under(layer, request, evidence)
    documents = [p for p in evidence.of(layer) if p.on]
    if layer in (Layer.RESOURCE, Layer.TRUST, Layer.INVOKE):
        found = next((p.on for p in documents if covers(p.on, request.resource)), "")
        return found or _container(request.resource)
    if layer is Layer.BOUNDARY and evidence.role:
        return evidence.role.boundary or evidence.role.arn
    if layer is Layer.SESSION:
        return evidence.role.arn if evidence.role else request.principal
    return documents[0].on if documents else next((p.name for p in evidence.of(layer)), "")


def _under(layer: Layer, request: Request, evidence: Evidence) -> str:
    """The account that such a policy applies to, as its root's ARN: the caller's, or the one that owns the resource.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html; an ARN of the
    organization is not made up: it holds the management account, which nobody here knows.
    """
    caller = evidence.role.arn if evidence.role else request.principal
    account = account_of(caller) or account_of(request.principal)
    if layer is Layer.RCP:
        owners = (t.account for t in evidence.targets if t.account and covers(t.arn, request.resource))
        account = account_of(request.resource) or next(owners, "")
    partition = part(request.resource, 1) or part(caller, 1)
    return f"arn:{partition}:iam::{account}:root" if account and partition else _container(request.resource) or caller


def _container(resource: str) -> str:
    """The bucket or access point of an object; anything else carries its own policy."""
    if part(resource, 2) != "s3":
        return resource
    return resource.partition("/object/" if account_of(resource) else "/")[0]


_TEXTS = {
    Layer.BOUNDARY: "Add this to the permissions boundary {owner}: it caps what role {role} may do and grants nothing.",
    Layer.SESSION: "Whoever assumes role {role} passes a session policy that lacks this; add it there.",
    Layer.RESOURCE: "The owner of {owner} adds this statement to its resource policy.",
    Layer.SCP: "The organization's owners decide on the service control policy {owner}; no Allow on the role can help.",
    Layer.RCP: "The organization's owners decide on the resource control policy {owner}; no Allow can help.",
    Layer.VPCE: "The owner of the VPC endpoint {owner} adds this to its endpoint policy.",
    Layer.TRUST: "The owner of {owner} adds this statement to its trust policy.",
    Layer.INVOKE: "The owner of function {owner} adds this statement to its resource policy.",
}
