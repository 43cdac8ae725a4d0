"""A statement is exactly what was denied, or one closed list of what still works on the next call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.model import Request
from iam_watchdog.remedy.narrow import allow_for, in_closed_list, literal, resources_for, takes_resource

GROUP = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f"
POINT = "arn:aws:s3:eu-west-1:111122223333:accesspoint/orders"
SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db"


@pytest.mark.parametrize(
    ("action", "resource", "named"),
    [
        ("s3:GetObject", "arn:aws:s3:::b/incoming/1.csv", ("arn:aws:s3:::b/incoming/*",)),
        ("s3:GetObject", "arn:aws:s3:::b/a/b.c/1.csv", ("arn:aws:s3:::b/a/b.c/*",)),
        ("s3:GetObject", "arn:aws-cn:s3:::logs.example.com/x y/ö:1", ("arn:aws-cn:s3:::logs.example.com/x y/*",)),
        ("s3:GetObject", "arn:aws:s3:::b/1.csv", ("arn:aws:s3:::b/1.csv",)),
        ("s3:PutObject", "arn:aws:s3:::b/*", ("arn:aws:s3:::b/${*}",)),
        ("s3:GetObject", "arn:aws:s3:::b/${aws:username}/1", ("arn:aws:s3:::b/${$}{aws:username}/*",)),
        ("s3:GetObject", f"{POINT}/object/in/2026/1", (f"{POINT}/object/in/2026/*",)),
        ("s3:GetObject", f"{POINT}/object/1", (f"{POINT}/object/1",)),
        ("s3:ListBucket", POINT, (POINT,)),
        ("s3:ListBucket", "arn:aws:s3:::logs.example.com", ("arn:aws:s3:::logs.example.com",)),
        ("logs:PutLogEvents", f"{GROUP}:log-stream:2026/11/23/[$LATEST]0", (f"{GROUP}:*",)),
        ("logs:CreateLogStream", f"{GROUP}:log-stream:", (f"{GROUP}:*",)),
        ("logs:CreateLogStream", GROUP, (GROUP, f"{GROUP}:*")),
        ("secretsmanager:GetSecretValue", SECRET, (SECRET, f"{SECRET}-??????")),
        ("secretsmanager:GetSecretValue", f"{SECRET}-AbC12x", (f"{SECRET}-AbC12x",)),
        (
            "dynamodb:Query",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/T.x/index/by-day",
            ("arn:aws:dynamodb:eu-west-1:111122223333:table/T.x/index/*",),
        ),
        (
            "dynamodb:Query",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/T",
            ("arn:aws:dynamodb:eu-west-1:111122223333:table/T",),
        ),
        ("xray:PutTraceSegments", "*", ("*",)),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::*", ("*",)),
        ("s3:GetObject", "*", ()),
        ("s3:GetObject", "arn:aws:s3:::logs.example.com", ()),
        ("s3:PutObject", POINT, ()),
        ("s3:NoSuchAction", "arn:aws:s3:::b", ("arn:aws:s3:::b",)),
        ("sqs:SendMessage", "https://sqs.eu-west-1.amazonaws.com/111122223333/q", ()),
        ("unheard:Of", "*", ()),
    ],
)
def test_the_closed_list(action: str, resource: str, named: tuple[str, ...]) -> None:
    assert resources_for(action, resource) == named
    assert all(in_closed_list(action, pattern) for pattern in named)


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b*",
        "arn:aws:s3:::*/x/*",
        f"{POINT}/object/*",
        f"{POINT}/*",
        "arn:aws:logs:eu-west-1:111122223333:log-group:*",
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/*",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/*",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/*",
        "arn:aws:sqs:eu-west-1:111122223333:q*",
    ],
)
def test_a_wider_pattern_is_not_in_the_list(pattern: str) -> None:
    assert not in_closed_list("s3:GetObject", pattern)


def test_an_action_that_can_name_no_resource_is_known_as_such() -> None:
    assert not takes_resource("ec2:DescribeNetworkInterfaces")
    assert takes_resource("s3:GetObject")
    assert takes_resource("unheard:Of")


def test_an_arn_without_account_is_tied_to_its_owner() -> None:
    request = Request("arn:aws:sts::111122223333:assumed-role/r/f", "s3:GetObject", "arn:aws:s3:::b/1", "111122223333")
    allow = allow_for(request)
    assert allow
    assert allow.conditions == (("StringEquals", "aws:ResourceAccount", ("111122223333",)),)


def test_a_key_is_tied_to_the_service_that_calls_it() -> None:
    key = "arn:aws:kms:eu-west-1:111122223333:key/1"
    via = {"kms:ViaService": ("s3.eu-west-1.amazonaws.com",)}
    allow = allow_for(Request("p", "kms:Decrypt", key, "111122223333", via))
    assert allow
    assert allow.conditions == (("StringEquals", "kms:ViaService", ("s3.eu-west-1.amazonaws.com",)),)


names = st.text(st.characters(min_codepoint=33, max_codepoint=255, blacklist_characters="/"), min_size=1, max_size=30)


@given(bucket=st.from_regex(r"[a-z0-9][a-z0-9.-]{1,20}[a-z0-9]", fullmatch=True), keys=st.lists(names, min_size=1))
def test_no_key_makes_a_pattern_wider_than_its_own_directory(bucket: str, keys: list[str]) -> None:
    (pattern,) = resources_for("s3:GetObject", f"arn:aws:s3:::{bucket}/{'/'.join(keys)}")
    assert in_closed_list("s3:GetObject", pattern)
    if len(keys) == 1:
        assert pattern == literal(f"arn:aws:s3:::{bucket}/{keys[0]}")
    else:
        assert pattern == literal(f"arn:aws:s3:::{bucket}/{'/'.join(keys[:-1])}/") + "*"
