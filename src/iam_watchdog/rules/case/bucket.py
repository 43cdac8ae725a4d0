"""A bucket and its objects: which actions are asked of which, and what a role's statements name."""

from __future__ import annotations

from iam_watchdog.model import Answer, Finding, Layer
from iam_watchdog.remedy.arns import account_of, place_and_key
from iam_watchdog.rules.case.case import Case

OF_OBJECTS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:RestoreObject", "s3:AbortMultipartUpload")
"""How the names of what is asked of objects begin: s3:GetObjectTagging, s3:PutObjectAcl …"""
OF_BUCKETS = ("s3:ListBucket", "s3:GetBucket", "s3:PutBucket")
"""https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html"""


def place(arn: str) -> str:
    """A bucket or an access point in words."""
    return f"the {'access point' if account_of(arn) else 'bucket'} {arn}"


def only_on(case: Case, *, bucket: bool) -> tuple[Finding, ...]:
    """The role's statements about the action if every one of them names buckets alone (or objects alone), wrongly."""
    wrong = OF_OBJECTS if bucket else OF_BUCKETS
    misses = case.near("resource")
    named = [r for f in misses if f.missed and not f.missed.inverted for r in f.missed.expected]
    if case.answer(Layer.IDENTITY) is not Answer.IMPLICIT or not case.request.action.startswith(wrong):
        return ()
    fitting = all(_is_bucket(r) is bucket and r != "*" for r in named)
    return misses if named and fitting else ()


def _is_bucket(resource: str) -> bool:
    return not place_and_key(resource)[1] and not resource.endswith("*")
