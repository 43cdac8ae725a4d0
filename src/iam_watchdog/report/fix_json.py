"""A fix, a proof and what was unread as JSON: the shape that `explain` prints and machines read (contract 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iam_watchdog.model import (
    WATCHDOG,
    AddInvokePermission,
    AddRoleStatements,
    AttachManagedPolicy,
    Fix,
    Guardrail,
    Layer,
    Proof,
    Unread,
)
from iam_watchdog.remedy.document import document
from iam_watchdog.report.formats import proposed_name
from iam_watchdog.report.formats.as_json import permission
from iam_watchdog.report.forms import LONGEST, NAMES, forms, short_sam

KINDS = {
    AttachManagedPolicy: "attach_managed_policy",
    AddRoleStatements: "add_role_statements",
    AddInvokePermission: "add_invoke_permission",
}
ALTERNATIVE: Mapping[str, Sequence[str]] = {WATCHDOG: ("not_a_grant",)}
"""What speaks against an alternative: it is in no plan, so nothing here applies it."""


def kind(fix: Fix) -> str:
    """A fix's kind as contract 4 names it."""
    return KINDS.get(type(fix), "advice")


def target(fix: Fix) -> str:
    """ARN of what would change."""
    match fix:
        case AttachManagedPolicy(role=arn) | AddRoleStatements(role=arn) | AddInvokePermission(function=arn):
            return arn
    return fix.target


def layer_of(fix: Fix) -> Layer:
    """The layer in which the fix allows something."""
    if isinstance(fix, AddInvokePermission):
        return Layer.INVOKE
    return Layer.IDENTITY if isinstance(fix, AttachManagedPolicy | AddRoleStatements) else fix.layer


def fix_json(fix: Fix, refusals: Mapping[str, Sequence[str]] | None = None, region: str = "") -> dict[str, Any]:
    """One fix in contract 4's shape; `advice` adds its words."""
    against = list((refusals or {}).get(WATCHDOG, ("unproven",)))
    short = short_sam(fix, region)
    return {
        "kind": kind(fix),
        "target": target(fix),
        "layer": layer_of(fix).value,
        "document": document(fix) if len(repr(fix)) <= LONGEST else None,
        "policy_arn": fix.policy_arn if isinstance(fix, AttachManagedPolicy) else None,
        "permission": permission(fix, proposed_name(fix)) if isinstance(fix, AddInvokePermission) else None,
        "advice": getattr(fix, "text", None),
        "automatic": refusals is not None and not against and kind(fix) != "advice",
        "refusals": against,
        "formats": dict.fromkeys(NAMES, "") | dict(forms(fix)),
        "short_sam": {"text": short.text, "surplus": list(short.surplus)} if short else None,
    }


def guardrail_json(beside: Guardrail) -> dict[str, Any]:
    """What is recommended beside the fixes, in every language."""
    return {
        "target": beside.role,
        "text": beside.text,
        "document": document(beside),
        "formats": dict.fromkeys(NAMES, "") | dict(forms(beside)),
    }


def proof_json(proof: Proof | None) -> dict[str, Any] | None:
    """The proof's verdicts and what else would be allowed."""
    if proof is None:
        return None
    return {
        "before": proof.before.value,
        "after": proof.after.value,
        "gained": list(proof.gained),
        "surplus": list(proof.surplus),
        "probes": proof.probes,
        "holds": proof.holds,
    }


def unread_json(unread: Sequence[Unread]) -> list[dict[str, str]]:
    """What could not be read, and why."""
    return [{"layer": u.layer.value, "what": u.what, "why": u.why} for u in unread]
