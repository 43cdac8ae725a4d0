"""What a plan was decided on, and how that differs from what is read now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from iam_watchdog.model import AttachManagedPolicy, Denial, Diagnosis, Evidence, Request
from iam_watchdog.records import digest, document_hash, dump
from iam_watchdog.remedy import before, in_play
from iam_watchdog.remedy.companions import implied

CLOCK = frozenset({"aws:CurrentTime", "aws:EpochTime"})
"""A denial seen again later is no other decision: with its time in it no plan would ever be the same again."""


def decided_on(found: Diagnosis, denial: Denial, evidence: Evidence) -> Mapping[str, str]:
    """Only what the decision depends on: an unchanged account leads to the same plan, whenever it is read."""
    basis = {**_subjects(evidence), **_documents(found, denial, evidence)}
    basis |= _restored(found, evidence)
    basis |= {"safe event": version} if (version := evidence.facts.get("verify_event")) else {}
    return {**basis, "evidence": digest({"basis": basis, "request": _timeless(found.request)})}


def _timeless(request: Request | None) -> dict[str, object] | None:
    """The request that decides, whenever it was made."""
    if request is None:
        return None
    return dump(replace(request, context={k: v for k, v in request.context.items() if k not in CLOCK}))


def _subjects(evidence: Evidence) -> dict[str, str]:
    function, role = evidence.function, evidence.role
    out: dict[str, str] = {}
    if function:
        out |= {"function": function.arn, "code": function.code_sha, "function's role": function.role}
    if role:
        out |= {"role": role.arn, "role id": role.id, "boundary": role.boundary or ""}
        out["attached policies"] = " ".join(sorted(role.attached))
    return out


def _documents(found: Diagnosis, denial: Denial, evidence: Evidence) -> dict[str, str]:
    requests: tuple[Request, ...] = (found.request, *implied(found.request, evidence)) if found.request else ()
    used = [p for request in requests for p in in_play.documents(request, denial.kind, evidence)]
    return {f"{p.layer} policy {p.name} {p.on}".strip(): document_hash(p.text) for p in used}


def _restored(found: Diagnosis, evidence: Evidence) -> dict[str, str]:
    """A detached policy that would be attached again may hold something else by then."""
    arns = (fix.policy_arn for fix in found.fixes if isinstance(fix, AttachManagedPolicy))
    return {f"policy {arn}": document_hash(text) for arn in arns if (text := before.detached(arn, evidence))}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """The names of what is not as it was; the overall hash is named only if nothing else is."""
    names = [n for n in {**before, **after} if n != "evidence" and before.get(n) != after.get(n)]
    return tuple(names) or (("evidence",) if before.get("evidence") != after.get("evidence") else ())
