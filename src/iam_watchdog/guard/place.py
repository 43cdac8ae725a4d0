"""Where a change may be made: this function's own role, opted in, in this account, for a resource of this account."""

from __future__ import annotations

from iam_watchdog.guard.case import Case, account, target
from iam_watchdog.model import WATCHDOG, AddInvokePermission, Allow, Grant
from iam_watchdog.ports import Settings
from iam_watchdog.remedy import hold

OPTED_IN = {WATCHDOG: frozenset({"auto-fix"}), "person": frozenset({"approve", "auto-fix"})}
"""Who orders → values of the tag that let it."""
TAG = "iam-watchdog"


def elsewhere(case: Case) -> bool:
    """A grant for another role or function than the one that was denied."""
    function, role = case.evidence.function, case.evidence.role
    if function is None:
        return True
    for grant in case.grants:
        if isinstance(grant, AddInvokePermission):
            if grant.function != function.arn:
                return True
        elif role is None or not grant.role == role.arn == function.role:
            return True
    return False


def unbound(case: Case) -> bool:
    """The denial is not certainly this function's own, or the change is elsewhere."""
    return elsewhere(case) or not case.found.bound


def on_hold(case: Case) -> bool:
    """Somebody said hands off: by tag, by quarantine, by revoking sessions."""
    return hold.on_hold(case.evidence)


def not_opted_in(case: Case) -> bool:
    """The role, or for an invoke permission the function, does not carry the tag for who asks; `ignore` on either."""
    if any(thing.tags.get(TAG) == "ignore" for thing in (case.evidence.role, case.evidence.function) if thing):
        return True
    return any(_opted(grant, case) not in OPTED_IN[case.who] for grant in case.grants)


def _opted(grant: Grant, case: Case) -> str:
    thing = case.evidence.function if isinstance(grant, AddInvokePermission) else case.evidence.role
    return thing.tags.get(TAG, "") if thing else ""


def foreign_account(case: Case) -> bool:
    """The denial or the change is in another account than this deployment's."""
    return bool({case.denial.account, *(account(target(g)) for g in case.grants)} - {case.settings.account})


def foreign_target(case: Case) -> bool:
    """Another owner's resource, or one whose owner nobody could tell."""
    own, called = case.settings.account, case.evidence.target
    if called and called.account not in ("", own):
        return True
    known = called.arn if called and called.account == own else ""
    if not all(_ours(resource, s, own, known) for s in case.statements for resource in s.resources):
        return True
    triggers = [grant for grant in case.grants if isinstance(grant, AddInvokePermission)]
    return any(own not in (account(g.source_arn or ""), g.source_account) for g in triggers)


def _ours(resource: str, statement: Allow, own: str, known: str) -> bool:
    if resource == "*":
        return True  # Left to `wildcard`: an action that takes no resource acts in the caller's account.
    if account(resource):
        return account(resource) == own
    return resource == known or ("StringEquals", "aws:ResourceAccount", (own,)) in statement.conditions


def own(case: Case) -> bool:
    """A role or function of this watchdog, or one that AWS keeps for itself."""
    return any(_is_own(target(grant), case.settings) for grant in case.grants)


def _is_own(arn: str, settings: Settings) -> bool:
    if arn in settings.own_roles or arn in settings.own_functions or ":role/aws-" in arn:
        return True
    name = arn.rsplit("/", 1)[-1] if ":role/" in arn else arn.rsplit(":", 1)[-1]
    return name.startswith((f"{settings.stack}-", "iam-watchdog", "AWSServiceRole", "AWSReservedSSO"))
