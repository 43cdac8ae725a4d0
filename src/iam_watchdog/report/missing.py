"""What speaks against a change, in words, and the command that a person would use instead."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from iam_watchdog.model import Proposed, Words
from iam_watchdog.ports import Settings
from iam_watchdog.report.escape import line
from iam_watchdog.report.formats import render

WORDS: Mapping[str, str] = {
    "kill_switch": "the kill switch is off or cannot be read",
    "not_a_grant": "this is advice for an owner, not something the watchdog can apply",
    "unbound": "the refused caller is not a session of this function's own role",
    "unproven": "the proof does not hold",
    "confidence": "a layer that decides could not be read",
    "never": "the action is on the list of what is never granted by a tool",
    "not_approvable": "the action is not on the list of what a person may approve here",
    "ask": "the action reads data or keys, so a person has to decide",
    "wildcard": "the statement holds a wildcard that no rule vouches for",
    "hold": "the role is on hold or in quarantine",
    "tag": "the role lacks the tag iam-watchdog=approve",
    "foreign": "the role or the target belongs to another account or owner",
    "stack_role": "the role belongs to a CloudFormation stack: the lasting fix goes into its template",
    "shared_role": "other functions share the role",
    "witness": "only the function's own log claims the refusal",
    "not_listed": "the policy is not on this deployment's list",
    "removed_by_person": "a person removed this permission within 30 days",
    "budget": "the day's budget of changes for this role is spent",
    "boundary": "the role does not carry the boundary that inline statements need (InlineBoundaryArn)",
}
"""Refusals of the guard by name; a name without words is shown as it is."""


def words(refusals: Words) -> Words:
    """The refusals as people read them, in the guard's order."""
    return tuple(WORDS.get(name, name.replace("_", " ")) for name in refusals)


def missing(found: Proposed, settings: Settings) -> Words:
    """What keeps the Apply button from being drawn; () when it is drawn."""
    if found.plan is None:
        return words(("not_a_grant",))
    if not settings.approvals:
        return ("this deployment has no approvers (parameters Approvers and SlackSecretArn)",)
    return words(found.refusals.get("person", ("unproven",)))


def commands(found: Proposed) -> Words:
    """The shell commands that make the same change by hand, and the tag that would allow the button."""
    tag = "tag" in found.refusals.get("person", ()) and found.role is not None
    made = tuple(text for fix in found.diagnosis.fixes if (text := render(fix)["cli"]))
    return (*made, _tag(found)) if tag else made


def _tag(found: Proposed) -> str:
    name = shlex.quote(line(found.role.name if found.role else "", 64))
    return f"aws iam tag-role --role-name {name} --tags Key=iam-watchdog,Value=approve"
