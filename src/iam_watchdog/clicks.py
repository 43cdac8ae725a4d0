"""A click as it comes: size, encoding and signature first, only then what it says."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from iam_watchdog.slack.signature import verify

LONGEST = 64 * 1024
"""Bytes; Slack's payloads are far smaller, and nothing longer is even hashed."""
BUTTONS = ("apply", "dismiss", "snooze", "report", "undo")
VALUE = re.compile(r"([0-9a-f]{20}):([0-9a-f]{64})?:([A-Za-z0-9_-]{1,64})?")
"""incident:plan-hash:nonce, as the message was drawn; the hash is empty for advice."""


class Rejected(ValueError):
    """A request that Slack did not sign, or that is no click of ours; `status` is the HTTP answer."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def signed_body(event: Mapping[str, Any], secret: str, now: datetime) -> bytes:
    """The raw body of a function URL event, if Slack signed it with this secret just now. Raises Rejected."""
    body = _raw(event)
    if len(body) > LONGEST:
        raise Rejected(413, f"body: longer than {LONGEST} bytes")
    given = event.get("headers")
    headers = {str(k).lower(): str(v) for k, v in given.items()} if isinstance(given, Mapping) else {}
    stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if not verify(secret, stamp, body, signature, now):
        raise Rejected(401, "headers: no signature of Slack's that is good for this body now")
    return body


def _raw(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") if isinstance(event, Mapping) else None
    if not isinstance(body, str) or not body:
        raise Rejected(400, "body: expected the form that Slack posts")
    if len(body) > 2 * LONGEST:
        raise Rejected(413, f"body: longer than {LONGEST} bytes")
    try:
        return base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except (binascii.Error, ValueError) as wrong:
        raise Rejected(400, f"body: {type(wrong).__name__}") from wrong


@dataclass(frozen=True, slots=True)
class Click:
    """A button as it was pressed; everything in it was signed by Slack, and nothing in it is believed about a plan."""

    button: str
    incident: str
    plan: str
    nonce: str
    user: str
    team: str
    app: str
    channel: str
    message: str
    url: str
    """Where to answer this person."""


def read(body: bytes) -> Click:
    """Read a signed body. Raises Rejected."""
    try:
        form = parse_qs(body.decode("utf-8"), strict_parsing=True, max_num_fields=8)
        payload = json.loads(form["payload"][0])
        return _click(payload, payload["actions"][0])
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as wrong:
        raise Rejected(400, f"body: no click on a button of ours ({type(wrong).__name__})") from wrong


def _click(payload: Mapping[str, Any], action: Mapping[str, Any]) -> Click:
    if payload["type"] != "block_actions":
        raise ValueError("type")
    value = VALUE.fullmatch(_text(action, "value"))
    if value is None or action["action_id"] not in BUTTONS:
        raise ValueError("actions[0]")
    container = payload.get("container") or {}
    return Click(
        button=_text(action, "action_id"),
        incident=value[1],
        plan=value[2] or "",
        nonce=value[3] or "",
        user=_text(payload["user"], "id"),
        team=_text(payload["team"], "id"),
        app=_text(payload, "api_app_id"),
        channel=_text(payload.get("channel") or {"id": container.get("channel_id", "")}, "id"),
        message=_text(container, "message_ts") if container else "",
        url=str(payload.get("response_url") or ""),
    )


def _text(data: Mapping[str, Any], name: str) -> str:
    if not isinstance(data[name], str):
        raise TypeError(name)
    return str(data[name])
