"""Whether a person took permissions away lately that the change would give back; not knowing is no reason to act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import product

from iam_watchdog.guard.case import Case
from iam_watchdog.model import Change, Evidence, Layer, Policy
from iam_watchdog.policy.statement import Raw
from iam_watchdog.remedy.before import NOT_LOOKED_UP, known, moved_from, text_of
from iam_watchdog.remedy.place import gone, harmless, place_of
from iam_watchdog.remedy.proving import as_policy
from iam_watchdog.remedy.removed import removed
from iam_watchdog.remedy.within import malformed, meets, raws

REMOVED_LATELY = timedelta(days=30)
REMOVALS = ("Detach", "Delete", "Remove", "SetDefaultPolicyVersion", "PutRolePermissionsBoundary")
WRITTEN = ("PutRolePolicy", "CreatePolicyVersion")
"""These take away only where something that stood there before is missing now, or nobody knows what stood there."""
MOST = 20_000
"""Pairs of an action and a resource that are compared; with more of them nothing is ruled out."""


def removed_by_person(case: Case) -> bool:
    """Somebody took permissions away lately, perhaps these, perhaps for a reason; not knowing is no reason to act."""
    role = case.evidence.role
    names = (role.name, role.boundary, *role.attached, *_function(case)) if role else ()
    named = {f"recent changes of {name}" for name in names}
    left_out = bool(case.evidence.facts.get(NOT_LOOKED_UP))
    if left_out or any(unread.what in named for unread in case.evidence.unread):
        return True
    since = case.evidence.at - REMOVED_LATELY
    lately = [change for change in case.evidence.changes if change.by_person and change.at >= since]
    return any(_took(change, case.evidence) and not _something_else(change, case) for change in lately)


def _function(case: Case) -> tuple[str, ...]:
    return (case.evidence.function.name,) if case.evidence.function else ()


def _took(change: Change, evidence: Evidence) -> bool:
    """A removal, a document put over another, or the function moved away from the role that had it."""
    if change.event.startswith(REMOVALS) or moved_from(change):
        return True
    return change.event in WRITTEN and _lost(change, evidence)


def _lost(change: Change, evidence: Evidence) -> bool:
    """A role's whole history, from its creation on, tells that nothing unknown stood there before."""
    if harmless(change, evidence):
        return False
    born = any(other.event == "CreateRole" and other.on == change.on for other in evidence.changes)
    return removed(change, evidence) is not None or not born


def _something_else(change: Change, case: Case) -> bool:
    """True if what was taken is known to the letter, and no call is allowed both by that and by the change.

    More than the refused call counts: a managed policy would also give back what was taken beside it. Conditions are
    not looked at: whoever took a permission away that held at times took it for those times too.
    """
    taken = _taken(change, case.evidence)
    added = [as_policy(grant, case.evidence) for grant in case.grants]
    if taken is None or not all(added):
        return False
    given = raws(document for document in added if document)
    return bool(given) and not any(_overlap(one, other) for one in taken for other in given)


def _taken(change: Change, evidence: Evidence) -> Sequence[Raw] | None:
    """The Allow statements that are missing since; None if they are not known, or known of another version alone."""
    before = known(change)
    if "permission" in before:
        given = removed(change, evidence)
        return raws(given.back) if given else None
    if change.event == "DetachRolePolicy":
        as_it_was = before.get("then") and before.get("then") == before.get("now")
        text = text_of(before) if as_it_was else ""
        return _allowing([Policy(Layer.IDENTITY, "", text)]) if text and not malformed(text, Layer.IDENTITY) else None
    place = place_of(change, evidence)
    if place is None or malformed(place.text, place.layer) or not raws([place.policy()]):
        return None  # What was deleted was something: a history without it is not the whole one.
    return gone(place, evidence)


def _allowing(documents: Iterable[Policy]) -> tuple[Raw, ...] | None:
    found = raws(documents)
    return tuple(raw for raw in found if raw.allow is not False) if found else None


def _overlap(taken: Raw, given: Raw) -> bool:
    """Could one call be allowed by both? What is not plainly listed could be anything."""
    if any(raw.not_action or raw.not_resource or raw.broken or not raw.actions for raw in (taken, given)):
        return True
    acts = product(taken.actions, given.actions)
    things = product(taken.resources or ("*",), given.resources or ("*",))
    if len(taken.actions) * len(given.actions) > MOST or _many(taken) * _many(given) > MOST:
        return True
    return any(meets(a.lower(), b.lower()) for a, b in acts) and any(meets(a, b) for a, b in things)


def _many(raw: Raw) -> int:
    return len(raw.resources or ("*",))
