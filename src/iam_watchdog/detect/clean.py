"""Take off what the wrapping put on: escapes of nested JSON, margins, hard wraps, typographic quotes."""

from __future__ import annotations

import re

CAP = 262_144
"""Characters of one event that are read; a log event may have a million."""
_WIDTH = 60
_MARGIN = re.compile(r"\n[ \t]*(?:(?:[>#│|!╷╵]|//|\[info\]|\[error\])[ \t]*)+(?=\S)")
_MARKS = (("\u00a0", " "), ("“", '"'), ("”", '"'), ("‘", "'"), ("’", "'"), ("\u200b", ""))
_ESCAPES = (
    ('\\"', '"'),
    ("\\'", "'"),
    ("\\/", "/"),
    ("\\n", "\n"),
    ("\\r", "\n"),
    ("\\t", "\t"),
    ("\\u00a0", " "),
    ("\\u0022", '"'),
    ("\\u0027", "'"),
)
_ENTITIES = (
    ("&quot;", '"'),
    ("&#34;", '"'),
    ("&#x22;", '"'),
    ("&apos;", "'"),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&nbsp;", " "),
)


def readable(text: str) -> str:
    """The text without its wrapping's escapes; what remains inside a span is as written."""
    text = text[:CAP]
    if "\\" in text:
        text = _unescaped(text)
    if not text.isascii():
        for mark, plain in _MARKS:
            text = text.replace(mark, plain)
    if "&" in text:
        for entity, plain in _ENTITIES:
            text = text.replace(entity, plain)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _unwrapped(text) if "\n" in text else text


def _unescaped(text: str) -> str:
    """JSON inside JSON doubles its backslashes each time; halving ends after as many rounds as there were levels."""
    while "\\\\" in text:
        text = text.replace("\\\\", "\\")
    for escape, plain in _ESCAPES:
        if escape in text:
            text = text.replace(escape, plain)
    return text


def _unwrapped(text: str) -> str:
    """Lines all of one width were cut by a terminal in the middle of words; other margins go line by line."""
    lines = text.split("\n")
    width = len(lines[0])
    if (
        len(lines) > 3
        and width >= _WIDTH
        and all(len(line) == width for line in lines[:-1])
        and len(lines[-1]) <= width
    ):
        return "".join(lines)
    return _MARGIN.sub("\n", text)
