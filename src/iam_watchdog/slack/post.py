"""Posts to Slack: with a bot token (threads and edits) or through an incoming webhook (messages only).

Nothing is swallowed: what may pass later is a transient CannotWrite, what Slack refuses for good is a lasting one.
The queue is the retry, so slack_sdk's own retries are off; nothing is sent before a Retry-After is over.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from iam_watchdog.ports import CannotWrite, Clock
from iam_watchdog.report.slack import Post

API = "https://slack.com/api/"
TIMEOUT = 5
PASSING = frozenset({"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable"}) | {
    "request_timeout",
    "team_added_to_org",
    "accesslimited",
}
"""Errors of the Web API that a later try may not meet: https://docs.slack.dev/reference/methods/chat.postMessage"""


class Channel(Protocol):
    """A place where a message can be posted; "" as the answer means that it cannot be referred to later."""

    name: str

    def post(self, post: Post, thread: str = "") -> str:
        """Post, in a thread if one is given; returns the message's ts. Raises CannotWrite."""

    def edit(self, ts: str, post: Post) -> bool:
        """Draw a message anew; False where that is not possible. Raises CannotWrite."""


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


@dataclass
class Bot:
    """A bot token: threads and edits."""

    token: str = field(repr=False)
    name: str
    """The channel's id."""
    clock: Clock
    base_url: str = API
    closed: Closed = field(init=False)

    def __post_init__(self) -> None:
        """Refuse to send a token in the clear."""
        _only_https(self.base_url)
        self.closed = Closed(self.clock)
        self._client = WebClient(token=self.token, base_url=self.base_url, timeout=TIMEOUT, retry_handlers=[])

    def post(self, post: Post, thread: str = "") -> str:
        """chat.postMessage; links and mentions stay as they are written."""
        more = {"thread_ts": thread} if thread else {}
        answer = self._call(self._client.chat_postMessage, post, unfurl_links=False, unfurl_media=False, **more)
        return str(answer.get("ts") or "")

    def edit(self, ts: str, post: Post) -> bool:
        """chat.update; a message that somebody deleted is no fault."""
        try:
            self._call(self._client.chat_update, post, ts=ts)
        except CannotWrite as refused:
            if "message_not_found" in str(refused):
                return False
            raise
        return True

    def _call(self, method: Callable[..., Any], post: Post, **more: Any) -> Any:
        self.closed.check()
        with _faults(self.closed):
            return method(channel=self.name, text=post.text, blocks=list(post.blocks), **more)


@dataclass
class Webhook:
    """An incoming webhook: the channel is fixed, nothing can be edited, every later status is a new message."""

    url: str = field(repr=False)
    clock: Clock
    name: str = "webhook"
    closed: Closed = field(init=False)

    def __post_init__(self) -> None:
        """Refuse to send in the clear: the URL is the secret."""
        _only_https(self.url)
        self.closed = Closed(self.clock)
        self._client = WebhookClient(self.url, timeout=TIMEOUT, retry_handlers=[])

    def post(self, post: Post, thread: str = "") -> str:
        """Send; webhooks answer in plain text and never with a ts."""
        self.closed.check()
        with _faults(self.closed):
            answer = self._client.send(text=post.text, blocks=list(post.blocks))
        if answer.status_code != 200 or answer.body != "ok":
            raise _refusal(answer.status_code, answer.body, answer.headers, self.closed)
        return ""

    def edit(self, ts: str, post: Post) -> bool:
        """Not possible."""
        return False


def channel(secret: str, name: str, clock: Clock, base_url: str = API) -> Channel:
    """The best channel that the secret's JSON opens. Raises CannotWrite, naming the remedy."""
    try:
        held = json.loads(secret)
        if isinstance(held, dict) and held.get("bot_token") and name:
            return Bot(str(held["bot_token"]), name, clock, base_url)
        if isinstance(held, dict) and held.get("webhook_url"):
            return Webhook(str(held["webhook_url"]), clock)
    except ValueError as wrong:
        reason = str(wrong) if str(wrong).startswith("Slack URL") else "it is not JSON"
        raise CannotWrite(f"the Slack secret cannot be used: {reason}") from None
    raise CannotWrite("the Slack secret opens nothing: put bot_token (and set SlackChannel) or webhook_url into it")


@contextmanager
def _faults(closed: Closed) -> Iterator[None]:
    try:
        yield
    except SlackApiError as error:
        response = error.response
        said = str(response.get("error") or "no reason given")
        raise _refusal(response.status_code, said, response.headers, closed, _details(response)) from None
    except (OSError, http.client.HTTPException, SlackClientError) as error:
        # The words of a connection error may hold the URL, which is a secret of a webhook: name the kind alone.
        raise CannotWrite(f"Slack could not be reached: {type(error).__name__}", transient=True) from None


def _details(response: Any) -> str:
    """Slack says which block it did not like."""
    meta = response.get("response_metadata") or {}
    messages: Sequence[Any] = meta.get("messages") or () if isinstance(meta, dict) else ()
    return " ".join(str(m) for m in messages)[:300]


def _refusal(status: int, said: str, headers: Mapping[str, str], closed: Closed, details: str = "") -> CannotWrite:
    limited = status == 429 or said in {"ratelimited", "rate_limited"}
    if limited:
        after = {k.lower(): v for k, v in headers.items()}.get("retry-after", "30")
        closed.close(after)
    transient = limited or status >= 500 or said in PASSING
    words = f"Slack refused the message: HTTP {status}, {said[:200]} {details}".strip()
    return CannotWrite(words, transient=transient)


def _only_https(url: str) -> None:
    """Cleartext is for a receiver on this very machine only."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}):
        raise ValueError(
            f"Slack URL: expected https, got {parts.scheme or 'nothing'}; check the secret and the API URL"
        )
