"""Slack's signature: silence first, then what passes."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from iam_watchdog.slack.signature import verify

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BODY = b"payload=%7B%22type%22%3A%22block_actions%22%7D"
NOW = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))


def sign(body: bytes = BODY, stamp: str = STAMP, secret: str = SECRET) -> str:
    return "v0=" + hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("secret", "stamp", "body", "signature"),
    [
        ("", STAMP, BODY, sign(secret="")),
        (SECRET, STAMP, BODY + b" ", sign()),
        (SECRET, STAMP, BODY, sign()[:-1]),
        (SECRET, STAMP, BODY, sign().removeprefix("v0=")),
        (SECRET, STAMP, BODY, sign().upper()),
        (SECRET, STAMP, BODY, ""),
        (SECRET, "", BODY, sign(stamp="")),
        (SECRET, "now", BODY, sign(stamp="now")),
        (SECRET, f"-{STAMP}", BODY, sign(stamp=f"-{STAMP}")),
        (SECRET, "٠" * 10, BODY, sign(stamp="٠" * 10)),
        (SECRET, "9" * 4_000, BODY, sign(stamp="9" * 4_000)),
        ("other", STAMP, BODY, sign()),
    ],
)
def test_what_slack_did_not_sign_is_refused(secret: str, stamp: str, body: bytes, signature: str) -> None:
    """An empty secret, a changed byte, a cut signature, a strange time."""
    assert not verify(secret, stamp, body, signature, NOW)


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_a_signed_request_from_another_time_is_refused(seconds: int) -> None:
    """A captured request cannot be replayed."""
    assert not verify(SECRET, STAMP, BODY, sign(), NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_signed_request_within_five_minutes_passes(seconds: int) -> None:
    """The window is inclusive on both sides."""
    assert verify(SECRET, STAMP, BODY, sign(), NOW + timedelta(seconds=seconds))


@given(st.binary(max_size=200))
def test_our_answer_is_that_of_slacks_own_library(body: bytes) -> None:
    """The reference says the same of every body that is text."""
    theirs = SignatureVerifier(SECRET).generate_signature(timestamp=STAMP, body=body.decode("latin-1"))
    ours = body.decode("latin-1").encode()
    assert theirs is not None
    assert verify(SECRET, STAMP, ours, theirs, NOW)


@given(st.text(max_size=80), st.text(max_size=80), st.binary(max_size=80))
def test_strange_input_never_raises(stamp: str, signature: str, body: bytes) -> None:
    """Whatever the Internet sends."""
    assert not verify(SECRET, stamp, body, signature, NOW)
