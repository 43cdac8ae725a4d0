"""Several denials of one function, ended by one change: merged, and proven for each of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from iam_watchdog import guard
from iam_watchdog.model import (
    AddRoleStatements,
    Allow,
    Answer,
    Diagnosis,
    Plan,
    Proof,
    Words,
)
from iam_watchdog.part import WHOLE, Part, basis, joins
from iam_watchdog.ports import Settings
from iam_watchdog.records import digest
from iam_watchdog.remedy import limits, restore
from iam_watchdog.remedy.document import policy_document
from iam_watchdog.remedy.merge import merge, pairs
from iam_watchdog.remedy.proving import proof_of

SHOWN_WHOLE = 2_700
"""Characters of a document that fit into one block of a Slack message, with something to spare."""


@dataclass(frozen=True, slots=True)
class Joint:
    """One change for several denials, and what it does for each."""

    fix: AddRoleStatements
    parts: tuple[Part, ...]
    proofs: tuple[Proof, ...]
    plan: Plan
    """For all of them, decided on all that each was decided on."""


def readable(parts: Sequence[Part]) -> bool:
    """True if one message shows the whole document: nobody is asked for a yes to what is cut off."""
    document = policy_document(merge(statement for part in parts for statement in part.statements))
    return len(json.dumps(document, indent=2)) <= SHOWN_WHOLE


def _decided_on(parts: Sequence[Part]) -> Mapping[str, str]:
    merged = {name: value for part in parts for name, value in basis(part).items()}
    return {**merged, WHOLE: digest([basis(part).get(WHOLE) for part in parts])}


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
    """A part's diagnosis with the change that ends all; an alternative to that is only what would end each of them."""
    instead = tuple(fix for fix in part.found.instead if all(fix in other.found.instead for other in joint.parts))
    return restore.in_company(part.found, joint.fix, instead, part.denial, part.evidence)
