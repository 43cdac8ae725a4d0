"""The target's own policy lacks the Allow: always so across accounts, where both sides have to say yes."""

from __future__ import annotations

from iam_watchdog.model import Denial, Diagnosis, Evidence, Layer
from iam_watchdog.remedy.fixes import advice
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis, needed, reported, unseen
from iam_watchdog.rules.case.words import LAYER_NAMES, nearest, refused, role

NAME = "resource_policy"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when the resource's policy has to allow it and does not; both sides are proposed where both lack."""
    case = open_case(denial, evidence)
    lacking = [layer for layer in (Layer.RESOURCE, Layer.INVOKE) if layer in case.missing]
    if not lacking:
        return _reported(case)
    both = f", nor does role {role(case)}'s own" if Layer.IDENTITY in case.missing else ""
    because = f"{refused(case)}: the target's policy does not admit the role{both}{_across(case)}"
    return diagnosis(case, NAME, lacking[0], because + nearest(case, lacking[0]), needed(case))


def _across(case: Case) -> str:
    owner = case.request.resource_account
    return f" (it belongs to account {owner}, so both sides have to allow it)" if owner != case.denial.account else ""


def _reported(case: Case) -> Diagnosis | None:
    """AWS names it, nobody could see whether, and nothing that was read is certain to lack."""
    blamed = next((layer for layer in (Layer.RESOURCE, Layer.INVOKE) if case.blamed(layer)), None)
    if blamed is None:
        return None
    because = f"{refused(case)}: AWS says that no {LAYER_NAMES[Layer.RESOURCE]} allows it; {unseen(case, blamed)}"
    return reported(diagnosis(case, NAME, blamed, because, tuple(advice(blamed, [case.request], case.evidence))))
