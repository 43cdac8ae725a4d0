"""A 403 that may hide a 404: without ListBucket, S3 does not say that a key does not exist."""

from dataclasses import replace

from iam_watchdog.model import Advice, Kind, Layer, Message, Target
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, s3_missing_list
from tests.rules.cases import (
    ACCOUNT,
    BUCKET,
    OBJECT,
    allow,
    claiming,
    denial,
    encrypted,
    evidence,
    identity,
    key_policy,
)

READS = evidence(identity(allow("s3:GetObject", f"{BUCKET}/*")))
BARE = denial(said=Message(Kind.IAM_DENIAL, error_code="403", operation="HeadObject"))


def test_it_is_silent_when_listing_is_allowed_or_reading_is_not_or_aws_gave_a_reason() -> None:
    assert s3_missing_list.examine(BARE, evidence(identity(allow("s3:*")))) is None
    assert s3_missing_list.examine(BARE, evidence()) is None
    assert s3_missing_list.examine(claiming(denial(), Layer.IDENTITY), READS) is None
    assert s3_missing_list.examine(BARE, replace(READS, targets=(Target(OBJECT, traits={"exists": "true"}),))) is None
    sealed = evidence(*READS.policies, key_policy(), targets=encrypted())
    assert s3_missing_list.examine(BARE, sealed) is None


def test_it_says_that_the_object_may_not_exist() -> None:
    found = diagnose(BARE, READS)
    assert (found.rule, found.layer) == ("s3_missing_list", Layer.IDENTITY)
    assert f"may call s3:GetObject on {OBJECT}, yet S3 answered 403: the object may not exist" in found.because


def test_listing_that_prefix_is_advice() -> None:
    found, plan, _ = propose.plan(diagnose(BARE, READS), BARE, READS)
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    assert fix.statements[0].actions == ("s3:ListBucket",)
    assert ("StringEquals", "aws:ResourceAccount", (ACCOUNT,)) in fix.statements[0].conditions
    assert any(key == "s3:prefix" for _, key, _ in fix.statements[0].conditions)
    assert plan is None


def test_a_message_that_names_a_layer_is_out_of_date_here() -> None:
    assert diagnose(claiming(denial(), Layer.RESOURCE), READS).rule == "already_allowed"
