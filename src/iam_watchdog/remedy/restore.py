"""What changed lately on the role, its policies or the target: restoring is often less than granting."""

from __future__ import annotations

from datetime import timedelta

from iam_watchdog.model import Change, Denial, Evidence

REMOVALS = frozenset(
    {
        "DetachRolePolicy",
        "DeleteRolePolicy",
        "PutRolePolicy",
        "DeletePolicyVersion",
        "CreatePolicyVersion",
        "SetDefaultPolicyVersion",
        "PutRolePermissionsBoundary",
        "UpdateAssumeRolePolicy",
        "DeleteRole",
        "RemovePermission20150331v2",
        "RemovePermission20150331",
        "RemovePermission",
        "DeleteBucketPolicy",
        "PutBucketPolicy",
        "PutKeyPolicy",
        "RevokeGrant",
        "RetireGrant",
        "DeleteResourcePolicy",
        "PutResourcePolicy",
        "SetQueueAttributes",
        "SetTopicAttributes",
        "RemovePermission20151231",
    }
)
"""Management events that can take a permission away."""
RECENT = timedelta(days=7)


def suspects(denial: Denial, evidence: Evidence) -> tuple[Change, ...]:
    """Changes shortly before the refusal that may have caused it, newest first."""
    found = [c for c in evidence.changes if c.event in REMOVALS and denial.at - RECENT <= c.at <= denial.at]
    return tuple(sorted(found, key=lambda c: c.at, reverse=True))


def notes(denial: Denial, evidence: Evidence) -> tuple[str, ...]:
    """What changed, by whom and when; to restore it is offered first, and left to a person if a person removed it."""
    return tuple(_note(change) for change in suspects(denial, evidence)[:3])


def _note(change: Change) -> str:
    who = f"{change.who} (a person)" if change.by_person else change.who
    detail = f" ({change.detail})" if change.detail else ""
    restoring = (
        "ask before it is restored" if change.by_person else "restoring it may be the least that ends the refusal"
    )
    return f"changed at {change.at:%Y-%m-%d %H:%M} UTC by {who}: {change.event} on {change.on}{detail}; {restoring}"
