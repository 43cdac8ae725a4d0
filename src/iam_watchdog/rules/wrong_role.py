"""I added the permission and it still fails: the call was made as another role than the function's current one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from iam_watchdog import policy
from iam_watchdog.model import Answer, Denial, Diagnosis, Elsewhere, Evidence, Layer, Policy, Request
from iam_watchdog.remedy.arns import account_of, is_arn, part, role_name, session_name
from iam_watchdog.rules.case import Case, open_case, words
from iam_watchdog.rules.case.binding import SERVICE_KINDS, statements
from iam_watchdog.rules.case.finding import diagnosis, needed, reported
from iam_watchdog.rules.case.words import refused

NAME = "wrong_role"
ANYBODY = "anonymous"
"""A caller without any credentials: whom a function URL or a bucket turned away."""
PATHS = frozenset({"secretsmanager", "ssm", "ecr", "iam"})
"""Services whose names hold slashes themselves: a directory of secrets or parameters is none of them."""


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when another role made the call, or when another role was given what this one lacks."""
    principal, function = denial.principal, evidence.function
    if denial.kind in SERVICE_KINDS or denial.by_trigger or function is None:
        return None
    case = open_case(denial, evidence)
    if not principal or (not is_arn(principal) and principal != ANYBODY) or _same(principal, function.role):
        return _mended_elsewhere(case)
    because = _because(case, principal, function.role)
    return reported(diagnosis(case, NAME, None, because, notes=_next(case)))


def _mended_elsewhere(case: Case) -> Diagnosis | None:
    """Logs have a rule of their own, whose remedy is more than one statement."""
    logs = case.request.action.startswith("logs:")
    if case.unnamed or logs or Layer.IDENTITY not in case.missing:
        return None
    given = next((one for one in case.evidence.elsewhere if _allows(one, case)), None)
    if given is None:
        return None
    because = (
        f"{refused(case)}: {given.who} gave that permission at {given.at:%Y-%m-%d %H:%M} UTC to role {given.role} "
        f"({words.document(Layer.IDENTITY, _named(given))}), but the function runs as role {words.role(case)}"
    )
    note = (
        f"Next: move the grant to role {words.role(case)}, and take it from role {given.role} if nothing there needs "
        "it; or let the function run as that role and deploy it"
    )
    return diagnosis(case, NAME, Layer.IDENTITY, because, needed(case), (note,))


def _named(given: Elsewhere) -> str:
    return given.policy if given.policy.startswith("arn:") else f"inline/{given.policy}"


def _allows(given: Elsewhere, case: Case) -> bool:
    """The document by itself: what else the other role has does not matter, and a bucket's own Allow is none of it."""
    on = case.evidence.role.arn if case.evidence.role else ""
    meant = json.dumps({"Statement": [*_meant(given.text, case.request)]})
    document = Policy(Layer.IDENTITY, given.policy, meant, on)
    return policy.decide(case.request, (document,)).layers.get(Layer.IDENTITY) is Answer.ALLOWED


def _meant(text: str, request: Request) -> Iterator[dict[str, Any]]:
    """Without what names neither service nor thing: who makes an administrator did not mean to mend this call."""
    service = request.action.partition(":")[0].lower()
    for statement in statements(text):
        actions = [a for a in _listed(statement.get("Action")) if a.lower().startswith(f"{service}:")]
        resources = [r for r in _listed(statement.get("Resource")) if _names(r, request.resource)]
        if statement.get("Effect") != "Allow":
            yield statement
        elif actions and resources:
            yield {**statement, "Action": actions, "Resource": resources}


def _listed(value: object) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value] if value else [])]


def _names(pattern: str, resource: str) -> bool:
    """True if the pattern spells out the bucket, queue or table itself, whatever wildcard follows."""
    spelled, whole = (re.split(r"[/:]", part(arn, 5)) for arn in (re.split(r"[*?$]", pattern)[0], resource))
    typed = part(resource, 2) not in ("s3", "sns", "sqs") and len(whole) > 1
    least = len(whole) if part(resource, 2) in PATHS else 1 + typed
    return all(spelled[:least]) and len(spelled) >= least


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
