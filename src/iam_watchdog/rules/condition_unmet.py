"""The action is granted under a condition that this call does not meet."""

from __future__ import annotations

from iam_watchdog.model import Advice, Allow, Answer, Denial, Diagnosis, Effect, Evidence, Layer
from iam_watchdog.remedy.fixes import told
from iam_watchdog.remedy.narrow import allow_for
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis
from iam_watchdog.rules.case.words import near_miss, refused

NAME = "condition_unmet"
TEXT = (
    "Make the call meet the condition, or let the owner of that statement decide to change it: a condition is often "
    "there on purpose."
)


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when only a condition keeps a statement from matching, or nobody knows the value that it asks for."""
    case = open_case(denial, evidence)
    misses = case.near("condition")
    if misses and Layer.IDENTITY in case.missing:
        because = f"{refused(case)}: {near_miss(misses[0])}"
        return diagnosis(case, NAME, Layer.IDENTITY, because, (_advice(case),))
    if case.answer(Layer.IDENTITY) is Answer.UNKNOWN and case.verdict.unknown and Layer.IDENTITY not in case.unread:
        because = (
            f"{refused(case)}: it is allowed only under a condition that cannot be checked: {case.verdict.unknown[0]}"
        )
        unmet = case.said_layer is Layer.IDENTITY and case.said_effect is Effect.IMPLICIT
        because += "; AWS's refusal says that it was not met" if unmet else ""
        advice = _advice(case) if unmet else Advice(Layer.IDENTITY, _owner(case), TEXT)
        return diagnosis(case, NAME, Layer.IDENTITY, because, (advice,))
    return None


def _advice(case: Case) -> Advice:
    # The owner tied passing a role to a service: without that it is no narrower fix, but a wider one.
    handed = case.request.action.lower() == "iam:passrole"
    allow: Allow | None = None if handed else allow_for(case.request, told(case.evidence))
    return Advice(Layer.IDENTITY, _owner(case), TEXT, (allow,) if allow else ())


def _owner(case: Case) -> str:
    return case.evidence.role.arn if case.evidence.role else case.request.principal
