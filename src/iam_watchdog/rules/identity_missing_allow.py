"""The plain case: no identity-based policy of the execution role allows the action."""

from __future__ import annotations

from iam_watchdog.model import Advice, Denial, Diagnosis, Evidence, Layer
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis, needed
from iam_watchdog.rules.case.together import together
from iam_watchdog.rules.case.words import nearest, refused

NAME = "identity_missing_allow"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when the role's own policies lack the Allow."""
    case = open_case(denial, evidence)
    if not case.request.action or Layer.IDENTITY not in case.missing:
        return None
    if case.unnamed:
        return _on_anything(case)
    because = f"{refused(case)}: no identity-based policy of the role allows it{nearest(case)}"
    return diagnosis(case, NAME, Layer.IDENTITY, because, needed(case, *together(case)))


def _on_anything(case: Case) -> Diagnosis:
    """What was called is not named, but the role may not do it to anything at all."""
    action, role = case.request.action, case.evidence.role
    asks = f" ({case.operation} asks for it)" if case.operation and not action.endswith(f":{case.operation}") else ""
    because = f"{refused(case)}{asks}: no identity-based policy of the role allows it, on any resource"
    text = f"Find out what was called, then allow {action} on exactly that: the text does not name it."
    fixes = (Advice(Layer.IDENTITY, role.arn, text),) if role else ()
    return diagnosis(case, NAME, Layer.IDENTITY, because, fixes)
