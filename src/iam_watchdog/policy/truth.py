"""Three-valued logic: True, False, and None for what cannot be known; unknown is never rounded."""

from __future__ import annotations

from collections.abc import Iterable

type Truth = bool | None


def any_of(answers: Iterable[Truth]) -> Truth:
    """One True decides; otherwise one unknown leaves it unknown."""
    result: Truth = False
    for answer in answers:
        if answer:
            return True
        if answer is None:
            result = None
    return result


def all_of(answers: Iterable[Truth]) -> Truth:
    """One False decides; otherwise one unknown leaves it unknown."""
    result: Truth = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            result = None
    return result


def negate(answer: Truth) -> Truth:
    """The opposite of unknown is unknown."""
    return None if answer is None else not answer
