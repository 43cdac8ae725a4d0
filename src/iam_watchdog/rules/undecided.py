"""Nothing else spoke: what is known, what could not be read, what to check next."""

from __future__ import annotations

from dataclasses import replace

from iam_watchdog.model import Confidence, Denial, Diagnosis, Evidence, Layer
from iam_watchdog.remedy.in_play import TOLERATED
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
        return f"{refused(case)}: it cannot be decided which layer denies, since {_since(case)}"
    if case.said_layer:
        return f"{refused(case)}: AWS names the {LAYER_NAMES[case.said_layer]}, and what was read does not explain it"
    return f"{refused(case)}: what was read does not explain which layer denies"


def _since(case: Case) -> str:
    """What is missing of what decides; a guardrail that nobody could read is named by its own note."""
    gaps = [f"the {LAYER_NAMES[layer]}" for layer in case.unread if layer not in TOLERATED]
    if not gaps:
        other = [why for why in case.verdict.unknown if not why.endswith("layer could not be read")]
        return (other or case.verdict.unknown)[0]
    told = f"; AWS's message names the {LAYER_NAMES[case.said_layer]}" if case.said_layer else ""
    return f"{' and '.join([*([', '.join(gaps[:-1])] if gaps[1:] else []), gaps[-1]])} could not be read{told}"


def _next(case: Case) -> tuple[str, ...]:
    notes = []
    if {Layer.IDENTITY, Layer.BOUNDARY} & set(case.unread) and case.evidence.role:
        notes.append(f"Next: look again with credentials that may read role {role(case)} and its policies")
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
