"""IAM Access Analyzer's second opinion: asked once a document, told where it matters, named where it cannot be had."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from iam_watchdog.aws import analyzer
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.model import (
    AddRoleStatements,
    Advice,
    Allow,
    AttachManagedPolicy,
    Evidence,
    Fix,
    Layer,
)
from tests.aws import shop
from tests.aws.answers import DENIED, THROTTLED, Answers, Reply
from tests.aws.shop import NOON, SETTINGS

ROLE = "arn:aws:iam::123456789012:role/orders-role"
READ = Allow(("s3:GetObject",), ("arn:aws:s3:::orders/*",))
GRANT = AddRoleStatements(ROLE, (READ,))
TRUST = Allow(("sts:AssumeRole",), (), (), (("Service", "lambda.amazonaws.com"),))


def finding(kind: str, text: str = "The action s3:GetObjekt does not exist.") -> dict[str, Any]:
    return {
        "findingType": kind,
        "findingDetails": text,
        "issueCode": "INVALID_ACTION",
        "learnMoreLink": "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html",
        "locations": [],
    }


def validated(reply: Reply, *fixes: Fix) -> tuple[Evidence, Answers]:
    aws = Answers({**shop.shop(), "accessanalyzer:ValidatePolicy": reply})
    reader = AccountReader(aws.clients(), SETTINGS, lambda: NOON)
    return reader.validate(fixes, Evidence(at=NOON)), aws


def test_a_sound_document_leaves_no_trace_and_style_is_no_matter() -> None:
    for findings in ([], [finding("SUGGESTION"), finding("WARNING")]):
        evidence, aws = validated({"findings": findings}, GRANT)
        assert evidence == Evidence(at=NOON)
        assert len(aws.named("accessanalyzer:ValidatePolicy")) == 1


def test_what_adds_no_document_of_ours_is_not_asked_about() -> None:
    words = Advice(Layer.SCP, "arn:aws:organizations::1:policy/p", "Ask the owner.")
    _, aws = validated({"findings": []}, AttachManagedPolicy(ROLE, "arn:aws:iam::aws:policy/ReadOnlyAccess"), words)
    assert not aws.named("accessanalyzer:ValidatePolicy")


def test_errors_and_security_warnings_are_kept_apart() -> None:
    findings = [finding("ERROR", "one"), finding("SECURITY_WARNING", "two"), finding("ERROR", "three")]
    evidence, _ = validated({"findings": findings}, GRANT)
    assert evidence.facts == {"validation_error": "one; three", "validation_security_warning": "two"}


@pytest.mark.parametrize("reply", [DENIED, THROTTLED, {}, {"findings": [{}]}])
def test_an_opinion_that_cannot_be_had_is_named_and_is_no_error(reply: Reply) -> None:
    evidence, _ = validated(reply, GRANT)
    assert "validation_error" not in evidence.facts
    assert [(u.what, u.decides) for u in evidence.unread] == [
        ("IAM Access Analyzer's check of the proposed policy", False)
    ]


@pytest.mark.parametrize(
    "fix",
    [
        GRANT,
        Advice(Layer.BOUNDARY, "arn:aws:iam::123456789012:policy/b", "", (READ,)),
        Advice(Layer.RESOURCE, "arn:aws:s3:::orders", "", (READ,)),
        Advice(Layer.TRUST, ROLE, "", (TRUST,)),
    ],
)
def test_every_document_is_asked_about_as_botocore_wants_it(fix: Fix) -> None:
    _, aws = validated({"findings": []}, fix)
    (asked,) = aws.named("accessanalyzer:ValidatePolicy")
    client = boto3.client("accessanalyzer", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stub:
        stub.add_response("validate_policy", {"findings": []}, dict(asked))
        client.validate_policy(**asked)
    assert analyzer.ACTIONS == ("access-analyzer:ValidatePolicy",)
