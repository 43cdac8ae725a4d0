"""What Slack's errors mean to us: try later, not before a time it names, or never."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError

from iam_watchdog.ports import CannotWrite, Clock

PASSING = frozenset({"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable"}) | {
    "request_timeout",
    "team_added_to_org",
    "accesslimited",
}
"""Errors of the Web API that a later try may not meet: https://docs.slack.dev/reference/methods/chat.postMessage"""


@dataclass
class Closed:
    """Remembers how long Slack asked to be left alone."""

    clock: Clock
    until: datetime | None = None

    def check(self) -> None:
        """Raise while Slack wants quiet."""
        if self.until and self.clock.now() < self.until:
            raise CannotWrite(f"Slack asked to be left alone until {self.until:%H:%M:%S} UTC", transient=True)

    def close(self, seconds: object) -> None:
        """Note a Retry-After; a strange one counts as half a minute."""
        wait = int(str(seconds)) if str(seconds).isascii() and str(seconds).isdigit() else 30
        self.until = self.clock.now() + timedelta(seconds=min(wait, 3_600))


@contextmanager
def faults(closed: Closed) -> Iterator[None]:
    """Turn whatever slack_sdk raises within into CannotWrite."""
    try:
        yield
    except SlackApiError as error:
        response = error.response
        said = str(response.get("error") or "no reason given")
        raise refusal(response.status_code, said, response.headers, closed, _details(response)) from None
    except (OSError, http.client.HTTPException, SlackClientError) as error:
        # The words of a connection error may hold the URL, which is a secret of a webhook: name the kind alone.
        raise CannotWrite(f"Slack could not be reached: {type(error).__name__}", transient=True) from None


def _details(response: Any) -> str:
    """Slack says which block it did not like."""
    meta = response.get("response_metadata") or {}
    messages: Sequence[Any] = meta.get("messages") or () if isinstance(meta, dict) else ()
    return " ".join(str(m) for m in messages)[:300]


def refusal(status: int, said: str, headers: Mapping[str, str], closed: Closed, details: str = "") -> CannotWrite:
    """What an answer of Slack's means; a Retry-After is kept."""
    limited = status == 429 or said in {"ratelimited", "rate_limited"}
    if limited:
        after = {k.lower(): v for k, v in headers.items()}.get("retry-after", "30")
        closed.close(after)
    transient = limited or status >= 500 or said in PASSING
    words = f"Slack refused the message: HTTP {status}, {said[:200]} {details}".strip()
    return CannotWrite(words, transient=transient)
