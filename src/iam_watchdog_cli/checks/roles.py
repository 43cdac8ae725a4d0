"""Our own roles: each there, none with more than the template gave it, the Hands trusting Remediate alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iam_watchdog_cli.checks.desk import FAIL, OK, WARN, Check, Desk

FUNCTIONS = ("Detect", "Trail", "Sweep", "Diagnose", "Approve", "Remediate", "Verify")
OURS = ("work", "hands")
"""Inline policies that the template puts on its roles."""


def own(desk: Desk) -> Iterator[Check]:
    """A policy that somebody added to a role of ours is a way around the fence."""
    iam = desk.client("iam")
    names = [f"{desk.outputs[f'{f}Function']}-{desk.region}" for f in FUNCTIONS if f"{f}Function" in desk.outputs]
    found = [problem for name in names for problem in _foreign(iam, name, desk.stack)]
    yield from found
    if not found:
        yield Check("own roles", OK, f"{len(names)} roles hold what the template gave them and nothing else")


def _foreign(iam: Any, name: str, stack: str) -> Iterator[Check]:
    try:
        inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    except iam.exceptions.NoSuchEntityException:
        yield Check("own roles", FAIL, f"{name} is gone: its function cannot run", "deploy again")
        return
    if "work" not in inline:
        yield Check("own roles", FAIL, f"{name} has lost its policy", "deploy again")
    for policy in (p for p in inline if p not in OURS):
        yield Check("own roles", FAIL, f"somebody put the inline policy {policy} on {name}", "remove it")
    for policy in (p["PolicyName"] for p in attached if not p["PolicyName"].startswith(f"{stack}-")):
        yield Check("own roles", FAIL, f"somebody attached {policy} to {name}", "detach it")


def hands(desk: Desk) -> Iterator[Check]:
    """A re-created Remediate role leaves an id (AROA…) in the trust, and the Hands can no longer be taken."""
    wanted = [
        k for k, there in (("auto", desk.parameters.get("Mode") == "auto"), ("approved", _approvals(desk))) if there
    ]
    if not wanted:
        yield Check("hands", OK, "none: this deployment holds no IAM write")
        return
    iam = desk.client("iam")
    for kind in wanted:
        yield _one(desk, iam, f"{desk.stack}-hands-{kind}-{desk.region}")


def _approvals(desk: Desk) -> bool:
    return bool(desk.parameters.get("Approvers") and desk.parameters.get("SlackSecretArn"))


def _one(desk: Desk, iam: Any, name: str) -> Check:
    try:
        role = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        return Check("hands", FAIL, f"{name} is gone: nothing can be applied or undone", "deploy again")
    attached = {p["PolicyArn"] for p in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]}
    trusted = str(role["AssumeRolePolicyDocument"]["Statement"])
    if f":role/{desk.stack}-remediate-{desk.region}" not in trusted:
        return Check("hands", FAIL, f"{name} does not trust Remediate (was its role made anew?)", "deploy again")
    if role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") not in attached or len(attached) != 1:
        remedy = "the embedded emulator sets none" if desk.emulated else "deploy again"
        return Check("hands", WARN if desk.emulated else FAIL, f"{name} is not bounded by its own fence", remedy)
    return Check("hands", OK, f"{name} trusts Remediate alone and is bounded by its own fence")
