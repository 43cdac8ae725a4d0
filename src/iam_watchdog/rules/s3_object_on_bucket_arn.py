"""An object action that is granted on the bucket's ARN: without `/` and a key it covers no object."""

from __future__ import annotations

from iam_watchdog.model import Advice, Denial, Diagnosis, Evidence, Finding, Layer
from iam_watchdog.remedy.arns import place_and_key
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.bucket import only_on, place
from iam_watchdog.rules.case.finding import diagnosis, needed
from iam_watchdog.rules.case.words import refused, several, statement

NAME = "s3_object_on_bucket_arn"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when a statement names the bucket where the object is needed."""
    if not denial.action.startswith("s3:"):
        return None
    case = open_case(denial, evidence)
    if case.unnamed:
        return _on_buckets_alone(case)
    bucket, slash, _ = place_and_key(case.request.resource)
    if not slash or Layer.IDENTITY not in case.missing:
        return None
    found = _on_bucket(case, bucket)
    if found is None:
        return None
    because = (
        f"{refused(case)}: {statement(found)} allows {denial.action} on {place(bucket)}, which holds no object: "
        f"objects need {bucket}{slash} and a key or prefix"
    )
    return diagnosis(case, NAME, Layer.IDENTITY, because, needed(case))


def _on_buckets_alone(case: Case) -> Diagnosis | None:
    """The object is not named, but whichever it was: the action is granted on buckets only, and asked of objects."""
    misses = only_on(case, bucket=True)
    if not misses or case.evidence.role is None:
        return None
    buckets = several(tuple(dict.fromkeys(r for f in misses if f.missed for r in f.missed.expected)))
    because = f"{refused(case)}: {statement(misses[0])} allows it on {buckets}, and a bucket's own ARN holds no object"
    text = f"Name the objects: {buckets} and then / and the prefix that the function reads or writes, and *."
    return diagnosis(case, NAME, Layer.IDENTITY, because, (Advice(Layer.IDENTITY, case.evidence.role.arn, text),))


def _on_bucket(case: Case, bucket: str) -> Finding | None:
    misses = case.near("resource")
    return next((f for f in misses if f.missed and bucket in f.missed.expected), None)
