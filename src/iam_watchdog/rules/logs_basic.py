"""The function is mute: its role may not write to the function's own log group."""

from __future__ import annotations

from dataclasses import replace

from iam_watchdog.model import (
    AddRoleStatements,
    Allow,
    AttachManagedPolicy,
    Denial,
    Diagnosis,
    Evidence,
    Layer,
)
from iam_watchdog.remedy import limits, managed
from iam_watchdog.remedy.arns import covers
from iam_watchdog.remedy.narrow import literal
from iam_watchdog.rules.case import open_case
from iam_watchdog.rules.case.finding import diagnosis
from iam_watchdog.rules.case.together import own_group
from iam_watchdog.rules.case.words import nearest

NAME = "logs_basic"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when one of the three log actions on the function's own group is refused, by the role's policies alone."""
    function, role = evidence.function, evidence.role
    if denial.action not in managed.LOGS or function is None or role is None:
        return None
    case = open_case(denial, evidence)
    group = own_group(function)
    if set(case.missing) != {Layer.IDENTITY} or not covers(group, case.request.resource):
        return None
    because = (
        f"Function {function.name} leaves no log: no identity-based policy of its role {role.name} allows "
        f"{denial.action} on its log group {group.partition(':log-group:')[2]}{nearest(case)}"
    )
    fix = AttachManagedPolicy(role.arn, managed.arn_of(managed.BASIC, role.arn))
    scoped = AddRoleStatements(role.arn, (Allow(managed.LOGS, (literal(group), f"{literal(group)}:*")),))
    if limits.too_much((fix,), evidence):
        return diagnosis(case, NAME, Layer.IDENTITY, because, (scoped,))
    return replace(diagnosis(case, NAME, Layer.IDENTITY, because, (fix,)), instead=(scoped,))
