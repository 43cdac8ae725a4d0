"""The role's permissions boundary lacks the action: it caps what every policy of the role may allow."""

from __future__ import annotations

from iam_watchdog.model import Denial, Diagnosis, Evidence, Layer
from iam_watchdog.rules.case.ceiling import examine_ceiling

NAME = "permissions_boundary"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when this ceiling lacks the action; the advice is for the document's owner."""
    return examine_ceiling(NAME, Layer.BOUNDARY, denial, evidence)
