"""The session that made the call was cut by a session policy that lacks the action."""

from __future__ import annotations

from iam_watchdog.model import Denial, Diagnosis, Evidence, Layer
from iam_watchdog.rules.case.ceiling import examine_ceiling

NAME = "session_policy"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when this ceiling lacks the action; the advice is for the document's owner."""
    return examine_ceiling(NAME, Layer.SESSION, denial, evidence)
