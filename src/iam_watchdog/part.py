"""One denial looked into by itself, and whether another's fix may be one with its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iam_watchdog import rules
from iam_watchdog.model import (
    AddRoleStatements,
    Allow,
    Confidence,
    Denial,
    Diagnosis,
    Evidence,
    Plan,
    Proof,
    Witness,
)
from iam_watchdog.remedy import propose
from iam_watchdog.rules.case.binding import believed

WHOLE = "evidence"
"""The entry of `decided_on` that covers one denial's whole basis: each denial has its own."""


@dataclass(frozen=True, slots=True)
class Part:
    """One denial, looked into by itself."""

    id: str
    """The incident's."""
    denial: Denial
    evidence: Evidence
    found: Diagnosis
    plan: Plan | None
    proof: Proof | None
    confirmed: bool = False
    """AWS has confirmed it before, whatever it says now."""

    @property
    def statements(self) -> tuple[Allow, ...]:
        """What its own plan would put on the role."""
        return statements_of(self.plan) if self.plan else ()

    @property
    def claimed(self) -> bool:
        """Only a log says so: a stranger's line must not ride on AWS's own word, nor lend it to others."""
        return not self.confirmed and believed(self.denial, self.evidence) is Witness.LOG


def look(name: str, denial: Denial, evidence: Evidence, *, confirmed: bool = False) -> Part:
    """Diagnose one denial and prove what ends it."""
    found, plan, proof = propose.plan(rules.diagnose(denial, evidence), denial, evidence)
    return Part(name, denial, evidence, found, plan, proof, confirmed)


def statements_of(plan: Plan) -> tuple[Allow, ...]:
    """The statements that a plan puts on a role."""
    return tuple(s for grant in plan.grants if isinstance(grant, AddRoleStatements) for s in grant.statements)


def joins(first: Part, other: Part) -> bool:
    """True if one statement on one role may end both: the same role as it stands, equally sure, equally told."""
    if not (_by_statements(first) and _by_statements(other)) or first.claimed is not other.claimed:
        return False
    return _place(first) == _place(other) and _read_alike(first, other)


def _by_statements(part: Part) -> bool:
    """A verified plan of nothing but statements on the function's own role."""
    plan, role = part.plan, part.evidence.role
    if plan is None or role is None or not part.found.bound or part.found.confidence is not Confidence.VERIFIED:
        return False
    return bool(plan.grants) and all(isinstance(g, AddRoleStatements) and g.role == role.arn for g in plan.grants)


def _place(part: Part) -> tuple[str, ...]:
    denial, role = part.denial, part.evidence.role
    return denial.account, denial.region, denial.function, denial.qualifier, role.arn if role else ""


def _read_alike(first: Part, other: Part) -> bool:
    """What both were decided on says the same: the account did not change between the two readings."""
    one, two = basis(first), basis(other)
    return all(one[name] == two[name] for name in one.keys() & two.keys() - {WHOLE})


def basis(part: Part) -> Mapping[str, str]:
    """What its own plan was decided on."""
    return part.plan.decided_on if part.plan else {}
