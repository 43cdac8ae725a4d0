"""Spans → ARNs, ARNs → scopes, sessions → roles, streams → functions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.detect import normalise
from iam_watchdog.detect.binding import session_name, session_of
from iam_watchdog.detect.scope import scope
from iam_watchdog.detect.streams import Writer, tells_of_invocation, writer

HERE = normalise.Place("aws-cn", "cn-north-1", "111122223333")
ROLE = "arn:aws:iam::111122223333:role/service-role/orders-role"


@pytest.mark.parametrize(
    ("action", "written", "resource"),
    [
        ("iam:GetRole", "role build", "arn:aws-cn:iam::111122223333:role/build"),
        ("iam:CreatePolicy", "policy p", "arn:aws-cn:iam::111122223333:policy/p"),
        ("iam:CreatePolicyVersion", "policy arn:aws:iam::1:policy/a/p", "arn:aws:iam::1:policy/a/p"),
        ("iam:GetInstanceProfile", "instance profile n", "arn:aws-cn:iam::111122223333:instance-profile/n"),
        (
            "secretsmanager:GetSecretValue",
            "prod/db",
            "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:prod/db",
        ),
        ("lambda:InvokeFunction", "pay", "arn:aws-cn:lambda:cn-north-1:111122223333:function:pay"),
        ("ec2:RunInstances", "key-pair/k", "arn:aws-cn:ec2:cn-north-1:111122223333:key-pair/k"),
        (
            "sqs:SendMessage",
            "https://sqs.eu-west-1.amazonaws.com/444455556666/jobs.fifo",
            "arn:aws:sqs:eu-west-1:444455556666:jobs.fifo",
        ),
        (
            "sqs:SendMessage",
            "https://eu-west-1.queue.amazonaws.com/444455556666/jobs",
            "arn:aws:sqs:eu-west-1:444455556666:jobs",
        ),
        ("kms:Decrypt", "arn:aws:kms:eu-west-1:11\n  1122223333:key/a-b", "arn:aws:kms:eu-west-1:111122223333:key/a-b"),
        ("s3:GetObject", "arn:aws:s3:::b/a key with blanks.txt", "arn:aws:s3:::b/a key with blanks.txt"),
        ("s3:GetObject", "arn:aws:s3:::b/a&amp;b", "arn:aws:s3:::b/a&b"),
        ("sns:Publish", "+358....", "+358...."),
        ("s3:ListAllMyBuckets", "*", "*"),
        ("cognito-idp:AdminCreateUser", "user-pool-ID", "user-pool-ID"),
        ("s3:GetObject", None, None),
    ],
)
def test_a_resource_is_an_arn_wherever_its_kind_is_sure(action: str, written: str | None, resource: str | None) -> None:
    assert normalise.resource(action, written, HERE) == resource


@pytest.mark.parametrize(
    ("action", "resource", "counted"),
    [
        ("s3:GetObject", "arn:aws:s3:::b/in/2026/a.txt", "arn:aws:s3:::b/in/2026/*"),
        ("s3:GetObject", "arn:aws:s3:::b/a.txt", "arn:aws:s3:::b/*"),
        ("s3:ListBucket", "arn:aws:s3:::b", "arn:aws:s3:::b"),
        ("logs:PutLogEvents", "arn:aws:logs:r:1:log-group:/a/b:log-stream:c", "arn:aws:logs:r:1:log-group:/a/b"),
        ("logs:CreateLogGroup", "arn:aws:logs:r:1:log-group:/a/b:log-stream:", "arn:aws:logs:r:1:log-group:/a/b"),
        ("logs:CreateLogStream", "arn:aws:logs:r:1:log-group:/a/b:*", "arn:aws:logs:r:1:log-group:/a/b"),
        ("dynamodb:Query", "arn:aws:dynamodb:r:1:table/t/index/i", "arn:aws:dynamodb:r:1:table/t/index/i"),
        ("dynamodb:Query", None, ""),
    ],
)
def test_what_one_fix_mends_counts_as_one(action: str, resource: str | None, counted: str) -> None:
    assert scope(action, resource) == counted


def test_a_session_is_that_of_exactly_its_role() -> None:
    assert session_of("arn:aws:sts::111122223333:assumed-role/orders-role/orders", ROLE)
    for other in (
        "arn:aws:sts::111122223333:assumed-role/orders-role-2/orders",
        "arn:aws:sts::444455556666:assumed-role/orders-role/orders",
        "arn:aws-cn:sts::111122223333:assumed-role/orders-role/orders",
        "arn:aws:sts::111122223333:assumed-role/service-role/orders-role",
        "arn:aws:sts::111122223333:assumed-role/orders-role/orders/x",
        ROLE,
        "",
    ):
        assert not session_of(other, ROLE)


@given(st.text(), st.text())
def test_no_text_is_a_session_of_a_role_by_accident(principal: str, role: str) -> None:
    assert not session_of(principal, role) or session_name(principal)


@pytest.mark.parametrize(
    ("group", "stream", "told"),
    [
        ("/aws/lambda/orders", "2026/01/01/[$LATEST]0f" + "0" * 30, Writer("orders", "$LATEST", "group")),
        ("/aws/lambda/orders", "2026/01/01/[17]0f", Writer("orders", "17", "group")),
        ("/shared", "2026/01/01/pay_it-1[$LATEST]0f", Writer("pay_it-1", "$LATEST", "stream")),
        ("/aws/lambda/orders", "2026/01/01/pay[3]0f", Writer("pay", "3", "stream")),
        ("/aws/lambda/us-east-1.edge", "2026/01/01/[1]0f", Writer("edge", "1", "group")),
        ("/shared", "2026/01/01/[$LATEST]0f", Writer("", "$LATEST", "")),
        ("/aws/lambda/orders", "mine", Writer("orders", "$LATEST", "group")),
        ("/aws/codebuild/x", "0f0f", None),
        ("/ecs/web", "web/web/0f", None),
    ],
)
def test_the_stream_names_the_function_before_the_group(group: str, stream: str, told: Writer | None) -> None:
    assert writer(group, stream) == told


def test_two_other_logs_tell_of_functions_that_may_not_be_started() -> None:
    assert tells_of_invocation("API-Gateway-Execution-Logs_abc123/dev")
    assert tells_of_invocation("sns/eu-west-1/111122223333/orders/Failure")
    assert not tells_of_invocation("sns/eu-west-1/111122223333/orders")
    assert not tells_of_invocation("/aws/lambda/f")
