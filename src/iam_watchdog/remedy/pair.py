"""Two removals that are needed together: one undoing of both, where neither alone ends the refusal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from iam_watchdog.model import AddInvokePermission, AddRoleStatements, Advice, AttachManagedPolicy, Fix, Layer, Policy
from iam_watchdog.remedy import put_back
from iam_watchdog.remedy.removed import Removed


def pairs(alone: Sequence[Removed]) -> Iterator[Removed]:
    """Every two of them as one, the newest first; a grant on a key and a move to another role stand by themselves."""
    known = [one for one in alone if not one.granted and not one.or_else and one.back]
    for one, other in combinations(known, 2):
        if not _places(one) & _places(other):
            yield _both(one, other)


def _places(gone: Removed) -> set[tuple[Layer, str, str]]:
    """Whole documents come back in the place of those of the same name; statements of ours stand beside them."""
    return set() if isinstance(gone.fix, AddRoleStatements) else {_place(p) for p in gone.back}


def _place(policy: Policy) -> tuple[Layer, str, str]:
    return policy.layer, policy.name, policy.on


def _both(one: Removed, other: Removed) -> Removed:
    back = (*one.back, *other.back)
    words = f"{one.words}, and {other.words}"
    first, second = one.fix, other.fix
    if isinstance(first, AddRoleStatements) and isinstance(second, AddRoleStatements) and first.role == second.role:
        statements = tuple(dict.fromkeys((*first.statements, *second.statements)))
        return Removed(one.change, AddRoleStatements(first.role, statements), back, words, also=other.change)
    text = f"Do both, since neither alone ends the refusal. First: {_said(one)} Second: {_said(other)}"
    roles = [fix.role for fix in (first, second) if isinstance(fix, AddRoleStatements | AttachManagedPolicy)]
    layer = Layer.IDENTITY if roles else next(policy.layer for policy in back)
    return Removed(
        one.change, Advice(layer, roles[0] if roles else _target(first), text), back, words, also=other.change
    )


def _target(fix: Fix) -> str:
    if isinstance(fix, Advice):
        return fix.target
    return fix.function if isinstance(fix, AddInvokePermission) else fix.role


def _said(gone: Removed) -> str:
    words = f"{gone.words[:1].upper()}{gone.words[1:]}."
    match gone.fix:
        case Advice(text=text, statements=()):
            return text
        case AttachManagedPolicy(role=role, policy_arn=arn):
            return f"{words} {put_back.attached(role, arn)}"
    return words
