"""The plain case: no identity-based policy of the execution role allows the action."""

from __future__ import annotations

from iam_watchdog.model import Denial, Diagnosis, Evidence, Layer
from iam_watchdog.rules.case import open_case
from iam_watchdog.rules.case.finding import diagnosis, needed
from iam_watchdog.rules.case.words import nearest, refused

NAME = "identity_missing_allow"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when the role's own policies lack the Allow."""
    case = open_case(denial, evidence)
    if not case.request.action or Layer.IDENTITY not in case.missing:
        return None
    because = f"{refused(case)}: no identity-based policy of the role allows it{nearest(case)}"
    return diagnosis(case, NAME, Layer.IDENTITY, because, needed(case))
