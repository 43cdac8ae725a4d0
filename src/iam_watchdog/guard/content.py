"""What a change may hold: listed actions, narrow resources, pinned policies, and a boundary over what we write."""

from __future__ import annotations

from iam_watchdog.guard import breadth, ceiling
from iam_watchdog.guard.case import Case
from iam_watchdog.guard.lists import APPROVABLE, ASK, CALLERS
from iam_watchdog.model import AddInvokePermission, AttachManagedPolicy, Denial, Layer


def never(case: Case) -> bool:
    """An action that no proposal of ours may carry."""
    return any(breadth.never(action) for action in case.actions)


def not_approvable(case: Case) -> bool:
    """An action that is not on the list."""
    return not set(case.actions) <= set(APPROVABLE)


def ask(case: Case) -> bool:
    """An action for which only a person may say yes."""
    return bool(set(case.actions) & set(ASK))


def too_wide(case: Case) -> bool:
    """Wider than the closed list; an allow-listed managed policy is judged by its ARN and pinned hash alone."""
    if any(breadth.too_wide(statement) for statement in case.statements):
        return True
    if any(isinstance(g, AttachManagedPolicy) and not _pinned(g.policy_arn, case) for g in case.grants):
        return True
    return any(isinstance(g, AddInvokePermission) and _any_trigger(g) for g in case.grants)


def _pinned(policy_arn: str, case: Case) -> bool:
    """It still is what it was when it was listed; the hands look once more before they attach it."""
    pinned = case.settings.allow_listed.get(policy_arn)
    return bool(pinned) and case.evidence.facts.get(f"document:{policy_arn}", pinned) == pinned


def _any_trigger(grant: AddInvokePermission) -> bool:
    if not grant.source_arn:
        return grant.source_account is None
    group = grant.source_arn.removesuffix(":*")  # A log group is named with its streams, and nothing else is.
    named = group if ":log-group:" in group else grant.source_arn
    return any(sign in named for sign in "*?$")


def untold_trigger(case: Case) -> bool:
    """Who is let in is proven by the trigger alone, as its own service tells of it now: no reading, no permission.

    Only the one that was refused was asked, and about the version or alias that it calls.
    """
    triggers = [grant for grant in case.grants if isinstance(grant, AddInvokePermission)]
    told = case.evidence.facts.get("source_targets_function") == "true"
    return not all(told and _asked(grant, case.denial) for grant in triggers)


def _asked(grant: AddInvokePermission, denial: Denial) -> bool:
    of = grant.qualifier or "$LATEST", grant.principal, grant.source_arn
    return of == (denial.qualifier or "$LATEST", denial.principal, denial.source_arn)


def outside_fence(case: Case) -> bool:
    """What IAM itself would refuse to the Hands roles."""
    for grant in case.grants:
        if isinstance(grant, AttachManagedPolicy) and grant.policy_arn not in case.settings.allow_listed:
            return True
        if isinstance(grant, AddInvokePermission) and grant.principal not in CALLERS:
            return True
    return False


def no_boundary(case: Case) -> bool:
    """Statements of our own need a ceiling: nothing in IAM can limit what PutRolePolicy writes."""
    wanted, role = case.settings.inline_boundary, case.evidence.role
    return bool(case.statements) and (not wanted or role is None or role.boundary != wanted)


def weak_boundary(case: Case) -> bool:
    """That ceiling lets something of the never list through, or could not be read."""
    if not case.statements or no_boundary(case):
        return False
    documents = case.evidence.of(Layer.BOUNDARY)
    role = case.evidence.role.arn if case.evidence.role else ""
    kept_out = (ceiling.keeps_out_never(d.text, role, case.settings.account) for d in documents)
    return not documents or not all(kept_out)


def not_allow_listed(case: Case) -> bool:
    """Unasked, nothing but allow-listed managed policies."""
    listed = case.settings.allow_listed
    return not all(isinstance(g, AttachManagedPolicy) and g.policy_arn in listed for g in case.grants)
