"""A pattern is inside another only if everything it matches certainly is; what is not, is named."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.model import Layer, Policy
from iam_watchdog.policy.statement import Raw
from iam_watchdog.remedy.within import beyond, inside, plain, raws
from tests.rules.cases import QUEUE, allow, deny, document

OTHER = f"{QUEUE}-other"


def read(*statements: dict[str, object], layer: Layer = Layer.IDENTITY) -> tuple[Raw, ...]:
    return raws([Policy(layer, "p", document(*statements))])


SEND = read(allow("sqs:SendMessage", QUEUE))


def test_the_same_and_less_is_not_beyond() -> None:
    wide = read(allow(["sqs:Send*", "sqs:Get*"], [f"{QUEUE}*"]))
    assert beyond(SEND, SEND) == ()
    assert beyond(SEND, wide) == ()
    assert beyond(read(deny("*")), ()) == ()
    assert beyond(read(allow("SQS:sendmessage", QUEUE)), SEND) == ()
    tighter = read(allow("sqs:SendMessage", QUEUE, Condition={"Bool": {"aws:SecureTransport": "true"}}))
    assert beyond(tighter, SEND) == ()


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (allow("*", "*"), "* on *"),
        (allow("sqs:*", QUEUE), f"sqs:* on {QUEUE}"),
        (allow("sqs:SendMessage", [QUEUE, OTHER]), f"sqs:SendMessage on {OTHER}"),
        (allow("sqs:SendMessage", f"{QUEUE}*"), f"sqs:SendMessage on {QUEUE}*"),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": QUEUE}, f"all but iam:* on {QUEUE}"),
        ({"Effect": "Allow", "Action": "sqs:SendMessage", "NotResource": OTHER}, f"sqs:SendMessage on all but {OTHER}"),
        (allow("sqs:SendMessage", QUEUE, Extra=1), f"sqs:SendMessage on {QUEUE}"),
    ],
)
def test_what_is_more_is_named_in_its_own_words(statement: dict[str, object], named: str) -> None:
    assert beyond(read(statement), SEND) == (named,)


def test_a_condition_that_is_missing_is_named() -> None:
    tied = read(allow("sqs:SendMessage", QUEUE, Condition={"StringEquals": {"aws:ResourceAccount": "111122223333"}}))
    assert beyond(SEND, tied) == (f"sqs:SendMessage on {QUEUE}, whatever aws:resourceaccount is",)


def test_other_principals_are_beyond() -> None:
    ours = read(allow("sqs:SendMessage", QUEUE, Principal={"AWS": "111122223333"}), layer=Layer.RESOURCE)
    theirs = read(allow("sqs:SendMessage", QUEUE, Principal={"AWS": ["111122223333", "*"]}), layer=Layer.RESOURCE)
    assert beyond(ours, theirs) == ()
    assert beyond(theirs, ours) != ()
    assert beyond(ours, SEND) != ()


def test_a_document_too_long_to_be_looked_at_is_beyond() -> None:
    many = read(allow([f"sqs:Send{n}" for n in range(60)], [f"{QUEUE}{n}" for n in range(60)]))
    assert beyond(many, read(allow("sqs:*", "*"))) == ("more than can be listed",)


def test_an_old_documents_dollar_is_no_variable() -> None:
    text = document(allow("s3:GetObject", "arn:aws:s3:::home/${aws:username}/*"))
    (old,) = raws([Policy(Layer.IDENTITY, "p", text.replace("2012-10-17", "2008-10-17"))])
    (new,) = raws([Policy(Layer.IDENTITY, "p", text)])
    assert (plain(old), plain(new)) == (False, True)


@pytest.mark.parametrize(
    ("narrow", "wide", "is_inside"),
    [
        ("a/*", "a/*", True),
        ("a/b/*", "a/*", True),
        ("a/*", "a/b/*", False),
        ("a?", "a*", True),
        ("a*", "a?", False),
        ("a**", "a??", False),
        ("a", "a?", False),
        ("${aws:username}", "*x", False),
        ("anything", "*", True),
    ],
)
def test_a_pattern_inside_another(narrow: str, wide: str, is_inside: bool) -> None:
    assert inside(narrow, wide) is is_inside


PATTERN = st.text("ab*?", max_size=6)


@given(PATTERN, PATTERN, st.text("ab", max_size=6))
def test_what_a_pattern_inside_another_matches_the_other_matches(narrow: str, wide: str, text: str) -> None:
    if inside(narrow, wide) and fnmatchcase(text, narrow):
        assert fnmatchcase(text, wide)
