"""The policies allow the call by now: a change is still spreading, or somebody has mended it."""

from __future__ import annotations

from iam_watchdog.model import Answer, Denial, Diagnosis, Evidence, Layer, Words
from iam_watchdog.remedy.arns import covers
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis
from iam_watchdog.rules.case.words import LAYER_NAMES, reported, role, statement

NAME = "already_allowed"
IF_IT_REPEATS = (
    "If it still fails in a few minutes: an organization policy, VPC endpoint policy or session policy that cannot "
    "be read from here may deny it, or the function runs another version than the one that was read"
)
AGAIN = "Next: save the function's or the mapping's configuration again, so that Lambda tries anew"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when everything that was read allows the call now."""
    case = open_case(denial, evidence)
    if case.verdict.answer is not Answer.ALLOWED or case.companions():
        return None
    if not case.said_effect and any(other.undecidable for other in case.implied()):
        return None  # A bare refusal may as well be the key's, and whether that is open is not known.
    allows = [f for f in case.verdict.deciding if f.effect == "Allow"]
    by = f" ({statement(allows[0])})" if allows else ""
    because, notes = _because(case, by)
    return diagnosis(case, NAME, None, because, notes=(*notes, *_doubts(case)))


def _because(case: Case, by: str) -> tuple[str, Words]:
    who, what = role(case), f"{case.request.action} on {case.request.resource}"
    if told := reported(case):
        return (
            f"AWS itself reports of function {case.denial.function}: {told}; but role {who} may call {what} now{by}: "
            "that was before the change, or something that cannot be read from here refuses it"
        ), (AGAIN,)
    if gone := _gone(case):
        return (
            f"Role {who} of function {case.denial.function} may call {what}{by}, but {gone} does not exist (any more): "
            "check its name, and in which account and Region it is meant to be"
        ), ()
    return (
        f"Role {who} of function {case.denial.function} may call {what} now{by}: the refusal was older than the "
        "change, IAM needs seconds to minutes to spread one; run it again"
    ), (IF_IT_REPEATS,)


def _doubts(case: Case) -> Words:
    """That the role's own policies were mended is the usual case; of the others the message may know more than we."""
    if case.said_layer in (None, Layer.IDENTITY):
        return ()
    return (f"AWS's message names the {LAYER_NAMES[case.said_layer]}; nothing that was read refuses now",)


def _gone(case: Case) -> str:
    """What was called, if its service says that it is not there."""
    gone = (target.arn for target in case.evidence.targets if target.traits.get("exists") == "false")
    return next((arn for arn in gone if covers(arn, case.request.resource)), "")
