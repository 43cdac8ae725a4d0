"""Every combination of caller, action, resource, reason and wrapping comes out as it went in."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.detect import parse
from iam_watchdog.model import Effect, Layer, Message

PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-eusc")
SCP = "arn:aws:organizations::9:policy/o-1/service_control_policy/p-2"
REASONS: dict[str, tuple[Effect | None, Layer | None, str | None]] = {
    "": (None, None, None),
    " because no identity-based policy allows the {a} action": (Effect.IMPLICIT, Layer.IDENTITY, None),
    " because no permissions boundary allows the {a} action": (Effect.IMPLICIT, Layer.BOUNDARY, None),
    " because no session policy allows the {a} action": (Effect.IMPLICIT, Layer.SESSION, None),
    " because no resource-based policy allows the {a} action": (Effect.IMPLICIT, Layer.RESOURCE, None),
    " because no VPC endpoint policy allows the {a} action": (Effect.IMPLICIT, Layer.VPCE, None),
    " because no service control policy allows the {a} action": (Effect.IMPLICIT, Layer.SCP, None),
    " because no resource control policy allows the {a} action": (Effect.IMPLICIT, Layer.RCP, None),
    " because no role trust policy allows the {a} action": (Effect.IMPLICIT, Layer.TRUST, None),
    " with an explicit deny": (Effect.EXPLICIT, None, None),
    " with an explicit deny in a resource-based policy": (Effect.EXPLICIT, Layer.RESOURCE, None),
    " with an explicit deny in a VPC endpoint policy": (Effect.EXPLICIT, Layer.VPCE, None),
    " with an explicit deny in the role trust policy": (Effect.EXPLICIT, Layer.TRUST, None),
    " with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/team/no.deletes": (
        Effect.EXPLICIT,
        Layer.IDENTITY,
        "arn:aws:iam::111122223333:policy/team/no.deletes",
    ),
    f" with an explicit deny in a service control policy: {SCP}": (
        Effect.EXPLICIT,
        Layer.SCP,
        SCP,
    ),
}
RESOURCES = (
    None,
    "*",
    "arn:{p}:dynamodb:eu-west-1:111122223333:table/orders.v2/index/by_day",
    "arn:{p}:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:log-stream:",
    "arn:{p}:execute-api:eu-west-1:111122223333:abc/dev/GET/",
    "arn:{p}:iam::111122223333:role/service-role/r-1",
    "arn:{p}:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf",
    '"arn:{p}:s3:::bucket.name/dir/a (1), b; c=d.txt"',
    '"arn:{p}:s3:::bucket.name"',
    '"arn:{p}:s3:::bucket.name/in/on resource: arn:{p}:s3:::other/secret"',
    "role build",
    "policy arn:{p}:iam::111122223333:policy/p",
    "key-pair/k",
    "prod/db",
)
WRAPPERS: dict[str, str] = {
    "plain": "{s}",
    "full stop": "{s}.",
    "botocore": "An error occurred (AccessDenied) when calling the Op operation: {s}",
    "traceback": "[ERROR] ClientError: An error occurred (AccessDenied) when calling the Op operation: {s}\n"
    'Traceback (most recent call last):\n\u00a0\u00a0File "/var/task/app.py", line 1, in handler',
    "java1": "x.AmazonException: {s} (Service: AWSX; Status Code: 403; Error Code: AccessDenied; Request ID: r-1)",
    "java2": "{s} (Service: X, Status Code: 403, Request ID: r-1, Extended Request ID: e=) (SDK Attempt Count: 1)",
    "go1": "AccessDenied: {s}\n\tstatus code: 403, request id: r-1",
    "go2": "operation error X: Op, https response error StatusCode: 403, RequestID: r-1, api error AccessDenied: {s}",
    "terraform": "╷\n│ Error: creating x: AccessDenied: {s}\n│ \n│   with module.x,\n╵",
    "ruby": "{s} (Aws::X::Errors::AccessDenied)",
    "cloudformation": 'Resource handler returned message: "{s} (Service: X, Status Code: 403, Request ID: r-1)"'
    " (RequestToken: t, HandlerErrorCode: AccessDenied)",
    "parenthesis": "(AccessDenied: {s})",
    "quoted key": "level=error msg='{s}', attempt=2",
    "node": "2026-01-01T00:00:00.000Z\t11112222-3333-4444-5555-666677778888\tERROR\tAccessDenied: {s}\n"
    "    at x (/var/task/i.js:1:1)",
}
JSON_DEPTHS = (0, 1, 2, 3)


class Case(NamedTuple):
    """The parts of one sentence."""

    principal: str
    action: str
    resource: str | None
    reason: str

    @property
    def sentence(self) -> str:
        on = f" on resource: {self.resource}" if self.resource else ""
        return (
            f"User: {self.principal} is not authorized to perform: {self.action}{on}{self.reason.format(a=self.action)}"
        )


names = st.from_regex(r"[A-Za-z][A-Za-z0-9+=,.@_-]{0,30}[A-Za-z0-9]", fullmatch=True)
actions = st.builds(
    "{}:{}".format,
    st.sampled_from(("s3", "dynamodb", "kms", "execute-api", "SNS", "sqs")),
    st.sampled_from(("GetObject", "PutItem", "decrypt", "Invoke", "Publish", "GenerateDataKeyWithoutPlaintext")),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    partition = draw(st.sampled_from(PARTITIONS))
    principal = f"arn:{partition}:sts::111122223333:assumed-role/{draw(names)}/{draw(names)}"
    resource = draw(st.sampled_from(RESOURCES))
    reason = draw(st.sampled_from(sorted(REASONS)))
    return Case(principal, draw(actions), resource and resource.format(p=partition), reason)


def _check(message: Message, case: Case) -> None:
    resource = case.resource.strip('"') if case.resource else None
    assert (message.principal, message.action, message.resource) == (case.principal, case.action, resource)
    assert (message.effect, message.layer, message.policy_arn) == REASONS[case.reason]


@given(cases(), st.sampled_from(sorted(WRAPPERS)), st.sampled_from(JSON_DEPTHS))
def test_the_parts_come_out_of_any_wrapping(case: Case, wrapper: str, depth: int) -> None:
    text = WRAPPERS[wrapper].replace("{s}", case.sentence)
    for _ in range(depth):
        text = json.dumps({"errorMessage": text, "errorType": "ClientError"})
    told = parse.read(text)
    assert len(told) == 1
    _check(told[0], case)


@given(cases(), st.integers(min_value=40, max_value=120))
def test_line_breaks_between_words_change_nothing(case: Case, width: int) -> None:
    told = parse.read(_wrapped(f"AccessDenied: {case.sentence}", width))
    resource = case.resource.strip('"') if case.resource else None
    assert told[0].principal == case.principal
    assert told[0].action == case.action
    assert (told[0].resource or "").split() == (resource or "").split()
    assert (told[0].effect, told[0].layer, told[0].policy_arn) == REASONS[case.reason]


def _wrapped(text: str, width: int) -> str:
    """Broken as a terminal breaks quoted text: at blanks, with a margin."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\n> ".join([*lines, line])


@given(cases(), cases(), st.sampled_from(sorted(WRAPPERS)), st.sampled_from(("\n", "\n\n", "\nsome text\n")))
def test_two_denials_of_one_event_never_mix(first: Case, second: Case, wrapper: str, between: str) -> None:
    text = between.join(WRAPPERS[wrapper].replace("{s}", case.sentence) for case in (first, second))
    told = parse.read(text)
    if (first.principal, first.action) == (second.principal, second.action):
        # The same call told twice, once perhaps cut short, is one denial.
        assert told
        return
    for case in (first, second):
        assert any(m.action == case.action and m.principal == case.principal for m in told)
    for message in told:
        _check(message, first if message.principal == first.principal and message.action == first.action else second)


def test_each_denial_has_its_own_code_operation_and_id() -> None:
    text = (
        "operation error SQS: SendMessage, https response error StatusCode: 403, RequestID: id-1, api error"
        " AccessDenied: User: arn:aws:iam::1:user/a is not authorized to perform: sqs:SendMessage"
        " on resource: arn:aws:sqs:eu-west-1:1:q\n"
        "An error occurred (AuthorizationError) when calling the Publish operation: User: arn:aws:iam::1:user/a is"
        " not authorized to perform: sns:Publish on resource: arn:aws:sns:eu-west-1:1:t (Service: Sns,"
        " Status Code: 403, Request ID: id-2)\n"
        "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied"
    )
    told = [(m.action, m.error_code, m.operation, m.request_id) for m in parse.read(text)]
    assert told == [
        ("sqs:SendMessage", "AccessDenied", "SendMessage", "id-1"),
        ("sns:Publish", "AuthorizationError", "Publish", "id-2"),
        (None, "AccessDenied", "GetObject", None),
    ]


@pytest.mark.parametrize(
    "marker", ["ExpiredTokenException", "Rate exceeded", "EACCES: permission denied", "is not enabled"]
)
@pytest.mark.parametrize(
    "template",
    [
        'User: arn:aws:sts::1:assumed-role/r/{m} is not authorized to perform: s3:GetObject on resource: "b"',
        'User: arn:aws:iam::1:user/u is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/{m}.txt"',
        "[ERROR] {m}.csv: An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
        "userAgent={m} An error occurred (UnauthorizedOperation) when calling the RunInstances operation: You are not"
        " authorized to perform this operation.",
    ],
)
def test_a_negative_marker_in_a_name_changes_nothing(template: str, marker: str) -> None:
    assert parse.read(template.replace("{m}", marker))


def test_a_refusal_inside_an_objects_key_refuses_nothing() -> None:
    who = "User: arn:aws:sts::111122223333:assumed-role/r/f is not authorized to perform: "
    inner = (
        f"{who}s3:DeleteBucket on resource: arn:aws:s3:::victim because no identity-based policy allows the x action"
    )
    key = f"arn:aws:s3:::bucket/in/{inner}/1.csv"
    reason = " because no identity-based policy allows the s3:GetObject action"
    found = parse.read(f'{who}s3:GetObject on resource: "{key}"{reason}')
    assert [(one.action, one.resource) for one in found] == [("s3:GetObject", key)]
    beside = parse.read(f'{who}s3:GetObject on resource: "arn:aws:s3:::bucket/1"{reason}. {inner}')
    assert [one.action for one in beside] == ["s3:GetObject", "s3:DeleteBucket"]


def test_a_sentence_that_names_no_caller_is_quoted_from_its_first_letter() -> None:
    said = "User is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::orders/1.csv"
    (found,) = parse.read(f"AccessDenied: {said}")
    assert (found.principal, found.excerpt) == (None, said)
