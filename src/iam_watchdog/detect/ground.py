"""Where Detect stands: its account and Region, and what is its own, so that it never reports itself."""

from __future__ import annotations

from dataclasses import dataclass

from iam_watchdog.detect.binding import session_of
from iam_watchdog.model import Words


@dataclass(frozen=True, slots=True)
class Ground:
    """What Detect knows without asking AWS anything."""

    account: str
    region: str
    partition: str = "aws"
    own_log_groups: Words = ()
    """Names, exact."""
    own_roles: Words = ()
    """ARNs, exact."""
    own_functions: Words = ()
    """ARNs, exact."""
    canary: str = ""
    """Name of the log group in which our own canary sings."""

    def owns(self, principal: str | None, function: str) -> bool:
        """True for a session of one of our roles and for one of our functions; exact, never by prefix."""
        if principal and any(principal == role or session_of(principal, role) for role in self.own_roles):
            return True
        return f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:{function}" in self.own_functions
