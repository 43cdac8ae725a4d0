"""Forged lines with the right stream: no change, nothing over-broad, nothing that acts, and the real one is told."""

from __future__ import annotations

import pytest

from tests.attack.forgeries import (
    DATA,
    ESCALATIONS,
    HIDING,
    LAYERS,
    OTHER_WORDS,
    PLACES,
    PRINCIPALS,
    RESOURCES,
)
from tests.attack.judgement import assert_inert_everywhere, assert_real_one_is_told, assert_repelled
from tests.attack.siege import READER, REAL, printed, refusal, world
from tests.aws.answers import REGION

LINES = {
    f"{family}: {name}": line
    for family, lines in {
        "data": DATA,
        "escalation": ESCALATIONS,
        "principal": PRINCIPALS,
        "resource": RESOURCES,
        "place": PLACES,
        "layer": LAYERS,
        "words": OTHER_WORDS,
    }.items()
    for name, line in lines.items()
}


def test_silence_is_answered_with_silence() -> None:
    made = world()
    printed(made, "hello", "START RequestId: 1 Version: $LATEST", "all is well")
    assert made.facts.listing() == ()
    assert_repelled(made)


def test_the_real_one_alone_is_told_and_drawn() -> None:
    made = world()
    printed(made, REAL)
    assert_real_one_is_told(made)
    assert_inert_everywhere(made.facts.listing())


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_a_forged_line_changes_nothing_and_hides_nothing(line: str) -> None:
    """First the forgery, then what the function really meets, in one delivery."""
    made = world()
    printed(made, line, REAL)
    assert_repelled(made)
    assert_real_one_is_told(made)


@pytest.mark.parametrize("line", HIDING.values(), ids=HIDING.keys())
def test_nothing_printed_beside_it_hides_the_real_refusal(line: str) -> None:
    """A path, a header, a file name: what a stranger sends stands in the same line as the exception."""
    made = world()
    printed(made, line)
    assert_repelled(made)
    assert_real_one_is_told(made)


def test_no_forged_place_makes_the_reader_call_elsewhere() -> None:
    """Credentials are only ever signed for Regions that botocore lists, and for this account."""
    READER.clients._made.clear()
    for line in PLACES.values():
        printed(world(), line)
    asked = {region for _, region, *_ in READER.clients._made}
    assert asked <= {REGION, "us-east-1"}


def test_the_line_alone_never_suffices_for_a_person_of_another_function() -> None:
    """The stream and the group name billing; the line speaks of orders."""
    made = world()
    printed(made, refusal(), group="/aws/lambda/billing")
    assert_repelled(made)
    (incident,) = made.facts.listing()
    assert incident.denial.function == "billing"
