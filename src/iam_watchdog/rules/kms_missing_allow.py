"""What is called is encrypted with a customer key, and the role may not use that key."""

from __future__ import annotations

from iam_watchdog.detect.actions import for_operation
from iam_watchdog.model import Denial, Diagnosis, Evidence, Layer
from iam_watchdog.remedy.arns import is_arn
from iam_watchdog.remedy.companions import IMPLIED
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis, needed
from iam_watchdog.rules.case.words import nearest, refused

NAME = "kms_missing_allow"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when the key policy leaves it to IAM, and the role's policies lack the Allow on the key."""
    case = open_case(denial, evidence)
    if case.near("condition") and not case.request.context.get("kms:ViaService"):
        return None  # Granted to the code itself, under a condition that somebody wrote on purpose.
    for asked in key_cases(case):
        if asked is case and case.near("condition"):
            return None  # Granted, under a condition that the call does not meet: another rule's sentence.
        if Layer.IDENTITY in asked.missing and Layer.RESOURCE not in asked.missing:
            because = f"{refused(asked)}{_for(case, asked)}: no identity-based policy of the role allows it on that key"
            return diagnosis(asked, NAME, Layer.IDENTITY, because + nearest(asked), needed(case, asked, *_rest(asked)))
    return None


def key_cases(case: Case) -> tuple[Case, ...]:
    """The call of KMS itself, or those that an otherwise allowed call makes KMS see."""
    kms = (asked for asked in case.culprits() if asked.request.action.startswith("kms:"))
    return tuple(asked for asked in kms if is_arn(asked.request.resource))


def _rest(asked: Case) -> tuple[Case, ...]:
    """The other KMS calls of the same operation: a queue writes with a data key and reads it back."""
    operation, via = asked.operation, asked.request.context.get("kms:ViaService", ())
    action = for_operation(via[0].partition(".")[0], operation) if operation and via else None
    others = (a for a in IMPLIED.get(action or "", ()) if a != asked.request.action)
    cases = (asked.about(asked.asking(other, asked.request.resource)) for other in others)
    return tuple(case for case in cases if case.missing)


def _for(case: Case, asked: Case) -> str:
    """Say what the key is needed for, since the code may never name it."""
    via = asked.request.context.get("kms:ViaService", ())
    if asked is not case:
        return f", which {case.request.action} on {case.request.resource} needs"
    return f", called by {via[0]} on its behalf" if via else ""
