"""The quick reading of the usual sentence says what the careful one says, or leaves it to it."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.detect import clean, sentence, usual
from iam_watchdog.detect.usual import REACH, Sentence
from tests.detect.test_corpus import ROWS
from tests.detect.test_dressings import DRESSES

SLOTS = (
    (
        "",
        "AccessDenied: ",
        '{"Message":"',
        "An error occurred (AccessDenied) when calling the X operation: ",
        "User: z\n",
    ),
    ("User: ", "User:\n", "User:  ", "Principal: ", ""),
    (
        "arn:aws:sts::111122223333:assumed-role/r/s",
        "arn:aws:iam::<id>:user/x",
        "anonymous",
        "ünı",
        "`a`",
        "User:abc",
        "…",
    ),
    (" is not authorized to perform: ", "\nis not\nauthorized to perform:\n", " is not authorized to perform "),
    ("s3:GetObject", "sqs:sendmessage", "s3:*", "s3:Get:x", "iam:PassRole", "s3:GetObject.", "null", "s3"),
    (" on resource: ", "\non resource:\n", " on resource ", " on the resource: ", " on resource: on resource: ", ": "),
    (
        *(
            "arn:aws:s3:::b/k",
            '"arn:aws:s3:::b/k"',
            '"arn:aws:s3:::b/because no session policy allows the x"',
            "*",
            "role x",
        ),
        *(
            "arn:aws:iam::1:role/x.",
            "arn:aws:s3:::b/**",
            "**arn:aws:s3:::b",
            "arn:aws:lambda:eu-west-1:1:function:f",
            "with",
        ),
        *(
            "arn:aws:x:eu-west-1:1:explicit/because",
            "arn:aws:x:eu-west-1:1:y:END",
            "arn:aws:kms:<r>:1:key/1",
            "arn:aws:x:",
        ),
        *(
            "arn:aws:iam::1:role/",
            "arn:aws:iam::1:role-",
            "policy path /",
            "table <t>",
            "arn:aws:iam::1:my name:x/y",
            "-",
            "",
        ),
    ),
    (
        *(
            " because no session policy allows the s3:GetObject action",
            "\nbecause no permissions boundary allows the ",
            ".",
        ),
        *(
            " because no resource-based policy allows the User:",
            " with an explicit deny",
            " with an explicit deny in a ",
            '"}',
        ),
        *(
            " with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/p-1",
            " because",
            "\n",
        ),
        *(
            " with an explicit deny in an identity-based policy",
            " with an explicit deny in the role trust policy",
            " (most",
        ),
        *(
            " with an explicit deny in an identity-based policy: arn:aws:iam::1:policy/x: a b c:d",
            " RequestId: 1",
            " (Service:",
        ),
        *(
            " because public access is blocked",
            "\n  4:key/1",
            "\nfoo/bar",
            "\n/foo/bar",
            "** because no session policy allows the ",
            "",
        ),
    ),
    (
        *(
            "",
            ".",
            ". Encoded authorization failure message: abc",
            '"',
            "\nstatus code: 403",
            " policy: arn:aws:iam::1:policy/y",
        ),
        *(
            " on resource: arn:aws:s3:::c",
            "...",
            ": arn",
            " explicit deny in a session policy",
            " because no session policy allows",
        ),
    ),
)
TEXTS = st.tuples(*(st.sampled_from(slot) for slot in SLOTS)).map("".join)
TOUCHED = st.tuples(TEXTS, st.integers(0, 400), st.sampled_from(" \n\"'`*:.,()<>[]{}|\\-_\u00a0x1")).map(
    lambda drawn: drawn[0][: drawn[1]] + drawn[2] + drawn[0][drawn[1] :]
)


def _quickly(text: str) -> Iterator[tuple[Sentence, Sentence | None]]:
    """Every quick answer beside the careful one."""
    before = 0
    anchors = sentence.places(text)
    for anchor in anchors:
        verb, end = anchor
        stop = min(len(text), end + REACH)
        if said := usual.read(text, before, verb + 7, stop):
            yield said, sentence.carefully(text, before, anchor, stop)
        before = end


def _assert_alike(text: str) -> None:
    for anchor in sentence.places(text):
        named = sentence.named(text, 0, anchor, len(text))
        assert named == sentence.carefully(text, 0, anchor, len(text))
    for quick, careful in _quickly(text):
        assert careful is not None
        assert (
            quick == careful if quick.spoken else (quick.principal, quick.action) == (careful.principal, careful.action)
        )


@given(st.one_of(TEXTS, TOUCHED))
def test_what_is_read_quickly_is_read_alike_with_care(text: str) -> None:
    _assert_alike(text)


def test_so_is_every_row_of_the_corpus_in_every_dress() -> None:
    for row in ROWS:
        for dress in DRESSES.values():
            _assert_alike(clean.readable(dress(row["message"])))


def test_the_usual_sentence_is_read_quickly_to_its_end() -> None:
    text = "".join(slot[0] for slot in SLOTS)
    assert [quick.spoken for quick, _ in _quickly(text)] == [len(text)]
