"""I added the permission and it still fails: the call was made as another role than the function's current one."""

from __future__ import annotations

from iam_watchdog.model import Denial, Diagnosis, Evidence
from iam_watchdog.remedy.arns import account_of, is_arn, role_name, session_name
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.binding import SERVICE_KINDS
from iam_watchdog.rules.case.finding import diagnosis, reported

NAME = "wrong_role"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when the denial names a principal that is no session of the function's execution role."""
    principal, function = denial.principal, evidence.function
    if denial.kind in SERVICE_KINDS or denial.by_trigger or function is None or not principal or not is_arn(principal):
        return None
    if _same(principal, function.role):
        return None
    case = open_case(denial, evidence)
    because = _because(case, principal, function.role)
    return reported(diagnosis(case, NAME, None, because, notes=_next(case)))


def _same(principal: str, role: str) -> bool:
    """A redacted account number cannot tell two roles apart."""
    accounts = {account_of(principal), account_of(role)} - {""}
    return role_name(principal) == role_name(role) and len(accounts) == 1


def _because(case: Case, principal: str, role: str) -> str:
    call = f"{case.denial.action or 'the call'} on {case.denial.resource or 'a resource that is not named'}"
    name = case.denial.function
    then, now = _told_apart(principal, role)
    if role_name(principal) and session_name(principal) == name:
        return (
            f"Function {name} was refused {call} while it ran as role {then}, but its role is "
            f"{now} now: a permission added to one of them does not reach the other"
        )
    if role_name(principal):
        return (
            f"The code of function {name} was refused {call} as role {then}, which it had assumed, "
            f"not as its own role {now}: the permission belongs on the role that made the call"
        )
    return f"{call} was refused to {principal}, not to function {name}'s role {now}"


def _told_apart(principal: str, role: str) -> tuple[str, str]:
    """Both roles by name, or by account and name where the name is the same."""
    names = role_name(principal), role_name(role)
    if names[0] != names[1]:
        return names
    return f"{names[0]} of account {account_of(principal)}", f"{names[1]} of account {account_of(role)}"


def _next(case: Case) -> tuple[str, ...]:
    gone = case.evidence.facts.get("principal_exists") == "false"
    return (
        *(("The role that the denial names does not exist any more",) if gone else ()),
        "Next: if the function should use its current role, deploy it again (a version or alias keeps the role it was "
        "published with); if the other role is meant, move the permission there",
        "Nothing is changed for a denial that another principal met",
    )
