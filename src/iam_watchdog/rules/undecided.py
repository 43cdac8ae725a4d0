"""Nothing else spoke: what is known, what could not be read, what to check next."""

from __future__ import annotations

from dataclasses import replace

from iam_watchdog.model import Confidence, Denial, Diagnosis, Evidence, Layer
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis
from iam_watchdog.rules.case.words import LAYER_NAMES, function, refused, reported, role, several, statement

NAME = "undecided"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Always speak, last."""
    case = open_case(denial, evidence)
    layer = case.said_layer
    found = diagnosis(case, NAME, layer, _because(case), notes=_next(case))
    return replace(found, confidence=Confidence.REPORTED if layer and not case.undecidable else Confidence.INCOMPLETE)


def _because(case: Case) -> str:
    if not case.request.action:
        operation = case.denial.said.operation if case.denial.said else None
        what = f"when it called {operation}" if operation else "but the text does not say which call"
        return f"{function(case)} (role {role(case)}) was refused {what}; which permission is missing is not known"
    if told := reported(case):
        what = case.denial.excerpt.partition(" (")[0]
        return f"{what}: AWS itself reports {told}; which permission is missing is not known"
    if case.unnamed:
        return f"{refused(case)} on a resource that the text does not name; what the role may do depends on which"
    if case.verdict.unknown:
        return f"{refused(case)}: it cannot be decided which layer denies, since {case.verdict.unknown[0]}"
    if case.said_layer:
        return f"{refused(case)}: AWS names the {LAYER_NAMES[case.said_layer]}, and what was read does not explain it"
    return f"{refused(case)}: what was read does not explain which layer denies"


def _next(case: Case) -> tuple[str, ...]:
    notes = []
    if not case.request.action:
        notes.append("Next: look at the lines before this one for the call, or find the event in CloudTrail")
    elif case.unnamed:
        allowed = case.near("resource")
        notes += [f"{statement(f)} allows it on {several(f.missed.expected)}" for f in allowed[:2] if f.missed]
        notes.append("Next: find out which resource was called, from the line before or from the function's settings")
    if Layer.RESOURCE in case.unread:
        notes.append("Next: let the owner of the resource read its resource policy")
    if case.denial.said and case.denial.said.encoded:
        notes.append("Next: decode the message with sts:DecodeAuthorizationMessage")
    if case.denial.said and case.denial.said.authorization_id:
        notes.append(f"Next: look up authorization id {case.denial.said.authorization_id} in the IAM console")
    return tuple(notes)
