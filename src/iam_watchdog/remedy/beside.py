"""What else hangs on the role that a fix changes: the stack that keeps it, and the functions that run under it too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iam_watchdog.model import AddRoleStatements, Advice, AttachManagedPolicy, Fix, Layer, Role, Words

LISTED = 6
"""So many functions are named; the rest is counted."""


def notes(fixes: Sequence[Fix], role: Role | None) -> Words:
    """What to know before the role is changed; () when no fix changes it, or nothing else hangs on it."""
    if role is None or not any(_changes(fix, role) for fix in fixes):
        return ()
    added = any(_adds(fix) for fix in fixes if _changes(fix, role))
    return tuple(words for words in (_stack(role, added=added), _shared(role) if added else "") if words)


def briefly(fixes: Sequence[Fix], role: Role | None) -> str:
    """The same in one line for a dialog, "" for nothing."""
    if role is None or not any(_changes(fix, role) and _adds(fix) for fix in fixes):
        return ""
    others = tuple(_named(role.shared_with))
    stack = f"make it last in stack {role.stack}" if role.stack and _told(role.stack) else ""
    shared = f"also given to {_some(others, 2)}" if others else ""
    return "; ".join(words for words in (shared, stack) if words)


def _changes(fix: Fix, role: Role) -> bool:
    match fix:
        case AttachManagedPolicy(role=arn) | AddRoleStatements(role=arn):
            return arn == role.arn
        case Advice(target=arn):
            return arn == role.arn
    return False


def _adds(fix: Fix) -> bool:
    """True for what puts a policy on the role, false for what changes who may assume it."""
    return isinstance(fix, AttachManagedPolicy | AddRoleStatements) or getattr(fix, "layer", None) is Layer.IDENTITY


def _stack(role: Role, *, added: bool) -> str:
    """CloudFormation deletes no role that has a policy which is not the stack's own.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
    """
    if not role.stack or not _told(role.stack):
        return ""
    named = f" (logical id {role.logical_id})" if role.logical_id else ""
    words = f"role {role.name} belongs to CloudFormation stack {role.stack}{named}: make the lasting change there"
    return f"{words}; a policy put on the role beside it blocks the stack's deletion" if added else words


def _shared(role: Role) -> str:
    others = tuple(_named(role.shared_with))
    if not others:
        return ""
    many = len(others) > 1
    return (
        f"function{'s' if many else ''} {_some(others, LISTED)} run{'' if many else 's'} under role {role.name} too: "
        f"{'they are' if many else 'it is'} given the same"
    )


def _named(names: Iterable[str]) -> Iterable[str]:
    return (name for name in names if _told(name))


def _told(name: str) -> bool:
    """What could not be read stands in brackets, which no name of AWS has; it is said with the rest of the unread."""
    return not name.startswith("(")


def _some(names: Words, most: int) -> str:
    *first, last = names if len(names) <= most else (*names[:most], f"{len(names) - most} more")
    return f"{', '.join(first)} and {last}" if first else last
