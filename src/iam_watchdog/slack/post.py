"""Posts to Slack: with a bot token (threads and edits) or through an incoming webhook (messages only).

Nothing is swallowed: what may pass later is a transient CannotWrite, what Slack refuses for good is a lasting one.
The queue is the retry, so slack_sdk's own retries are off; nothing is sent before a Retry-After is over.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from iam_watchdog.ports import CannotWrite, Clock
from iam_watchdog.report.slack import Post
from iam_watchdog.slack.faults import Closed, faults, refusal

API = "https://slack.com/api/"
TIMEOUT = 5


class Channel(Protocol):
    """A place where a message can be posted; "" as the answer means that it cannot be referred to later."""

    name: str

    def post(self, post: Post, thread: str = "") -> str:
        """Post, in a thread if one is given; returns the message's ts. Raises CannotWrite."""

    def edit(self, ts: str, post: Post) -> bool:
        """Draw a message anew; False where that is not possible. Raises CannotWrite."""


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
        with faults(self.closed):
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
        with faults(self.closed):
            answer = self._client.send(text=post.text, blocks=list(post.blocks))
        if answer.status_code != 200 or answer.body != "ok":
            raise refusal(answer.status_code, answer.body, answer.headers, self.closed)
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


def _only_https(url: str) -> None:
    """Cleartext is for a receiver on this very machine only."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}):
        raise ValueError(
            f"Slack URL: expected https, got {parts.scheme or 'nothing'}; check the secret and the API URL"
        )
