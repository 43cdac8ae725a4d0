"""Prove a whole set of fixes at once: as documents added to what was read, for the call and all that it implies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from iam_watchdog import policy
from iam_watchdog.model import (
    AddInvokePermission,
    AddRoleStatements,
    Advice,
    Allow,
    Answer,
    AttachManagedPolicy,
    Denial,
    Diagnosis,
    Evidence,
    Fix,
    Layer,
    Policy,
    Proof,
    Request,
    Verdict,
)
from iam_watchdog.remedy import before, in_play, managed, narrow, prove
from iam_watchdog.remedy.companions import implied
from iam_watchdog.remedy.document import policy_document

NAME = "proposed"


def proof_of(  # noqa: PLR0913 - four things to judge; the rest are named and optional
    fixes: Sequence[Fix],
    found: Diagnosis,
    denial: Denial,
    evidence: Evidence,
    *,
    full: bool = False,
    own: Sequence[Allow] = (),
) -> Proof:
    """Denied before, allowed after, nothing else gained; an implied call still refused afterwards fails it too.

    `full`: the service's every other action is tried as well, for what is shown to people. `own`: what was asked for,
    where the fixes put it together; otherwise they speak for themselves.
    """
    if found.request is None:
        return Proof(Answer.UNKNOWN, Answer.UNKNOWN)
    added = tuple(document for fix in fixes if (document := as_policy(fix, evidence)))
    request = found.request
    proof = prove.prove(
        request,
        in_play.documents(request, denial.kind, evidence),
        tuple(p for p in added if in_play.speaks(p, request, denial.kind)),
        own=own or tuple(s for fix in fixes for s in statements_of(fix)),
        unread=in_play.unread(request, denial.kind, evidence),
        tolerate=in_play.TOLERATED,
        grants=in_play.granted(request, denial, evidence),
        managed=any(isinstance(fix, AttachManagedPolicy) for fix in fixes),
        full=full,
        actions=narrow.actions_of(request.action.partition(":")[0].lower()) if full else (),
    )
    refused = _still_refused(request, denial, replace(evidence, policies=(*evidence.policies, *added)))
    return replace(proof, after=refused) if refused and proof.after is Answer.ALLOWED else proof


def _still_refused(request: Request, denial: Denial, evidence: Evidence) -> Answer | None:
    for other in implied(request, evidence):
        verdict = _says(other, denial, evidence, in_play.granted(other, denial, evidence))
        if verdict.denied:
            return verdict.answer
    return None


def ends(
    back: Sequence[Policy], found: Diagnosis, denial: Denial, evidence: Evidence, *, granted: bool = False
) -> bool:
    """True if these documents, in the place of those of the same name, end the refusal; granted: a key's grant does."""
    request = found.request
    if request is None or not _says(request, denial, evidence, in_play.granted(request, denial, evidence)).denied:
        return False
    known = {(p.layer, p.name, p.on) for p in back}
    kept = tuple(p for p in evidence.policies if (p.layer, p.name, p.on) not in known)
    after = replace(evidence, policies=(*kept, *back))
    grants = granted or in_play.granted(request, denial, after)
    if _says(request, denial, after, grants).answer is not Answer.ALLOWED:
        return False
    return _still_refused(request, denial, after) is None


def _says(request: Request, denial: Denial, evidence: Evidence, grants: bool | None) -> Verdict:
    documents = in_play.documents(request, denial.kind, evidence)
    unread = in_play.unread(request, denial.kind, evidence)
    return policy.decide(request, documents, unread, tolerate=in_play.TOLERATED, grants=grants)


def as_policy(fix: Fix, evidence: Evidence) -> Policy | None:
    """The document that a fix adds, as it would be read afterwards."""
    if isinstance(fix, AttachManagedPolicy):
        text = managed.document_of(fix.policy_arn) or before.detached(fix.policy_arn, evidence)
        return Policy(Layer.IDENTITY, fix.policy_arn, text, fix.role) if text else None
    statements = statements_of(fix)
    if not statements:
        return None
    text = json.dumps(policy_document(statements))
    match fix:
        case AddRoleStatements(role=role):
            return Policy(Layer.IDENTITY, NAME, text, role)
        case AddInvokePermission():
            return Policy(Layer.INVOKE, NAME, text, statements[0].resources[0])
        case Advice(layer=layer, target=target):
            return Policy(layer, NAME, text, target)
    return None


def statements_of(fix: Fix) -> tuple[Allow, ...]:
    """The statements that a fix adds, AddPermission's own among them."""
    if isinstance(fix, AddRoleStatements | Advice):
        return fix.statements
    return (permission(fix),) if isinstance(fix, AddInvokePermission) else ()


def permission(fix: AddInvokePermission) -> Allow:
    """The statement that AddPermission writes: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html."""
    resource = f"{fix.function}:{fix.qualifier}" if fix.qualifier else fix.function
    conditions = []
    if fix.source_arn:
        conditions.append(("ArnLike", "AWS:SourceArn", (fix.source_arn,)))
    if fix.source_account:
        conditions.append(("StringEquals", "AWS:SourceAccount", (fix.source_account,)))
    return Allow(("lambda:InvokeFunction",), (resource,), tuple(conditions), (("Service", fix.principal),))
