"""What tools print right behind AWS's words belongs to them; what AWS says right behind its own words belongs to it."""

from __future__ import annotations

import pytest

from iam_watchdog.detect import parse
from iam_watchdog.model import Effect, Kind, Layer

CLUSTER = "arn:aws:eks:eu-north-1:111122223333:cluster/blue"
SAID = (
    f"User: arn:aws:iam::111122223333:user/ann is not authorized to perform: eks:CreateCluster on resource: {CLUSTER}"
)


@pytest.mark.parametrize("behind", [": provider=aws@6.66.1", ": SomeOtherError: 7", ": retrying=true"])
def test_a_colon_that_a_tool_sets_behind_a_resource_is_not_of_it(behind: str) -> None:
    (told,) = parse.read(f"api error AccessDeniedException: {SAID}{behind}")
    assert told.resource == CLUSTER


def test_a_log_groups_own_colon_stays() -> None:
    group = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/orders:log-stream:"
    words = f"User: anna is not authorized to perform: logs:PutLogEvents on resource: {group}"
    for behind in ("", " because no identity-based policy allows the logs:PutLogEvents action"):
        (told,) = parse.read(words + behind)
        assert told.resource == group


@pytest.mark.parametrize(("printed", "meant"), [("2a4a86a1-0053.", "2a4a86a1-0053"), ("2a4a86a1...", "2a4a86a1...")])
def test_the_full_stop_behind_a_request_id_ends_the_sentence(printed: str, meant: str) -> None:
    (told,) = parse.read(f"AccessDeniedException: {SAID}\n\tstatus code: 400, request id: {printed} please verify")
    assert told.request_id == meant


def test_the_deny_right_behind_a_services_own_words_is_its_reason() -> None:
    words = "UnauthorizedOperation: You are not authorized to perform this operation"
    (told,) = parse.read(f"{words}... \nwith an explicit deny in a service control policy")
    assert (told.effect, told.layer, told.error_code) == (Effect.EXPLICIT, Layer.SCP, "UnauthorizedOperation")
    (bare,) = parse.read(f"{words}.")
    assert (bare.effect, bare.layer) == (None, None)


def test_a_deny_far_behind_is_somebody_elses() -> None:
    words = "UnauthorizedOperation: You are not authorized to perform this operation"
    (told,) = parse.read(f"{words}.{' and on' * 30} with an explicit deny in a service control policy")
    assert told.layer is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("AccessDeniedError: user 7 may not edit document 9", Kind.OTHER),
        ("A Forbidden error was returned. Permission denied on resource project one.\n  code: 403,", Kind.NOT_AWS),
        ('rustfs[1]: {"op":"ListObjects","err":"S3Error(Inner { code: AccessDenied, message: None })"}', Kind.NOT_AWS),
        ('{"x-amzn-errortype": "AccessDeniedException"}, body: "bad session token or header key"', Kind.CREDENTIALS),
    ],
)
def test_codes_of_aws_in_other_mouths_refuse_nothing(text: str, kind: Kind) -> None:
    assert parse.read(text) == ()
    assert parse.classify(text).kind is kind


def test_what_only_aws_says_is_a_refusal_whatever_stands_beside_it() -> None:
    words = "The ciphertext refers to a customer master key that does not exist, or you are not allowed to access."
    beside = "PermissionError: [Errno 13] Permission denied: '/var/task/readers.py'"
    assert [told.kind for told in parse.read(f"AccessDeniedException: {words}\n{beside}")] == [Kind.IAM_DENIAL]
    assert parse.read(f"You do not have permission to read orders:All\n{beside}") == ()


def test_a_refusal_of_ec2_or_s3_is_not_hidden_by_what_stands_behind_it() -> None:
    expired = "api error ExpiredToken: The security token included in the request is expired"
    for words in (
        "UnauthorizedOperation: You are not authorized to perform this operation.",
        "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
    ):
        assert [told.kind for told in parse.read(f"{words}\nTraceback (most recent call last):\n{expired}")] == [
            Kind.IAM_DENIAL
        ]


def test_access_denied_because_a_link_has_expired_is_no_refusal() -> None:
    said = "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied: Request has expired"
    assert parse.read(said) == ()


DENY = f"{SAID} with an explicit deny in"
POLICY = "arn:aws:iam::111122223333:policy/NoClusters"


@pytest.mark.parametrize("before", [":", ", with policy ARN:", ", with\npolicy ARN:\n", ", with policy\n> ARN:"])
def test_the_policy_arn_is_read_behind_either_wording_of_its_type(before: str) -> None:
    (told,) = parse.read(f"{DENY} an identity-based policy{before} {POLICY}")
    assert (told.effect, told.layer, told.policy_arn) == (Effect.EXPLICIT, Layer.IDENTITY, POLICY)


def test_a_comma_and_other_words_behind_the_type_name_no_policy() -> None:
    (told,) = parse.read(f"{DENY} a permissions boundary, with regards: {POLICY}")
    assert (told.layer, told.policy_arn) == (Layer.BOUNDARY, None)


def test_a_function_that_config_may_not_invoke_lacks_an_invoke_permission() -> None:
    function = "arn:aws:lambda:eu-west-1:111122223333:function:rule"
    words = f"The AWS Lambda function {function} cannot be invoked. Check the specified function ARN"
    code = "An error occurred (InsufficientPermissionsException) when calling the PutConfigRule operation: "
    (told,) = parse.read(f"{code}{words}, and check the function's permissions.")
    assert (told.kind, told.operation) == (Kind.INVOKE_PERMISSION, "PutConfigRule")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            "AmazonS3Exception: Error making request with Error Code Forbidden and Http Status Code Forbidden.",
            "Forbidden",
        ),
        (
            "{'Error': {'Code': 'InvalidClientTokenId', 'Message': 'The security token included'}}",
            "InvalidClientTokenId",
        ),
        ("Error describing stack orders error=Throttling: Rate exceeded", "Throttling"),
        ("Error describing stack orders: 'Code' is 'missing'", None),
    ],
)
def test_a_code_is_read_in_the_place_that_a_tool_gives_it(text: str, code: str | None) -> None:
    assert parse.classify(text).error_code == code


GLUED = "Traceback (most recent call last):\n  File"
POLICY = "arn:aws:iam::111122223333:policy/Bound"


def test_a_traceback_glued_to_an_action_or_to_a_policys_arn_is_not_of_it() -> None:
    user = "User: arn:aws:sts::111122223333:federated-user/bob is not authorized to perform:"
    (told,) = parse.read(f"AccessDenied: {user} polly:SynthesizeSpeech{GLUED}")
    assert told.action == "polly:SynthesizeSpeech"
    (told,) = parse.read(f"{user} s3:GetObject with an explicit deny in a permissions boundary: {POLICY}{GLUED}")
    assert told.policy_arn == POLICY


def test_a_closing_tag_that_was_escaped_is_not_of_a_resource_or_a_policys_arn() -> None:
    (told,) = parse.read(f"&lt;Message&gt;{SAID}&lt;/Message&gt;&lt;RequestId&gt;a-1&lt;/RequestId&gt;")
    assert (told.resource, told.request_id) == (CLUSTER, "a-1")
    denied = f"{SAID} with an explicit deny in an identity-based policy: {POLICY}"
    (told,) = parse.read(f"&lt;Message&gt;{denied}&lt;/Message&gt;")
    assert told.policy_arn == POLICY


@pytest.mark.parametrize("times", [2, 3, 4, 9])
def test_the_same_message_on_line_after_line_was_not_wrapped(times: int) -> None:
    (told,) = parse.read(f"{SAID}\n" * times)
    assert told.resource == CLUSTER


def test_an_action_of_three_parts_is_another_clouds() -> None:
    words = "User: domain/abc:user/x is not authorized to perform: obs:bucket:GetObject on resource: OBS:*:*:object:b/k"
    assert parse.read(f"{words} because no identity-based policy allows the obs:bucket:GetObject action") == ()


@pytest.mark.parametrize(
    "key", ["with an explicit deny in a service control policy", "because no reason.txt", "a/because no session policy"]
)
def test_the_reason_is_not_the_one_that_an_objects_key_gives(key: str) -> None:
    words = f"User: anna is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/{key}"
    (told,) = parse.read(f"{words} because no identity-based policy allows the s3:GetObject action")
    assert (told.effect, told.layer) == (Effect.IMPLICIT, Layer.IDENTITY)


@pytest.mark.parametrize("between", [" ", "\n", "  ", "\n    "])
def test_who_may_not_assume_is_named_behind_any_indent(between: str) -> None:
    caller = "arn:aws:redshift:eu-west-1:111122223333:dbuser:c/u"
    words = f"{caller} is not authorized to assume IAM Role arn:aws:iam::111122223333:role/copy"
    assert parse.read(f"error: see {words}") == ()
    (told,) = parse.read(f"error: User{between}{words}")
    assert told.principal == caller


def test_a_string_that_node_prints_in_pieces_is_one() -> None:
    printed = (
        "  message:\n   'User: arn:aws:sts::111122223333:assumed-role/r/s is not ' +\n    'authorized to perform: "
        "qldb:SendCommand on resource: ' +\n    'arn:aws:qldb:eu-west-1:111122223333:ledger/blue',\n"
        "  code: 'AccessDeniedException' }"
    )
    (told,) = parse.read(printed)
    assert (told.principal, told.resource) == (
        "arn:aws:sts::111122223333:assumed-role/r/s",
        "arn:aws:qldb:eu-west-1:111122223333:ledger/blue",
    )
