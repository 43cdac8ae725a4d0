"""What the history says of the time before a change: data, believed only as far as it can be read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from iam_watchdog.model import Change, Evidence
from iam_watchdog.records import canonical
from iam_watchdog.remedy.arns import role_name

NOT_LOOKED_UP = "changes_not_looked_up"
"""The fact that names what there were too many of: the guard acts on no history that was left out."""
MOVE = "UpdateFunctionConfiguration"
"""The event that can give a function another role."""
_FROM = ", before role "


def known(change: Change) -> Mapping[str, Any]:
    """What stood there before, {} if nothing can be made of it."""
    try:
        found: Any = json.loads(change.before) if change.before else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def moved_from(change: Change) -> str:
    """ARN of the role that the function ran as before it was moved to another, "" for any other change."""
    earlier = known(change).get("role") if change.event == MOVE else None
    return earlier if isinstance(earlier, str) and role_name(earlier) else ""


def move_told(now: str, earlier: str) -> str:
    """A move in the words of `Change.detail`, which is all of it that is stored."""
    return f"role {now[:200]}{_FROM}{earlier[:200]}"


def roles_told(change: Change) -> tuple[str, str] | None:
    """To which role a function was moved and from which, as the change's detail tells; None for any other change."""
    now, told, earlier = change.detail.removeprefix("role ").partition(_FROM)
    return (now, earlier) if told and change.event == MOVE else None


def text_of(before: Mapping[str, Any]) -> str:
    """The document as policy text, "" if there is none."""
    found = before.get("document")
    return canonical(found) if isinstance(found, dict) else ""


def detached(policy_arn: str, evidence: Evidence) -> str:
    """The document of a managed policy that was detached, as it is today; "" if nobody read it."""
    told = (known(change) for change in evidence.changes if change.event == "DetachRolePolicy")
    return next((text_of(before) for before in told if before.get("policy_arn") == policy_arn), "")
