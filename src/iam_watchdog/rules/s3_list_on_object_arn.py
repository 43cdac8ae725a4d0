"""ListBucket that is granted on an object's ARN: listing is asked of the bucket itself."""

from __future__ import annotations

from iam_watchdog.model import Advice, Denial, Diagnosis, Evidence, Layer
from iam_watchdog.remedy.arns import place_and_key
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.bucket import only_on, place
from iam_watchdog.rules.case.finding import diagnosis, needed
from iam_watchdog.rules.case.words import refused, several, statement

NAME = "s3_list_on_object_arn"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when a statement names objects where the bucket is needed."""
    if not denial.action.startswith("s3:"):
        return None
    case = open_case(denial, evidence)
    if case.unnamed:
        return _on_objects_alone(case)
    bucket, slash, _ = place_and_key(case.request.resource)
    if slash or Layer.IDENTITY not in case.missing:
        return None
    misses = case.near("resource")
    found = next((f for f in misses if f.missed and any(r.startswith(f"{bucket}/") for r in f.missed.expected)), None)
    if found is None or found.missed is None:
        return None
    because = (
        f"{refused(case)}: {statement(found)} allows it on {several(found.missed.expected)}, which are objects: "
        f"{denial.action} is asked of {place(bucket)} itself"
    )
    return diagnosis(case, NAME, Layer.IDENTITY, because, needed(case))


def _on_objects_alone(case: Case) -> Diagnosis | None:
    """The bucket is not named, but whichever it was: the action is granted on objects only, and asked of buckets."""
    misses = only_on(case, bucket=False)
    if not misses or case.evidence.role is None:
        return None
    objects = several(tuple(dict.fromkeys(r for f in misses if f.missed for r in f.missed.expected)))
    because = (
        f"{refused(case)}: {statement(misses[0])} allows it on {objects}, which are objects; it is asked of a bucket"
    )
    text = f"Name the bucket itself, without the / and what follows, beside {objects}."
    return diagnosis(case, NAME, Layer.IDENTITY, because, (Advice(Layer.IDENTITY, case.evidence.role.arn, text),))
