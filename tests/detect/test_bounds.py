"""Any text in, no exception, and time that grows with the text's length only."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.detect import parse, sieve, wordings
from iam_watchdog.detect.vocabulary import (
    CREDENTIALS,
    FOREIGN,
    FOREIGN_GATES,
    NO_DENIAL,
    NO_DENIAL_GATES,
    TRIGGERS,
    gated,
    has_gated,
)

PIECES = (
    "User: ",
    "arn:aws:iam::1:role/r",
    " is not authorized to perform: ",
    "s3:GetObject",
    " on resource: ",
    '"',
    "'",
    "`",
    "\\",
    '\\"',
    "**",
    "<",
    ">",
    "(",
    ")",
    "[",
    "{",
    "$",
    ":",
    "\n",
    "\t",
    " because no ",
    "identity-based policy allows the ",
    " with an explicit deny in a ",
    "permissions boundary: ",
    "An error occurred (AccessDenied) when calling the ",
    "GetObject operation: ",
    "Access Denied",
    "AccessDenied",
    "Error Code: ",
    "Request ID: ",
    "RequestId: ",
    "operation error S3: ",
    "Encoded authorization failure message: ",
    "A" * 40,
    "permission",
    "(Service: X; Status Code: 403",
    "API: ",
    "│ ",
    "\u00a0",
    "role ",
    "...",
    "no ",
    "2026-01-01T00:00:00Z ",
)


@given(st.text())
def test_no_text_whatever_raises(text: str) -> None:
    parse.classify(text)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_no_mixture_of_the_grammar_s_own_words_raises(text: str) -> None:
    for message in parse.read(text):
        assert len(message.excerpt) <= parse.EXCERPT
    parse.classify(text)


@given(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.text())
def test_what_is_read_is_never_silent_to_the_sieve(before: str, middle: str, after: str) -> None:
    text = before + middle + after
    assert not parse.read(text) or sieve.suspicious(text)


@pytest.mark.parametrize("piece", [*PIECES, "a", "a ", "AccessDenied ", "not authorized to perform: a:B on resource: "])
def test_a_megabyte_of_one_thing_takes_well_under_a_second(piece: str) -> None:
    text = (piece * (1_000_000 // len(piece) + 1))[:1_000_000]
    started = time.process_time()
    parse.read(text)
    parse.read(f"AccessDenied {text}")
    parse.read(f"User: x is not authorized to perform: s3:GetObject on resource: {text}")
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize("seed", range(12))
def test_a_megabyte_of_mixed_grammar_takes_well_under_a_second(seed: int) -> None:
    import random  # noqa: PLC0415

    dice = random.Random(seed)
    text = "".join(dice.choice(PIECES) for _ in range(120_000))[:1_000_000]
    started = time.process_time()
    parse.read(text)
    assert time.process_time() - started < 1.0


def test_every_phrase_about_credentials_holds_its_trigger() -> None:
    assert [phrase for phrase in CREDENTIALS if not any(trigger in phrase for trigger in TRIGGERS)] == []


@pytest.mark.parametrize(("words", "gates"), [(NO_DENIAL, NO_DENIAL_GATES), (FOREIGN, FOREIGN_GATES)])
def test_no_word_is_lost_behind_its_gate(words: tuple[str, ...], gates: tuple[str, ...]) -> None:
    groups = gated(words, gates)
    assert not has_gated("a plain line", groups)
    assert [word for word in words if not has_gated(f"x {word} y", groups)] == []


def test_every_wording_has_a_pattern_that_compiles() -> None:
    shelves = (*wordings.OWN, *wordings.SHARED)
    assert all(wordings.compiled(wording.source).pattern for _, group in shelves for wording in group)
