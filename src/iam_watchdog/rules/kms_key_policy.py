"""The key policy neither admits the role nor delegates to IAM: no policy of the role can help."""

from __future__ import annotations

from iam_watchdog.model import Answer, Denial, Diagnosis, Evidence, Layer
from iam_watchdog.remedy.fixes import advice
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis, needed, reported, unseen
from iam_watchdog.rules.case.words import nearest, refused
from iam_watchdog.rules.kms_missing_allow import key_cases

NAME = "kms_key_policy"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when the key's own policy is what lacks."""
    case = open_case(denial, evidence)
    for asked in key_cases(case):
        if Layer.RESOURCE in asked.missing:
            because = (
                f"{refused(asked)}: the policy of that key neither admits the role nor leaves it to IAM policies "
                f"(no statement for the account's root){nearest(asked, Layer.RESOURCE)}"
            )
            return diagnosis(asked, NAME, Layer.RESOURCE, because, needed(case, asked), notes=_grant(asked))
    return _reported(case)


def _reported(case: Case) -> Diagnosis | None:
    """AWS names the key policy, nobody could see whether, and nothing that was read is certain to lack."""
    if not case.request.action.startswith("kms:") or not case.blamed(Layer.RESOURCE):
        return None
    because = f"{refused(case)}: AWS says that the key policy does not allow it; {unseen(case, Layer.RESOURCE)}"
    fixes = tuple(advice(Layer.RESOURCE, [case.request], case.evidence))
    return reported(diagnosis(case, NAME, Layer.RESOURCE, because, fixes, notes=_grant(case)))


def _grant(case: Case) -> tuple[str, ...]:
    role = case.evidence.role.arn if case.evidence.role else case.request.principal
    operation = case.request.action.partition(":")[2]
    unseen = "" if case.verdict.answer is not Answer.UNKNOWN else "; grants on the key could not be read"
    return (f"The key's owner may also create a grant for {role} with the operation {operation}{unseen}",)
