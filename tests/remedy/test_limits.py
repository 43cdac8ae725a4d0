"""What AWS would refuse to store is refused beforehand, with the reason; what still fits is left alone."""

import json

import pytest

from iam_watchdog.model import AddInvokePermission, AddRoleStatements, Advice, Allow, Evidence, Fix, Layer, Policy
from iam_watchdog.remedy import limits, propose
from iam_watchdog.rules import diagnose
from tests.rules.cases import (
    ACCOUNT,
    BOUNDARY,
    BUCKET,
    FUNCTION,
    KEY,
    OBJECT,
    QUEUE,
    ROLE,
    allow,
    boundary,
    denial,
    evidence,
    identity,
    role,
)

READ = Allow(("s3:GetObject",), (OBJECT,))
FOR_ROLE = Allow(("sqs:SendMessage",), (QUEUE,), (), (("AWS", ROLE),))
RULE = f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/nightly"
PERMISSION = AddInvokePermission(FUNCTION, None, "events.amazonaws.com", RULE, None)


def holding(layer: Layer, name: str, on: str, size: int, space: str = "") -> Evidence:
    """A document of about so many characters that count."""
    text = json.dumps({"Version": "2012-10-17", "Statement": [], "Id": "x" * (size - 55)}) + space
    return evidence(Policy(layer, name, text, on))


@pytest.mark.parametrize(
    ("fix", "layer", "name", "on", "limit"),
    [
        (Advice(Layer.BOUNDARY, BOUNDARY, "", (READ,)), Layer.BOUNDARY, BOUNDARY, ROLE, 6_144),
        (Advice(Layer.RESOURCE, BUCKET, "", (READ,)), Layer.RESOURCE, "bucket policy", BUCKET, 20_480),
        (Advice(Layer.RESOURCE, KEY, "", (READ,)), Layer.RESOURCE, "key policy", KEY, 32_768),
        (Advice(Layer.RESOURCE, QUEUE, "", (FOR_ROLE,)), Layer.RESOURCE, "queue policy", QUEUE, 8_192),
        (PERMISSION, Layer.INVOKE, "function policy", FUNCTION, 20_480),
    ],
)
def test_a_document_with_room_is_added_to_and_a_full_one_is_not(
    fix: Fix, layer: Layer, name: str, on: str, limit: int
) -> None:
    assert limits.too_much((fix,), holding(layer, name, on, limit - 600)) == ()
    (why,) = limits.too_much((fix,), holding(layer, name, on, limit - 20))
    assert why.endswith(f"AWS allows {limit:,}: join or split its statements first")


def test_what_was_not_read_or_has_no_known_limit_or_is_only_words_is_left_alone() -> None:
    assert limits.too_much((Advice(Layer.RESOURCE, BUCKET, "", (READ,)),), evidence()) == ()
    other = "arn:aws:glue:eu-west-1:111122223333:catalog"
    assert (
        limits.too_much((Advice(Layer.RESOURCE, other, "", (READ,)),), holding(Layer.RESOURCE, "x", other, 90_000))
        == ()
    )
    assert limits.too_much((Advice(Layer.RESOURCE, BUCKET, "x"),), holding(Layer.RESOURCE, "x", BUCKET, 30_000)) == ()


def test_white_space_counts_where_aws_counts_it() -> None:
    space = " " * 30_000
    managed = Advice(Layer.BOUNDARY, BOUNDARY, "", (READ,))
    assert limits.too_much((managed,), holding(Layer.BOUNDARY, BOUNDARY, ROLE, 1_000, space)) == ()
    assert limits.too_much(
        (Advice(Layer.RESOURCE, BUCKET, "", (READ,)),), holding(Layer.RESOURCE, "x", BUCKET, 1_000, space)
    )


def test_the_own_inline_policies_keep_their_sum() -> None:
    full = evidence(identity(allow([f"s3:Get{n:05}" for n in range(900)])))
    (why,) = limits.too_much((AddRoleStatements(ROLE, (READ,)),), full)
    assert "inline policies would have" in why


def test_a_full_boundary_stays_advice_and_says_why() -> None:
    full = boundary(allow([f"sqs:Action{n:04}" for n in range(350)]))
    seen = evidence(identity(allow("s3:GetObject", f"{BUCKET}/*")), full, role=role(boundary=BOUNDARY))
    found, plan, _ = propose.plan(diagnose(denial(), seen), denial(), seen)
    assert plan is None
    assert found.rule == "permissions_boundary"
    assert any(f"AWS would refuse this change: the policy of {BOUNDARY} would have" in note for note in found.notes)
