"""iam:PassRole: whoever may pass a role can act as it, so this is advice for a person, always."""

from __future__ import annotations

from iam_watchdog.model import Advice, Allow, Denial, Diagnosis, Evidence, Layer
from iam_watchdog.remedy.narrow import literal
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis
from iam_watchdog.rules.case.words import nearest, refused

NAME = "pass_role"
ACTION = "iam:PassRole"
TEXT = (
    "Decide whether the function should be able to hand this role to a service at all; if so, name the one role and "
    "the one service (iam:PassedToService). The watchdog never grants it."
)


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak whenever passing a role is refused for want of an Allow."""
    if denial.action.lower() != ACTION.lower():
        return None
    case = open_case(denial, evidence)
    if not case.missing:
        return None
    because = f"{refused(case)}: passing a role to a service needs an Allow that names it{nearest(case)}"
    return diagnosis(case, NAME, case.missing[0], because, (_advice(case),))


def _advice(case: Case) -> Advice:
    owner = case.evidence.role.arn if case.evidence.role else case.request.principal
    resource = case.request.resource
    passed = next((v for k, v in case.request.context.items() if k.lower() == "iam:passedtoservice"), ())
    conditions = (("StringEquals", "iam:PassedToService", passed),) if passed else ()
    statements = (Allow((ACTION,), (literal(resource),), conditions),) if ":role/" in resource else ()
    return Advice(Layer.IDENTITY, owner, TEXT, statements)
