"""Log events → denials: silence first, then whose, what, and where each part came from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from iam_watchdog.detect import clean, denials, subscription
from iam_watchdog.model import Denial, Kind, Witness
from tests.detect.deliveries import ACCOUNT, DENIAL, GROUND, SESSION, TABLE, body, packed

RUN = "11112222-3333-4444-5555-666677778888"
NOTIFICATION = '{"s3": {"bucket": {"arn": "arn:aws:s3:::media"}, "object": {"key": "in/a+b.txt"}}}'
BARE = (
    f"[ERROR]\t2026-01-01T00:00:00.000Z\t{RUN}\t"
    "An error occurred (AccessDenied) when calling the {op} operation: Access Denied"
)


def read(*messages: str, **place: Any) -> tuple[Denial, ...]:
    return denials.from_batch(subscription.unpack(packed(body(*messages, **place))), GROUND)


def test_ordinary_lines_are_silent() -> None:
    assert read("START RequestId: x", "all is well", "REPORT RequestId: x") == ()


def test_a_control_message_is_silent() -> None:
    batch = subscription.unpack(packed({**body(DENIAL), "messageType": "CONTROL_MESSAGE"}))
    assert denials.from_batch(batch, GROUND) == ()


@pytest.mark.parametrize(
    "group", ["/ecs/web", "/aws/codebuild/x", "aws-cloudtrail-logs", "/aws/lambda/iam-watchdog-detect"]
)
def test_groups_that_are_not_lambda_s_and_our_own_are_silent(group: str) -> None:
    stream = "2026/01/01/[$LATEST]0f" if "watchdog" in group else "task/1"
    assert read(DENIAL, group=group, stream=stream) == ()


def test_our_own_role_and_function_are_silent_by_exact_arn_only() -> None:
    ours = DENIAL.replace("orders-role/orders", "iam-watchdog-diagnose-eu-west-1/iam-watchdog-diagnose")
    assert read(ours) == ()
    assert read(ours.replace("eu-west-1/iam", "eu-west-1-not-ours/iam"))
    assert read(DENIAL, group="/shared", stream="2026/01/01/iam-watchdog-detect[$LATEST]0f") == ()
    assert read(DENIAL, group="/shared", stream="2026/01/01/iam-watchdog-detect-2[$LATEST]0f")


def test_a_denial_says_who_what_and_where() -> None:
    (denial,) = read("START RequestId: x", DENIAL)
    assert (denial.witness, denial.kind) == (Witness.LOG, Kind.IAM_DENIAL)
    assert (denial.account, denial.region, denial.function, denial.qualifier) == (
        ACCOUNT,
        "eu-west-1",
        "orders",
        "$LATEST",
    )
    assert (denial.principal, denial.action, denial.resource) == (SESSION, "dynamodb:PutItem", TABLE)
    assert (denial.scope, denial.event_id) == (TABLE, "event-1")
    assert denial.origin == "/aws/lambda/orders 2026/01/01/[$LATEST]0f"
    assert denial.recovered == {}
    assert denial.excerpt.startswith("User: arn:aws:sts")
    assert not denial.truncated


def test_a_shared_group_names_the_function_in_its_stream() -> None:
    (denial,) = read(DENIAL, group="/shared", stream="2026/01/01/pay[7]0f")
    assert (denial.function, denial.qualifier) == ("pay", "7")


def test_two_denials_of_one_event_are_two_with_ids_of_their_own() -> None:
    other = DENIAL.replace("PutItem", "GetItem")
    found = read(f"{DENIAL}\n{other}")
    assert [(d.action, d.event_id) for d in found] == [
        ("dynamodb:PutItem", "event-0"),
        ("dynamodb:GetItem", "event-0#1"),
    ]
    assert len({d.fingerprint for d in found}) == 2


def test_objects_of_one_directory_are_one_incident() -> None:
    line = 'User: {s} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/in/{n}.csv" because no'
    found = read(*[line.format(s=SESSION, n=n) for n in range(3)])
    assert {d.scope for d in found} == {"arn:aws:s3:::b/in/*"}
    assert len({d.fingerprint for d in found}) == 1


def test_the_action_of_a_bare_denial_comes_from_its_operation() -> None:
    (denial,) = read(BARE.format(op="HeadObject"))
    assert (denial.action, denial.resource) == ("s3:GetObject", None)
    assert denial.recovered == {"action": "operation"}


def test_or_from_the_stack_trace_or_the_wording() -> None:
    trace = (
        "AccessDenied: Access Denied\n    at deserializeAws_restXmlPutObjectTaggingCommandError (/@aws-sdk/client-s3/x)"
    )
    (traced,) = read(trace)
    assert (traced.action, traced.recovered["action"]) == ("s3:PutObjectTagging", "stack trace")
    (worded,) = read(
        "An error occurred (AccessDeniedException) when calling the GetParameter operation: The ciphertext refers to a"
        " customer master key that does not exist, does not exist in this region, or you are not allowed to access."
    )
    assert (worded.action, worded.recovered["action"]) == ("kms:Decrypt", "wording")


@pytest.mark.parametrize(
    ("said", "resource"),
    [
        (f"{RUN} reading s3://media/in/a.txt", "arn:aws:s3:::media/in/a.txt"),
        (
            f'{RUN} {{"s3": {{"bucket": {{"arn": "arn:aws:s3:::media"}}, "object": {{"key": "in/a+b.txt"}}}}}}',
            "arn:aws:s3:::media/in/a b.txt",
        ),
        (f"{RUN} s3://media/a.txt and s3://media/b.txt", None),
        ("reading s3://media/in/a.txt", None),
        (f"{RUN} bucket arn:aws:s3:::media", None),
    ],
)
def test_a_missing_resource_is_the_only_one_that_the_request_names(said: str, resource: str | None) -> None:
    denial = read(said, BARE.format(op="GetObject"))[-1]
    assert denial.resource == resource
    assert denial.recovered.get("resource") == (resource and "same request")


def test_the_caller_its_policy_and_the_function_itself_are_never_the_resource() -> None:
    policy = f"arn:aws:iam::{ACCOUNT}:policy/p"
    (denial,) = read(
        f"User: arn:aws:iam::{ACCOUNT}:user/u is not authorized to perform: iam:GetUser with an explicit deny in an"
        f" identity-based policy: {policy}"
    )
    assert denial.resource is None
    (own,) = read(
        f'{{"function_arn": "arn:aws:lambda:eu-west-1:{ACCOUNT}:function:orders", "message": "User: {SESSION} is not'
        ' authorized to perform: lambda:ListFunctions"}'
    )
    assert own.resource is None


def test_a_queue_is_found_by_its_url() -> None:
    (denial,) = read(
        f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/jobs failed: User: {SESSION} is not authorized to perform:"
        " sqs:sendmessage"
    )
    assert (denial.action, denial.resource) == ("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs")


def test_a_callee_whose_environment_cannot_be_decrypted_is_the_one_that_is_denied() -> None:
    line = (
        "Lambda was unable to decrypt the environment variables because KMS access was denied. KMS Exception:"
        f" AccessDeniedExceptionKMS Message: User: {SESSION.replace('orders', 'pay')} is not authorized to perform:"
        " kms:Decrypt on resource: arn:aws:kms:eu-west-1:111122223333:key/k because no resource-based policy allows"
    )
    (denial,) = read(line)
    assert (denial.kind, denial.function) == (Kind.LAMBDA_ENV_KMS, "pay")


def test_api_gateway_s_log_names_the_function_that_it_may_not_start() -> None:
    function = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:pay"
    uri = (
        f"(1a) Endpoint request URI: https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/{function}/invocations"
    )
    refused = "(1a) Execution failed due to configuration error: Invalid permissions on Lambda function"
    (denial,) = read(uri, refused, group="API-Gateway-Execution-Logs_abc/dev", stream="0f0f")
    assert (denial.kind, denial.function, denial.action) == (Kind.INVOKE_PERMISSION, "pay", "lambda:InvokeFunction")
    assert read(uri, DENIAL, group="API-Gateway-Execution-Logs_abc/dev", stream="0f0f") == ()


def test_a_line_beyond_the_cap_is_read_as_far_as_the_cap_and_said_to_be_cut() -> None:
    (head,) = read(f"{DENIAL}\n{'x' * clean.CAP}")
    assert (head.action, head.truncated) == ("dynamodb:PutItem", True)
    (tail,) = read(f"{'x' * clean.CAP}\n{DENIAL}")
    assert (tail.kind, tail.action, tail.truncated, tail.scope) == (Kind.OTHER, "", True, "truncated")
    assert read("x" * (clean.CAP + 10)) == ()


def test_a_truncated_delivery_is_an_incident_of_its_own() -> None:
    batch = subscription.unpack(packed(body(DENIAL)))
    found = denials.from_batch(replace(batch, truncated=True), GROUND)
    assert [(d.kind, d.truncated) for d in found] == [(Kind.IAM_DENIAL, False), (Kind.OTHER, True)]
    assert denials.worth(replace(batch, events=(), truncated=True))
    assert denials.from_batch(replace(batch, events=(), truncated=True), GROUND)


def test_worth_is_true_for_every_batch_with_a_denial() -> None:
    assert denials.worth(subscription.unpack(packed(body("x", DENIAL))))
    assert not denials.worth(subscription.unpack(packed(body("permission granted", "token is authorized"))))
