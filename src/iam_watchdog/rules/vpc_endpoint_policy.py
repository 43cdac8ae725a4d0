"""The policy of the VPC endpoint that the call went through lacks the action."""

from __future__ import annotations

from iam_watchdog.model import Denial, Diagnosis, Evidence, Layer
from iam_watchdog.rules.case.ceiling import examine_ceiling

NAME = "vpc_endpoint_policy"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when this ceiling lacks the action; the advice is for the document's owner."""
    return examine_ceiling(NAME, Layer.VPCE, denial, evidence)
