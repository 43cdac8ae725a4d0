"""ListBucket that is granted on an object's ARN: listing is asked of the bucket itself."""

from __future__ import annotations

from iam_watchdog.model import Denial, Diagnosis, Evidence, Layer
from iam_watchdog.rules.case import open_case
from iam_watchdog.rules.case.finding import diagnosis, needed
from iam_watchdog.rules.case.words import refused, several, statement

NAME = "s3_list_on_object_arn"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when a statement names objects where the bucket is needed."""
    if not denial.action.startswith("s3:"):
        return None
    case = open_case(denial, evidence)
    bucket = case.request.resource
    if "/" in bucket or Layer.IDENTITY not in case.missing:
        return None
    misses = case.near("resource")
    found = next((f for f in misses if f.missed and any(r.startswith(f"{bucket}/") for r in f.missed.expected)), None)
    if found is None or found.missed is None:
        return None
    because = (
        f"{refused(case)}: {statement(found)} allows it on {several(found.missed.expected)}, which are objects: "
        f"{denial.action} is asked of the bucket {bucket} itself"
    )
    return diagnosis(case, NAME, Layer.IDENTITY, because, needed(case))
