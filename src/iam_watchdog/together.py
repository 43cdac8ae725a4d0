"""Several denials of one function, ended by one change: what may join, and the proof for each of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from iam_watchdog import guard, rules
from iam_watchdog.model import (
    AddRoleStatements,
    Allow,
    Answer,
    Confidence,
    Denial,
    Diagnosis,
    Evidence,
    Plan,
    Proof,
    Witness,
    Words,
)
from iam_watchdog.ports import Settings
from iam_watchdog.records import digest
from iam_watchdog.remedy import limits, propose
from iam_watchdog.remedy.document import policy_document
from iam_watchdog.remedy.merge import merge, pairs
from iam_watchdog.remedy.proving import proof_of
from iam_watchdog.rules.case.binding import believed

SHOWN_WHOLE = 2_700
"""Characters of a document that fit into one block of a Slack message, with something to spare."""
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


@dataclass(frozen=True, slots=True)
class Joint:
    """One change for several denials, and what it does for each."""

    fix: AddRoleStatements
    parts: tuple[Part, ...]
    proofs: tuple[Proof, ...]
    plan: Plan
    """For all of them, decided on all that each was decided on."""


def look(name: str, denial: Denial, evidence: Evidence, *, confirmed: bool = False) -> Part:
    """Diagnose one denial and prove what ends it."""
    found, plan, proof = propose.plan(rules.diagnose(denial, evidence), denial, evidence)
    return Part(name, denial, evidence, found, plan, proof, confirmed)


def statements_of(plan: Plan) -> tuple[Allow, ...]:
    """The statements that a plan puts on a role."""
    return tuple(s for grant in plan.grants if isinstance(grant, AddRoleStatements) for s in grant.statements)


def readable(parts: Sequence[Part]) -> bool:
    """True if one message shows the whole document: nobody is asked for a yes to what is cut off."""
    document = policy_document(merge(statement for part in parts for statement in part.statements))
    return len(json.dumps(document, indent=2)) <= SHOWN_WHOLE


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
    one, two = _basis(first), _basis(other)
    return all(one[name] == two[name] for name in one.keys() & two.keys() - {WHOLE})


def _basis(part: Part) -> Mapping[str, str]:
    return part.plan.decided_on if part.plan else {}


def _decided_on(parts: Sequence[Part]) -> Mapping[str, str]:
    merged = {name: value for part in parts for name, value in _basis(part).items()}
    return {**merged, WHOLE: digest([_basis(part).get(WHOLE) for part in parts])}


def join(parts: Sequence[Part]) -> Joint | None:
    """The one change for parts that may join, if AWS would take it and the proof holds for each of them."""
    role = parts[0].evidence.role if parts else None
    if role is None or len(parts) < 2:
        return None
    asked = tuple(statement for part in parts for statement in part.statements)
    fix = AddRoleStatements(role.arn, merge(asked))
    if pairs(fix.statements) != pairs(asked) or any(limits.too_much((fix,), part.evidence) for part in parts):
        return None
    proofs = tuple(_proofs(fix, asked, parts))
    if len(proofs) < len(parts):
        return None
    plan = Plan((fix,), whole(proofs), _decided_on(parts), tuple(part.id for part in parts[1:]))
    return Joint(fix, tuple(parts), proofs, plan)


def joints(parts: Sequence[Part]) -> Iterator[Joint]:
    """All parts sorted into the changes that end several of them; who joins nobody is in none."""
    left = list(parts)
    while left:
        first = left.pop(0)
        others = [part for part in left if joins(first, part)]
        if joint := join((first, *others)):
            yield joint
            left = [part for part in left if part not in others]


def _proofs(fix: AddRoleStatements, asked: Sequence[Allow], parts: Sequence[Part]) -> Iterator[Proof]:
    """Each denial before and after; what no part asked for by itself is gained."""
    for part in parts:
        proof = proof_of((fix,), part.found, part.denial, part.evidence, full=True, own=asked)
        if not proof.holds:
            return
        yield proof


def whole(proofs: Sequence[Proof]) -> Proof:
    """All denied before, all allowed after, nothing gained by any; the worst answer stands for all."""
    before = next((p.before for p in proofs if p.before is not Answer.IMPLICIT), Answer.IMPLICIT)
    after = next((p.after for p in proofs if p.after is not Answer.ALLOWED), Answer.ALLOWED)
    gained = tuple(dict.fromkeys(one for p in proofs for one in p.gained))
    return Proof(before, after, gained, probes=sum(p.probes for p in proofs))


def refusals(joint: Joint, who: str, settings: Settings, *, enabled: bool = True, tried: Collection[str] = ()) -> Words:
    """What speaks against the joint plan, or against any part by itself: joining lifts no refusal."""
    named = {
        name
        for part in joint.parts
        for plan in (joint.plan, part.plan)
        for name in guard.refusals(
            plan, part.found, part.denial, part.evidence, who, settings, enabled=enabled, tried=tried
        )
    }
    return tuple(name for name in guard.REFUSALS if name in named)


def ended(joint: Joint, part: Part) -> Diagnosis:
    """A part's diagnosis with the change that ends all of them; what would end this one alone is no alternative."""
    return replace(part.found, fixes=(joint.fix,), instead=())
