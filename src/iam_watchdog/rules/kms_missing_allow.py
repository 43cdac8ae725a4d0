"""What is called is encrypted with a customer key, and the role may not use that key."""

from __future__ import annotations

from iam_watchdog.model import Answer, Denial, Diagnosis, Evidence, Layer
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis, needed
from iam_watchdog.rules.case.words import nearest, refused

NAME = "kms_missing_allow"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when the key policy leaves it to IAM, and the role's policies lack the Allow on the key."""
    case = open_case(denial, evidence)
    for asked in key_cases(case):
        if Layer.IDENTITY in asked.missing and Layer.RESOURCE not in asked.missing:
            because = f"{refused(asked)}{_for(case, asked)}: no identity-based policy of the role allows it on that key"
            return diagnosis(asked, NAME, Layer.IDENTITY, because + nearest(asked), needed(case, asked))
    return None


def key_cases(case: Case) -> tuple[Case, ...]:
    """The call of KMS itself, or those that an otherwise allowed call makes KMS see."""
    if case.request.action.startswith("kms:"):
        return (case,)
    return case.companions() if case.verdict.answer is Answer.ALLOWED else ()


def _for(case: Case, asked: Case) -> str:
    """Say what the key is needed for, since the code may never name it."""
    via = asked.request.context.get("kms:ViaService", ())
    if asked is not case:
        return f", which {case.request.action} on {case.request.resource} needs"
    return f", called by {via[0]} on its behalf" if via else ""
