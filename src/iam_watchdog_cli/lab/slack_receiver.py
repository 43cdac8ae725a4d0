"""A local Slack: answers the Web API, webhooks and response URLs as Slack does, records, and refuses what it refuses.

https://docs.slack.dev/reference/methods/chat.postMessage
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from iam_watchdog_cli.lab import slack_limits

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Workspace:
    """One team with one channel and one app; everything that is secret is made new for each lab."""

    bot_token: str
    signing_secret: str
    channel: str
    team: str
    app: str
    hook: str
    """The secret part of the webhook's and the response URL's path."""


@dataclass
class Answer:
    """What goes back over HTTP."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """Slack's error code for what was asked."""


@dataclass
class Slack:
    """Holds what was posted; `record` is given each request and what became of it."""

    workspace: Workspace
    record: Callable[[Json], None]
    messages: dict[str, Json] = field(default_factory=dict)
    limited: int = 0
    """How many more calls are answered with 429."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    _last: int = 0

    def api(self, method: str, token: str, asked: Json) -> Answer:
        """One call of the Web API: errors come with status 200 and ok false, as on Slack, but for 429."""
        with self.lock:
            if self.limited:
                self.limited -= 1
                self._note(method, asked, "ratelimited")
                return Answer(429, json.dumps({"ok": False, "error": "ratelimited"}), {"Retry-After": "1"})
            try:
                answer = self._answer(method, token, asked)
            except Refused as refused:
                self._note(method, asked, str(refused))
                return Answer(200, json.dumps({"ok": False, "error": str(refused)}))
            self._note(method, asked | {"ts": answer.get("ts", asked.get("ts", ""))}, "")
            return Answer(200, json.dumps({"ok": True} | answer))

    def _answer(self, method: str, token: str, asked: Json) -> Json:
        if not token:
            raise Refused("not_authed")
        if token != self.workspace.bot_token:
            raise Refused("invalid_auth")
        known = METHODS.get(method)
        if known is None:
            raise Refused("unknown_method")
        return known(self, asked)

    def post(self, asked: Json) -> Json:
        """chat.postMessage: a new message, or a reply in a thread that exists."""
        self._channel(asked)
        _content(asked)
        if (thread := asked.get("thread_ts")) and thread not in self.messages:
            raise Refused("thread_not_found")
        ts = self._ts()
        self.messages[ts] = asked
        return {"channel": self.workspace.channel, "ts": ts, "message": asked | {"ts": ts}}

    def update(self, asked: Json) -> Json:
        """chat.update: only of a message that this app posted."""
        self._channel(asked)
        if asked.get("ts") not in self.messages:
            raise Refused("message_not_found")
        _content(asked)
        self.messages[asked["ts"]] = asked
        return {"channel": self.workspace.channel, "ts": asked["ts"], "text": asked.get("text", "")}

    def ephemeral(self, asked: Json) -> Json:
        """chat.postEphemeral: seen by one user, kept by nobody."""
        self._channel(asked)
        if not asked.get("user"):
            raise Refused("user_not_in_channel")
        _content(asked)
        return {"message_ts": self._ts()}

    def test(self, asked: Json) -> Json:
        """auth.test: who the token is."""
        return {"team_id": self.workspace.team, "user_id": "UBOT", "bot_id": "BBOT", "app_id": self.workspace.app}

    def view(self, asked: Json) -> Json:
        """views.open: a modal."""
        if not asked.get("trigger_id"):
            raise Refused("invalid_arguments")
        return {"view": asked.get("view", {})}

    def hook(self, kind: str, asked: Json) -> Answer:
        """An incoming webhook or a response URL: plain text back."""
        with self.lock:
            if self.limited:
                self.limited -= 1
                self._note(kind, asked, "ratelimited")
                return Answer(429, "rate_limited", {"Retry-After": "1"})
            try:
                _content(asked)
            except Refused as refused:
                self._note(kind, asked, str(refused))
                return Answer(400, str(refused))
            self._note(kind, asked, "")
            return Answer(200, "ok")

    def _channel(self, asked: Json) -> None:
        if asked.get("channel") != self.workspace.channel:
            raise Refused("channel_not_found")

    def _ts(self) -> str:
        self._last = max(self._last + 1, int(time.time() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def _note(self, method: str, asked: Json, error: str) -> None:
        self.record({"at": time.time(), "method": method, "ok": not error, "error": error or None} | asked)


METHODS: Mapping[str, Callable[[Slack, Json], Json]] = {
    "chat.postMessage": Slack.post,
    "chat.update": Slack.update,
    "chat.postEphemeral": Slack.ephemeral,
    "auth.test": Slack.test,
    "views.open": Slack.view,
}


def _content(asked: Json) -> None:
    blocks = asked.get("blocks")
    if not asked.get("text") and not blocks and not asked.get("attachments"):
        raise Refused("no_text")
    if blocks and slack_limits.problems(blocks):
        raise Refused("invalid_blocks")
    if len(str(asked.get("text", ""))) > 40_000:
        raise Refused("msg_too_long")


def arguments(content_type: str, body: bytes) -> Json:
    """Read what was sent, as JSON or as a form whose `blocks` is JSON. ValueError: neither."""
    if "json" in content_type:
        sent = json.loads(body or b"{}")
        if not isinstance(sent, dict):
            raise ValueError("not an object")
        return sent
    form: Json = dict(parse_qsl(body.decode()))
    for name in ("blocks", "view", "payload"):
        if name in form:
            form[name] = json.loads(form[name])
    return form
