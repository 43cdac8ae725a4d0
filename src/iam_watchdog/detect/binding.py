"""Whose session a principal is."""

from __future__ import annotations

import re

_SESSION = re.compile(r"arn:([\w-]+):sts::(\d{12}):assumed-role/([\w+=,.@-]+)/([\w+=,.@-]+)\Z")
_ROLE = re.compile(r"arn:([\w-]+):iam::(\d{12}):role/(?:[\x21-\x7e]*/)?([\w+=,.@-]+)\Z")


def session_of(principal: str, role_arn: str) -> bool:
    """True if the principal is a session of exactly that role; a session ARN leaves out the role's path.

    Role names are unique in an account whatever their path, and compare without case.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    session, role = _SESSION.match(principal), _ROLE.match(role_arn)
    if session is None or role is None:
        return False
    return session.group(1, 2) == role.group(1, 2) and session.group(3).lower() == role.group(3).lower()


def session_name(principal: str | None) -> str | None:
    """The session's name: for an execution role the function's."""
    match = _SESSION.match(principal or "")
    return match.group(4) if match else None
