"""Times at the edges of time, which only a forger writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from iam_watchdog.detect.moments import EPOCH, told

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_an_ordinary_time_stays_what_it_is() -> None:
    there = datetime(2026, 11, 24, 13, tzinfo=timezone(timedelta(hours=1)))
    assert told(NOON) == told(there) == told(datetime(2026, 11, 24, 12)) == NOON  # noqa: DTZ001 - a record without zone


@pytest.mark.parametrize("at", [None, datetime.min, datetime.max, datetime.max.replace(tzinfo=UTC)])
def test_a_time_that_leaves_no_room_is_none(at: datetime | None) -> None:
    assert told(at) == EPOCH
    assert told(at) - timedelta(days=90) < told(at) < told(at) + timedelta(days=90)
