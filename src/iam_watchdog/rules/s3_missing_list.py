"""A 403 that may hide a 404: without ListBucket, S3 does not say that a key does not exist."""

from __future__ import annotations

from dataclasses import replace

from iam_watchdog.model import Advice, Allow, Answer, Denial, Diagnosis, Evidence, Layer, Request
from iam_watchdog.remedy.arns import place_and_key
from iam_watchdog.remedy.narrow import conditions_for, literal
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis
from iam_watchdog.rules.case.words import refused

NAME = "s3_missing_list"
OPERATIONS = frozenset({"GetObject", "HeadObject", "GetObjectAttributes", "CopyObject", "UploadPartCopy"})
READS = frozenset({"s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAttributes"})


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when reading the object is allowed, listing its bucket is not, and AWS gave no reason."""
    if denial.action == "s3:ListBucket" and denial.said and denial.said.operation in OPERATIONS:
        return _asked_by_a_read(open_case(denial, evidence), denial.said.operation)
    if denial.action not in READS or (denial.said and denial.said.effect):
        return None
    case = open_case(denial, evidence)
    bucket, slash, key = place_and_key(case.request.resource)
    if case.verdict.answer is not Answer.ALLOWED or not slash or case.companions() or _exists(evidence):
        return None
    listing = case.about(_listing(case, bucket, key))
    if Layer.IDENTITY not in listing.missing or evidence.role is None:
        return None
    because = (
        f"Function {denial.function} (role {evidence.role.name}) may call {denial.action} on {case.request.resource}, "
        "yet S3 answered 403: the object may not exist, and without s3:ListBucket on the bucket S3 does not say so"
    )
    found = diagnosis(case, NAME, Layer.IDENTITY, because, (_advice(listing, evidence.role.arn),))
    return replace(found, request=listing.request)  # What is advised is proven; the verdict stays the read's own.


def _asked_by_a_read(case: Case, operation: str) -> Diagnosis | None:
    """Newer messages name the listing itself: S3 asks for it only when the key is not there."""
    if Layer.IDENTITY not in case.missing or case.unnamed:
        return None
    because = (
        f"{refused(case)}, which S3 asks for when {operation} names a key that does not exist: reading is allowed, "
        "the object is not there, and without s3:ListBucket S3 answers 403 instead of 404"
    )
    role = case.evidence.role
    fixes = (_advice(case, role.arn),) if role else ()
    return diagnosis(case, NAME, Layer.IDENTITY, because, fixes)


def _exists(evidence: Evidence) -> bool:
    return evidence.target is not None and evidence.target.traits.get("exists") == "true"


def _listing(case: Case, bucket: str, key: str) -> Request:
    context = {**case.request.context, "s3:prefix": (key.rpartition("/")[0] + "/" if "/" in key else "",)}
    account = case.request.resource_account
    return Request(case.request.principal, "s3:ListBucket", bucket, account, context, closed=False)


def _advice(listing: Case, role: str) -> Advice:
    request = listing.request
    statement = Allow((request.action,), (literal(request.resource),), conditions_for(request))
    text = "Check first whether the object exists; to be told so next time, let the role list that part of the bucket."
    return Advice(Layer.IDENTITY, role, text, (statement,))
