"""iam-watchdog parse, as contract 2 says."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog_cli import parse

DENIAL = (
    "An error occurred (AccessDeniedException) when calling the PutItem operation: User:"
    " arn:aws:sts::111122223333:assumed-role/r/f is not authorized to perform: dynamodb:PutItem on resource:"
    " arn:aws:dynamodb:eu-west-1:111122223333:table/t"
    " because no identity-based policy allows the dynamodb:PutItem action"
)
KEYS = [
    "id",
    "class",
    "principal",
    "action",
    "resource",
    "effect",
    "layer",
    "policy_arn",
    "encoded_message",
    "error_code",
    "operation",
    "request_id",
    "denials",
]


def test_a_denial_has_the_keys_of_the_contract() -> None:
    said = parse.answer(json.dumps({"id": 7, "message": DENIAL}).encode())
    assert list(said) == KEYS
    assert said["id"] == 7
    assert said["class"] == "iam_denial"
    assert said["encoded_message"] is False
    assert list(said["denials"][0]) == KEYS[1:-1]


def test_what_is_no_denial_has_none() -> None:
    said = parse.answer(b'{"id": "a", "message": "all is well"}')
    assert (said["class"], said["denials"]) == ("other", [])


def test_a_bad_line_is_answered_with_its_id_and_what_is_wrong() -> None:
    assert parse.answer(b'{"id": 3, "message": 5}') == {"id": 3, "error": "message: expected text"}
    assert parse.answer(b"nonsense")["id"] is None
    assert "error" in parse.answer(b"[" * 100_000)


@given(st.binary())
def test_no_bytes_whatever_raise(line: bytes) -> None:
    json.dumps(parse.answer(line))
