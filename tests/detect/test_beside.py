"""What stands beside a refusal in the same event: another refusal, or words that elsewhere mean something else."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from iam_watchdog.detect import parse
from iam_watchdog.model import Kind, Message

HERE = Path(__file__).parent
SPANS = ("principal", "action", "resource", "effect", "layer", "policy_arn")
RETOLD = {"f027", "f092", "r442", "r554", "f320", "r430", "f358"}
"""Texts that are not told the same before another: words without a sentence, a line cut off, lines of one width."""


def _lines(name: str) -> list[str]:
    return (HERE / f"{name}.jsonl").read_text().splitlines()


def _told() -> list[tuple[str, Message]]:
    rows = [json.loads(line) for name in ("open", "fresh", "third") for line in _lines(name)]
    read = [(row["message"], parse.read(row["message"])) for row in rows if row["id"] not in RETOLD and row["action"]]
    return [(text, told[0]) for text, told in read if len(told) == 1]


def _spans(message: Message) -> tuple[object, ...]:
    return tuple(getattr(message, name) for name in SPANS)


@pytest.mark.parametrize("between", ["\n", "\n\n", " ", "; "])
def test_two_refusals_in_one_event_never_exchange_a_caller_an_action_or_a_resource(between: str) -> None:
    mixed = []
    for (first, one), (second, other) in pairwise(_told()):
        for found in parse.read(first + between + second):
            if _spans(found) not in (_spans(one), _spans(other)):
                mixed.append((_spans(found), _spans(one), _spans(other)))
    assert mixed == []


def test_on_lines_of_their_own_each_keeps_its_code_but_for_one_in_twenty() -> None:
    pairs, taken = 0, []
    for (first, one), (second, other) in pairwise(_told()):
        found = {_spans(m): m.error_code for m in parse.read(f"{first}\n{second}")}
        pairs += 1
        if any(found.get(_spans(m), m.error_code) != m.error_code for m in (one, other)):
            taken.append((found, one.error_code, other.error_code))
    assert len(taken) <= pairs / 20, taken


def test_lambdas_words_on_its_key_say_nothing_of_another_services_refusal() -> None:
    key = "Lambda was unable to decrypt the environment variables because KMS access was denied."
    other = "User: arn:aws:iam::123456789012:user/dev is not authorized to perform: s3:GetObject"
    own = "User: arn:aws:iam::123456789012:user/dev is not authorized to perform: kms:Decrypt"
    assert [told.kind for told in parse.read(f"{key} {other}")] == [Kind.IAM_DENIAL]
    assert [told.kind for told in parse.read(f"{key} KMS Message: {own}")] == [Kind.LAMBDA_ENV_KMS]


WORDS = [
    "ExpiredToken",
    "token has expired",
    "ThrottlingException",
    "DryRunOperation",
    "is not enabled",
    "security_exception",
    "localstack",
    "permission denied for table",
    "minio",
    "gcloud",
]
PLACES = {
    "a session's name": (
        "User: arn:aws:sts::111122223333:assumed-role/orders-role/{} is not authorized to perform: dynamodb:GetItem on"
        " resource: arn:aws:dynamodb:eu-west-1:111122223333:table/orders because no identity-based policy allows the"
        " dynamodb:GetItem action"
    ),
    "an object key": (
        "User: arn:aws:sts::111122223333:assumed-role/orders-role/a is not authorized to perform: s3:GetObject on"
        ' resource: "arn:aws:s3:::media/{}/a.txt" because no identity-based policy allows the s3:GetObject action'
    ),
    "before botocore": (
        "cannot read {}/a.txt: An error occurred (AccessDenied) when calling the GetObject operation: Access Denied"
    ),
    "behind botocore": (
        "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied\n"
        'Traceback (most recent call last):\n  File "/var/task/app.py", line 3, in handler\n    raise Gone("{}")'
    ),
    "before Node": (
        "cannot copy {}/a.txt AccessDenied: Access Denied\n    at /var/runtime/node_modules/@aws-sdk/x.js:1:1"
    ),
    "before Go": (
        "copy {}: operation error S3: GetObject, https response error StatusCode: 403, RequestID: A1, HostID: B2,"
        " api error AccessDenied: Access Denied"
    ),
    "before Java": (
        "copy {}: software.amazon.awssdk.services.s3.model.S3Exception: Access Denied"
        " (Service: S3, Status Code: 403, Request ID: A1)"
    ),
    "a key in PHP's URL": (
        'Error executing "GetObject" on "https://media.s3.amazonaws.com/{}"; AWS HTTP error: Client error: resulted in'
        " a `403 Forbidden` response: AccessDenied (client): Access Denied"
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_the_same_words_behind_the_code_are_no_refusal(place: str) -> None:
    text = (
        "An error occurred (AccessDeniedException) when calling the GetItem operation: The security token has expired"
    )
    assert parse.read(PLACES[place].format("a") + "\n") != ()
    assert parse.read(text) == ()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("word", WORDS)
def test_a_word_of_something_else_in_a_name_or_before_the_code_hides_no_refusal(place: str, word: str) -> None:
    assert len(parse.read(PLACES[place].format(word))) == 1
