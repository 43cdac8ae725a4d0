"""Text from outside, made harmless for where it goes; nothing is dropped silently, it is made visible instead."""

from __future__ import annotations

import html as _html
import re

MORE = "…"

# Controls, surrogates, bidirectional marks, zero-width and line-separating characters: none belongs into an ARN, each
# can make a line read as something else (CVE-2021-42574 for the bidirectional ones).
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f"
    "\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_UNSEEN_BUT_LINES = re.compile(f"(?!\n)(?:{_UNSEEN.pattern})")
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\e"}


def line(text: object, limit: int = 500) -> str:
    """One visible line, capped: what cannot be seen is written as an escape, so that it neither acts nor hides."""
    return cap(_UNSEEN.sub(_visible, cap(str(text), limit)), limit)


def lines(text: object, limit: int = 20_000) -> str:
    """The same for a text of several lines: line feeds stay, all else that cannot be seen is written out."""
    plain = cap(str(text), limit).replace("\r\n", "\n").replace("\t", "  ")
    return cap(_UNSEEN_BUT_LINES.sub(_visible, plain), limit)


def cap(text: str, limit: int) -> str:
    """Cut to a length, and show that it was cut."""
    return text if len(text) <= limit else text[: max(limit - len(MORE), 0)] + MORE


def _visible(match: re.Match[str]) -> str:
    char = match[0]
    return _ESCAPES.get(char) or (f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}")


def terminal(text: object, limit: int = 500) -> str:
    """For a terminal: no ANSI sequence, no carriage return, no reordering."""
    return line(text, limit)


def html(text: object, limit: int = 4_000) -> str:
    """For HTML text and quoted attributes."""
    return _html.escape(lines(text, limit), quote=True)


def mrkdwn(text: object, limit: int = 2_900) -> str:
    """For Slack's mrkdwn: no mention, no link, no fence; formatting characters get look-alikes that format nothing."""
    safe = lines(text, limit).translate(_INERT)
    return cap_entities(safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), limit)


# Slack has no escape for its formatting characters (docs.slack.dev, Formatting message text); ASTERISK OPERATOR,
# MODIFIER LETTER LOW MACRON, TILDE OPERATOR and MODIFIER LETTER GRAVE ACCENT look alike and mean nothing to it.
_INERT = str.maketrans({"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"})


def fallback(text: object, limit: int = 3_000) -> str:
    """For the `text` of a Slack message sent with mrkdwn off: entities only, as Slack asks."""
    safe = line(text, limit)
    return cap_entities(safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), limit)


def cap_entities(text: str, limit: int) -> str:
    """Cut escaped text without leaving half an entity."""
    if len(text) <= limit:
        return text
    return re.sub(r"&[a-z]*$", "", text[: limit - len(MORE)]) + MORE


def subject(text: object, limit: int = 99) -> str:
    """For an SNS subject: printable ASCII, one line, fewer than 100 characters, starting with a letter or digit."""
    ascii_only = line(text, 4 * limit).encode("ascii", "replace").decode().strip()
    start = re.sub(r"^[^A-Za-z0-9]+", "", ascii_only) or "IAM Watchdog"
    return start if len(start) <= limit else start[: limit - 3] + "..."


def metric(text: object, limit: int = 250) -> str:
    """For an EMF dimension: printable ASCII, never empty, never starting with a colon (CloudWatch refuses these)."""
    safe = re.sub(r"[^\x20-\x7e]", "?", line(text, limit)).strip().lstrip(":")
    return safe[:limit] or "unknown"
