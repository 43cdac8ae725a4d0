"""A function's runs since a moment, read from its log group."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.detect.subscription import LogEvent
from iam_watchdog.hearing import Run, runs

ACTIONS = ("logs:FilterLogEvents",)
ABSENT = ("ResourceNotFoundException",)
MOST = 2000
"""Events looked at; a busy function shows enough in these."""
BEFORE = timedelta(seconds=2)
"""Clocks differ a little."""


def runs_since(group: str, since: datetime, clients: Clients) -> tuple[Run, ...]:
    """The runs whose lines arrived since then; () for a group that is not there. Raises CannotRead."""
    return runs(lines_since(group, since, clients))


def lines_since(group: str, since: datetime, clients: Clients) -> tuple[tuple[str, LogEvent], ...]:
    """The log events of a group since then, each with its stream. Raises CannotRead."""
    start = int((since - BEFORE).timestamp() * 1000)
    found: list[tuple[str, LogEvent]] = []
    token: dict[str, str] = {}
    while len(found) < MOST:
        page = clients.read(
            "logs", "filter_log_events", absent=ABSENT, logGroupName=group, startTime=start, limit=1000, **token
        )
        found += [(str(e.get("logStreamName", "")), _event(e)) for e in page.get("events", ())]
        if not page.get("nextToken"):
            break
        token = {"nextToken": str(page["nextToken"])}
    return tuple(found)


def group_of(function: Mapping[str, Any]) -> str:
    """The log group that a function's configuration names."""
    configured = function.get("LoggingConfig") or {}
    return str(configured.get("LogGroup") or f"/aws/lambda/{function['FunctionName']}")


def _event(event: dict[str, object]) -> LogEvent:
    at = datetime.fromtimestamp(int(str(event.get("timestamp", 0))) / 1000, UTC)
    return LogEvent(str(event.get("eventId", "")), at, str(event.get("message", "")))
