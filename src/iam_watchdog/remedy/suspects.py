"""Which of the changes of late may have caused a refusal: what took away, not what only added."""

from __future__ import annotations

from datetime import timedelta

from iam_watchdog.model import OWN, Change, Denial, Evidence
from iam_watchdog.remedy import hold
from iam_watchdog.remedy.before import MOVE, moved_from
from iam_watchdog.remedy.place import harmless

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
        MOVE,
    }
)
"""Management events that can take a permission away."""
RECENT = timedelta(days=7)


def suspects(denial: Denial, evidence: Evidence) -> tuple[Change, ...]:
    """Changes shortly before the refusal that may have caused it, newest first; what only added is none of them."""
    near = [c for c in evidence.changes if c.event in REMOVALS and denial.at - RECENT <= c.at <= denial.at]
    found = [c for c in near if not hold.lifted(c) and not _taken_back(c) and not harmless(c, evidence) and _takes(c)]
    return tuple(sorted(found, key=lambda c: c.at, reverse=True))


def _takes(change: Change) -> bool:
    """A function's configuration takes a permission away only by another role."""
    return change.event != MOVE or bool(moved_from(change))


def _taken_back(change: Change) -> bool:
    """A change of our own that our hands took back: it did not help, or somebody said no."""
    return not change.by_person and ("/wd-" in change.who or f" {OWN}" in change.detail)
