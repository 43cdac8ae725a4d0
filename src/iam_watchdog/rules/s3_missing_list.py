"""A 403 that may hide a 404: without ListBucket, S3 does not say that a key does not exist."""

from __future__ import annotations

from dataclasses import replace

from iam_watchdog.model import Advice, Allow, Answer, Denial, Diagnosis, Evidence, Layer, Request
from iam_watchdog.remedy.narrow import conditions_for, literal
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis

NAME = "s3_missing_list"
READS = frozenset({"s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAttributes"})


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when reading the object is allowed, listing its bucket is not, and AWS gave no reason."""
    if denial.action not in READS or (denial.said and denial.said.effect):
        return None
    case = open_case(denial, evidence)
    bucket, slash, key = case.request.resource.partition("/")
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
