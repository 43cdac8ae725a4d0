"""What speaks against a change, in words, and the command that a person would use instead."""

from __future__ import annotations

import shlex

from iam_watchdog.guard import REFUSALS
from iam_watchdog.model import AddInvokePermission, Proposed, Words
from iam_watchdog.ports import Settings
from iam_watchdog.report.escape import line
from iam_watchdog.report.forms import forms

TAG_IT = "Or tag it, and the next refusal brings the button:"


def words(refusals: Words) -> Words:
    """The refusals as people read them, in the guard's order."""
    return tuple(REFUSALS.get(name, name.replace("_", " ")) for name in refusals)


def missing(found: Proposed, settings: Settings) -> Words:
    """What keeps the Apply button from being drawn; () when it is drawn."""
    if found.plan is None:
        return words(("not_a_grant",))
    if not settings.approvals:
        return ("No approvers are configured (parameters Approvers and SlackSecretArn).",)
    return words(found.refusals.get("person", ("unproven",)))


def commands(found: Proposed) -> Words:
    """The shell commands that make the same change by hand."""
    return tuple(text for fix in found.diagnosis.fixes if (text := forms(fix).get("cli", "")))


def tag_command(found: Proposed) -> str:
    """The command that would bring the button, if nothing but a tag keeps it away."""
    if found.refusals.get("person", ()) != ("tag",):
        return ""
    grant = found.plan.grants[0] if found.plan else None
    if isinstance(grant, AddInvokePermission):
        return f"aws lambda tag-resource --resource {shlex.quote(line(grant.function))} --tags iam-watchdog=approve"
    name = shlex.quote(line(found.role.name, 64)) if found.role else ""
    return f"aws iam tag-role --role-name {name} --tags Key=iam-watchdog,Value=approve" if name else ""
