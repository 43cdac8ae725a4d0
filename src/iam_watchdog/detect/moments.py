"""Times as texts and envelopes give them: whoever forges one must not push a comparison over the edge of time."""

from __future__ import annotations

from datetime import UTC, datetime

EPOCH = datetime.fromtimestamp(0, UTC)
"""Stands for a time that nobody told."""
LAST = 9000
"""Years from here on leave no room to add to."""


def told(at: datetime | None) -> datetime:
    """The time, in UTC unless it says otherwise; the epoch for none, and for one that can be none of ours."""
    if at is None or not EPOCH.year <= at.year < LAST:
        return EPOCH
    return at if at.tzinfo else at.replace(tzinfo=UTC)
