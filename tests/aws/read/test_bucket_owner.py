"""Whose bucket it is: its ARN does not tell, so AWS is asked with the owner that we expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.model import Evidence, Layer
from tests.aws import shop
from tests.aws.answers import ACCOUNT, DENIED, THROTTLED, Answer, Answers, Reply
from tests.aws.shop import BUCKET, SETTINGS, denial

OTHER = "999999999999"
DETAILS = ("s3:GetBucketPolicy", "s3:GetBucketEncryption", "s3:GetBucketOwnershipControls", "s3:GetPublicAccessBlock")


def looked_at(location: Reply, listed: tuple[str, ...] = ()) -> tuple[Evidence, Answers]:
    aws = Answers({**shop.shop(), **dict.fromkeys(DETAILS, DENIED), "s3:GetBucketLocation": location})
    reader = AccountReader(aws.clients(), replace(SETTINGS, listed_accounts=listed))
    return reader.gather(denial()), aws


def owned_by(owner: str) -> Reply:
    def answer(params: Mapping[str, Any]) -> Answer:
        return {} if params["ExpectedBucketOwner"] == owner else DENIED

    return answer


def test_every_call_names_the_owner_that_it_expects() -> None:
    aws = Answers(shop.shop())
    AccountReader(aws.clients(), SETTINGS).gather(denial())
    asked = [params for name, params in aws.asked if name.startswith("s3:")]
    assert len(asked) == 4
    assert {params["ExpectedBucketOwner"] for params in asked} == {ACCOUNT}


@pytest.mark.parametrize(
    ("owner", "listed", "account", "trait"),
    [
        (ACCOUNT, (), ACCOUNT, "own"),
        (OTHER, (), "", "unknown"),
        (OTHER, (OTHER,), OTHER, "listed"),
    ],
)
def test_a_refused_policy_leads_to_the_question_whose_bucket_it_is(
    owner: str, listed: tuple[str, ...], account: str, trait: str
) -> None:
    evidence, _ = looked_at(owned_by(owner), listed)
    assert evidence.target is not None
    assert (evidence.target.account, evidence.target.traits["owner"]) == (account, trait)
    assert [u.what for u in evidence.unread if u.decides] == [f"bucket policy of {BUCKET}"]


def test_accounts_that_are_not_listed_are_never_asked_for() -> None:
    _, aws = looked_at(owned_by(OTHER))
    assert {params["ExpectedBucketOwner"] for params in aws.named("s3:GetBucketLocation")} == {ACCOUNT}


def test_a_bucket_that_is_not_there_is_absent() -> None:
    evidence, _ = looked_at(shop.NO_SUCH["NoSuchBucket"])
    assert evidence.target is not None
    assert evidence.target.traits["exists"] == "false"


def test_a_throttled_policy_says_nothing_about_the_owner() -> None:
    aws = Answers({**shop.shop(), "s3:GetBucketPolicy": THROTTLED})
    evidence = AccountReader(aws.clients(), SETTINGS).gather(denial())
    assert evidence.target is not None
    assert evidence.target.account == ""
    assert [(u.layer, u.decides) for u in evidence.unread] == [(Layer.RESOURCE, True)]


def test_a_bucket_without_policy_needs_no_public_access_block() -> None:
    aws = Answers({**shop.shop(), "s3:GetBucketPolicy": shop.NO_SUCH["NoSuchBucketPolicy"]})
    evidence = AccountReader(aws.clients(), SETTINGS).gather(denial())
    assert evidence.of(Layer.RESOURCE, BUCKET) == ()
    assert aws.named("s3:GetPublicAccessBlock") == []


def test_a_forged_name_is_never_mistaken_for_the_bucket_at_its_end() -> None:
    aws = Answers(shop.shop())
    evidence = AccountReader(aws.clients(), SETTINGS).gather(denial(resource=f"arn:aws:s3:::x:{BUCKET}/a.json"))
    assert [name for name, _ in aws.asked if name.startswith("s3:")] == []
    assert evidence.target is not None
    assert evidence.target.account == ""
    assert [u.layer for u in evidence.unread if u.decides] == [Layer.RESOURCE]
