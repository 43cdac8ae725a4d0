"""From a diagnosis to a plan: only what is proven becomes one, and it carries all that it was decided on."""

from __future__ import annotations

from dataclasses import replace

from iam_watchdog.model import (
    AddInvokePermission,
    AddRoleStatements,
    Advice,
    Allow,
    Answer,
    AttachManagedPolicy,
    Confidence,
    Denial,
    Diagnosis,
    Evidence,
    Fix,
    Grant,
    Layer,
    Plan,
    Proof,
    Words,
)
from iam_watchdog.remedy import beside, limits, restore
from iam_watchdog.remedy.basis import decided_on, differences
from iam_watchdog.remedy.proving import proof_of

__all__ = ["Plan", "plan", "stale"]


def plan(found: Diagnosis, denial: Denial, evidence: Evidence) -> tuple[Diagnosis, Plan | None, Proof | None]:
    """Prove what a diagnosis proposes, restoring first; what does not hold is no fix, and the note says why."""
    offer = restore.offer(found, denial, evidence)
    found, made, proof = _proven(restore.with_offer(found, offer, denial, evidence), denial, evidence)
    found = restore.with_alternative(found, offer)
    known = beside.notes((*found.fixes, *found.instead), evidence.role)
    return replace(found, notes=(*known, *found.notes)), made, proof


def _proven(found: Diagnosis, denial: Denial, evidence: Evidence) -> tuple[Diagnosis, Plan | None, Proof | None]:
    if not found.fixes:
        return found, None, None
    if why := limits.too_much(found.fixes, evidence):
        return _left_to_people(found, "AWS would refuse this change: " + "; ".join(why)), None, None
    if found.confidence is Confidence.REPORTED and all(isinstance(fix, Advice) for fix in found.fixes):
        return found, None, None  # Nothing that was read denies, so there is nothing to prove it on.
    proof = proof_of(found.fixes, found, denial, evidence, full=True)
    if Answer.UNKNOWN in (proof.before, proof.after) and not proof.gained:
        return _left_to_people(found, f"not proven, since {_unknown(found)}: try it, it can be useless"), None, proof
    if not proof.holds:
        return _withdrawn(found, proof), None, None if _only_words(found.fixes) else proof
    found = replace(found, instead=tuple(fix for fix in found.instead if _holds(fix, found, denial, evidence)))
    grants = tuple(fix for fix in found.fixes if not isinstance(fix, Advice))
    if len(grants) < len(found.fixes):
        return found, None, proof
    return found, Plan(grants, proof, decided_on(found, denial, evidence)), proof


def remarked(found: Diagnosis, evidence: Evidence) -> Diagnosis:
    """The diagnosis with what IAM Access Analyzer remarked on its fixes."""
    remarks = (evidence.facts.get(f"validation_{kind}") for kind in ("error", "security_warning"))
    notes = tuple(f"IAM Access Analyzer says of this policy: {remark}" for remark in remarks if remark)
    return replace(found, notes=(*found.notes, *notes)) if notes else found


def stale(shown: Plan, now: Plan | None, evidence: Evidence) -> str:
    """Why the plan that was agreed to is no longer the plan, or "" if it still is, to the letter."""
    if now is None:
        return "what is read now no longer leads to this change" + _if_role_is_gone(evidence)
    if shown == now:
        return ""
    if shown.grants != now.grants:
        return "what is read now leads to another change"
    if changed := differences(shown.decided_on, now.decided_on):
        return f"changed since it was proposed: {', '.join(changed)}"
    return "the proof comes out differently now"


def _if_role_is_gone(evidence: Evidence) -> str:
    return "" if evidence.role else ", and the role could not be read"


def _unknown(found: Diagnosis) -> str:
    return found.verdict.unknown[0] if found.verdict.unknown else "something that decides could not be read"


def _holds(fix: Fix, found: Diagnosis, denial: Denial, evidence: Evidence) -> bool:
    return proof_of((fix,), found, denial, evidence).holds and not limits.too_much((fix,), evidence)


def _only_words(fixes: tuple[Fix, ...]) -> bool:
    return all(isinstance(fix, Advice) and not fix.statements for fix in fixes)


def _left_to_people(found: Diagnosis, why: str) -> Diagnosis:
    """The statement is still worth reading, but nothing that the watchdog may do."""
    fixes = tuple(_as_advice(fix) for fix in found.fixes)
    return replace(found, fixes=fixes, instead=(), notes=(why, *found.notes))


def _as_advice(fix: Fix) -> Advice:
    if isinstance(fix, Advice):
        return fix
    return Advice(_layer_of(fix), _target_of(fix), _text_of(fix), _statements_of(fix))


def _statements_of(fix: Grant) -> tuple[Allow, ...]:
    return fix.statements if isinstance(fix, AddRoleStatements) else ()


def _withdrawn(found: Diagnosis, proof: Proof) -> Diagnosis:
    """Advice in words alone stays: nobody can prove a sentence."""
    kept = tuple(fix for fix in found.fixes if isinstance(fix, Advice) and not fix.statements)
    if len(kept) == len(found.fixes):
        return found
    notes: Words = (f"no fix is shown: {_why(proof)}",)
    return replace(found, fixes=kept, instead=(), notes=(*notes, *found.notes))


def _why(proof: Proof) -> str:
    if proof.gained:
        return f"the change would also allow {', '.join(proof.gained[:3])}"
    if proof.before is Answer.ALLOWED:
        return "the call is allowed already"
    return f"with the change the call would still be refused ({proof.after})"


def _layer_of(fix: Grant) -> Layer:
    return Layer.INVOKE if isinstance(fix, AddInvokePermission) else Layer.IDENTITY


def _target_of(fix: Grant) -> str:
    return fix.function if isinstance(fix, AddInvokePermission) else fix.role


def _text_of(fix: Grant) -> str:
    match fix:
        case AttachManagedPolicy(role=role, policy_arn=arn):
            return f"Attach {arn} to role {role}."
        case AddRoleStatements(role=role):
            return f"Add this statement to role {role}."
        case AddInvokePermission(function=function, principal=principal):
            return f"Let {principal} start {function}."
