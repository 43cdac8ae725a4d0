"""What is believed for a while: never a failure, never longer than said, and never more than fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf

import pytest

from iam_watchdog.aws.read.account import MOST_KEPT, Account
from iam_watchdog.ports import CannotRead
from tests.aws.answers import Answers
from tests.aws.shop import SETTINGS


def account() -> Account:
    return Account(Answers().clients(), SETTINGS)


def counting() -> Callable[[], int]:
    numbers: Iterator[int] = iter(range(10_000))
    return lambda: next(numbers)


def test_what_failed_is_asked_for_again() -> None:
    numbers = iter(range(2))

    def read() -> str:
        if next(numbers) == 0:
            raise CannotRead("throttled")
        return "there"

    asked = account()
    with pytest.raises(CannotRead):
        asked.lately("it", read)
    assert asked.lately("it", read) == "there"


def test_what_may_be_no_older_than_now_is_asked_for_each_time() -> None:
    asked, read = account(), counting()
    assert [asked.lately("it", read, 0) for _ in range(3)] == [0, 1, 2]


def test_an_answer_is_kept_for_what_was_asked_and_nothing_else() -> None:
    asked, read = account(), counting()
    assert [asked.lately(name, read) for name in ("it", "other", "it")] == [0, 1, 0]


def test_what_is_too_old_makes_room_before_what_is_not() -> None:
    asked, read = account(), counting()
    first = asked.lately("for ever", read, inf)
    for number in range(2 * MOST_KEPT):
        asked.lately(number, read, 0)
    assert asked.lately("for ever", read, inf) == first


def test_the_oldest_makes_room_for_the_newest() -> None:
    asked, read = account(), counting()
    for number in range(MOST_KEPT + 1):
        asked.lately(number, read, inf)
    assert asked.lately(1, read, inf) == 1
    assert asked.lately(MOST_KEPT, read, inf) == MOST_KEPT
    assert asked.lately(0, read, inf) == MOST_KEPT + 1
