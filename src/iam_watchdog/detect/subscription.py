"""A CloudWatch Logs subscription event, unpacked within bounds; what is cut off is said, what is broken is left out.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from iam_watchdog.detect import moments

UNPACKED = 12 * 1024 * 1024
"""Bytes that a batch may grow to: gzip can make a thousandfold of what it gets."""
_EVENTS = re.compile(r'"logEvents"\s*:\s*\[\s*')
_HEADER = re.compile(r'"(messageType|owner|logGroup|logStream)"\s*:\s*"((?:[^"\\]|\\.){0,600})"')


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One line of a log, or several that the runtime wrote as one."""

    id: str
    at: datetime
    message: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one delivery holds; truncated: there was more than we unpack."""

    owner: str
    log_group: str
    log_stream: str
    events: tuple[LogEvent, ...] = ()
    control: bool = False
    truncated: bool = False


def unpack(event: Mapping[str, Any]) -> Batch:
    """Decode one delivery. Raises ValueError naming the field when the envelope itself is no such event."""
    text, truncated = _inflate(_packed(event))
    body = _cut(text) if truncated else _body(text)
    if not isinstance(body, dict):
        raise ValueError("awslogs.data: expected a JSON object")  # noqa: TRY004 - one error for one cause
    events = body.get("logEvents")
    kept = tuple(e for raw in events if (e := _event(raw))) if isinstance(events, list) else ()
    return Batch(
        owner=_word(body, "owner"),
        log_group=_word(body, "logGroup"),
        log_stream=_word(body, "logStream"),
        events=kept,
        control=body.get("messageType") == "CONTROL_MESSAGE",
        truncated=truncated,
    )


def _packed(event: Mapping[str, Any]) -> bytes:
    logs = event.get("awslogs") if isinstance(event, Mapping) else None
    data = logs.get("data") if isinstance(logs, Mapping) else None
    if not isinstance(data, str):
        raise ValueError("awslogs.data: expected base64 text; only a subscription may call Detect")  # noqa: TRY004
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise ValueError(f"awslogs.data: no base64 ({wrong})") from wrong


def _inflate(packed: bytes) -> tuple[str, bool]:
    stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        raw = stream.decompress(packed, UNPACKED)
    except zlib.error as wrong:
        raise ValueError(f"awslogs.data: no gzip ({wrong})") from wrong
    return raw.decode("utf-8", "replace"), bool(stream.unconsumed_tail) or not stream.eof


def _body(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise ValueError(f"awslogs.data: no JSON ({wrong})") from wrong


def _cut(text: str) -> dict[str, Any]:
    """What can be read of a body whose end is missing: its header and every whole event."""
    body: dict[str, Any] = dict(_HEADER.findall(text[:8_000]))
    start = _EVENTS.search(text[:16_000])
    events, at = [], start.end() if start else len(text)
    decoder = json.JSONDecoder()
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        events.append(value)
        at = text.find("{", at) if text.find("{", at) >= 0 else len(text)
    return {**body, "logEvents": events}


def _event(raw: object) -> LogEvent | None:
    """One event, or None when it is broken: the rest of the batch is still good."""
    if not isinstance(raw, dict) or not isinstance(raw.get("message"), str):
        return None
    stamp = raw.get("timestamp")
    try:
        at = datetime.fromtimestamp(stamp / 1000, UTC) if isinstance(stamp, int | float) else None
    except (ValueError, OverflowError, OSError):
        at = None
    return LogEvent(str(raw.get("id", "")), moments.told(at), raw["message"])


def _word(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name, "")
    return value if isinstance(value, str) else ""
