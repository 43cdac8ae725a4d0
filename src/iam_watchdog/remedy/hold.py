"""Somebody said hands off: by tag, by quarantine, by revoking sessions; nothing is changed or put back then."""

from __future__ import annotations

from iam_watchdog.model import Change, Evidence

HOLD = "iam-watchdog-hold"
QUARANTINED = ("AWSCompromisedKeyQuarantine", "AWSRevokeOlderSessions")
"""What AWS attaches to a leaked identity, and what the console's "revoke active sessions" puts on a role.

Beginnings of names: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
"""
DENIES = (*QUARANTINED, "AWSDenyAll")
"""Names of policies that only deny: who takes one away takes no permission away.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSDenyAll.html
"""


def on_hold(evidence: Evidence) -> bool:
    """True for a role or function with a hold tag, or a role that AWS or a person has shut."""
    role, function = evidence.role, evidence.function
    if any(HOLD in thing.tags for thing in (role, function) if thing):
        return True
    named = (*role.attached, *role.inline) if role else ()
    return "quarantine" in evidence.facts or any(sign in name for name in named for sign in QUARANTINED)


def lifted(change: Change) -> bool:
    """True for a change of a policy that only denies, by its name."""
    return any(sign in change.detail for sign in DENIES)
