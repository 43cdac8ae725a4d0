"""Putting back what was removed: as the fix where that is the least, as an alternative with its surplus otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iam_watchdog.model import (
    AddInvokePermission,
    AddRoleStatements,
    Advice,
    AttachManagedPolicy,
    Change,
    Confidence,
    Denial,
    Diagnosis,
    Evidence,
    Fix,
    Layer,
    Policy,
    Words,
)
from iam_watchdog.policy.statement import Raw
from iam_watchdog.remedy import hold, limits, narrow
from iam_watchdog.remedy.moved import moved
from iam_watchdog.remedy.pair import pairs
from iam_watchdog.remedy.proving import as_policy, ends, proof_of, statements_of
from iam_watchdog.remedy.removed import Removed, removed
from iam_watchdog.remedy.suspects import suspects
from iam_watchdog.remedy.within import beyond, inside, plain, raws

MOST = 5
"""Removals that are tried, the newest first."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Putting back what was removed ends the refusal: as the fix if it is the least, else as an alternative."""

    change: Change
    fix: Fix
    words: str
    surplus: Words
    """What it allows beyond the narrow statement, or, where there is none, that it is wide."""
    first: bool
    or_else: tuple[Advice, ...] = ()
    """What else would undo the change, in words alone."""
    also: Change | None = None
    """The other change that is undone with it, where neither alone would end the refusal."""


def offer(found: Diagnosis, denial: Denial, evidence: Evidence) -> Offer | None:
    """The removal whose undoing ends this refusal, the least before the newest; None on a role that is on hold."""
    request = found.request
    if request is None or found.confidence is not Confidence.VERIFIED or hold.on_hold(evidence):
        return None
    if narrow.unnamed(request.action, request.resource) or (found.fixes and not _proposed(found, evidence)):
        return None  # Words alone: the owner is asked to decide something, and this would decide it.
    undoing = [
        r for c in suspects(denial, evidence)[:MOST] if (r := removed(c, evidence) or moved(c, request, evidence))
    ]
    helps = [each for each in undoing if _helps(each, found, denial, evidence)]
    helps = helps or [each for each in pairs(undoing) if _helps(each, found, denial, evidence)]
    made = [_offer(each, found, denial, evidence) for each in helps]
    return next((one for one in made if one.first), made[0] if made else None)


def _helps(each: Removed, found: Diagnosis, denial: Denial, evidence: Evidence) -> bool:
    ended = ends(each.back, found, denial, evidence, granted=each.granted)
    return ended and not limits.too_much((each.fix,), evidence)


def _proposed(found: Diagnosis, evidence: Evidence) -> tuple[Policy, ...]:
    return tuple(document for fix in found.fixes if (document := as_policy(fix, evidence)))


def _offer(gone: Removed, found: Diagnosis, denial: Denial, evidence: Evidence) -> Offer:
    """A rule that leaves it to the owner (a condition, PassRole) does so for what is put back as well."""
    grants = [fix for fix in found.fixes if not isinstance(fix, Advice)]
    fix = gone.fix if grants or not found.fixes else _left(gone)
    back, proposed = raws(gone.back), raws(_proposed(found, evidence))
    there = raws(p for p in evidence.policies if any((p.layer, p.on) == (b.layer, b.on) for b in gone.back))
    surplus = beyond(back, (*proposed, *there)) if found.fixes else tuple(_wide(back))
    least = not surplus and _does_as_much(back, proposed) and not (grants and isinstance(fix, Advice))
    if gone.or_else and least:  # What the fix says already is no alternative to it; the role that was left is.
        return Offer(gone.change, gone.or_else[0], gone.words, (), first=False)
    if gone.or_else:
        words = f"give its role what it used of that, or {gone.words}"
        return Offer(gone.change, fix, words, surplus, first=False, or_else=gone.or_else)
    first = least and _holds(fix, found, denial, evidence)
    return Offer(gone.change, fix, gone.words, surplus, first, also=gone.also)


def _left(gone: Removed) -> Advice:
    """As advice, for whoever owns what it changes."""
    match gone.fix:
        case Advice():
            return gone.fix
        case AddInvokePermission(function=arn):
            layer = Layer.INVOKE
        case AttachManagedPolicy(role=arn) | AddRoleStatements(role=arn):
            layer = Layer.IDENTITY
    return Advice(layer, arn, f"Its owner may {gone.words}.", statements_of(gone.fix))


def _does_as_much(back: Sequence[Raw], proposed: Sequence[Raw]) -> bool:
    """What was removed holds every action of the proposal: mending one refusal must not uncover the next."""
    actions = [action.lower() for raw in back for action in raw.actions]
    return all(any(inside(action.lower(), one) for one in actions) for raw in proposed for action in raw.actions)


def _holds(fix: Fix, found: Diagnosis, denial: Denial, evidence: Evidence) -> bool:
    """A document in words alone was proven as it was, but replaces no statement that can be read."""
    if isinstance(fix, Advice) and not fix.statements:
        return not found.fixes
    return proof_of((fix,), found, denial, evidence).holds


def _wide(back: Sequence[Raw]) -> Iterator[str]:
    """What no proposal of ours would hold: where there is no other fix, that alone decides."""
    for raw in back:
        listed = [(a, r) for a in raw.actions for r in raw.resources or ("*",)]
        wild = [pair for pair in listed if "*" in pair[0] or not narrow.in_closed_list(*pair)]
        yield from (f"{action} on {resource}" for action, resource in (wild if plain(raw) else listed))
