"""The policies allow the call by now: a change is still spreading, or somebody has mended it."""

from __future__ import annotations

from iam_watchdog.model import Answer, Denial, Diagnosis, Evidence
from iam_watchdog.rules.case import open_case
from iam_watchdog.rules.case.finding import diagnosis
from iam_watchdog.rules.case.words import reported, role, statement

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
    what = f"{case.request.action} on {case.request.resource}"
    if told := reported(case):
        because = (
            f"AWS itself reports of function {denial.function}: {told}; but role {role(case)} may call {what} now{by}: "
            "that was before the change, or something that cannot be read from here refuses it"
        )
        return diagnosis(case, NAME, None, because, notes=(AGAIN,))
    because = (
        f"Role {role(case)} of function {denial.function} may call {what} now{by}: the refusal was older than the "
        "change, IAM needs seconds to minutes to spread one; run it again"
    )
    return diagnosis(case, NAME, None, because, notes=(IF_IT_REPEATS,))
