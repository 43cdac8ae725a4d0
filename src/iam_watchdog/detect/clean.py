"""Take off what the wrapping put on: escapes of nested JSON, margins, hard wraps, typographic quotes."""

from __future__ import annotations

import re

CAP = 262_144
"""Characters of one event that are read; a log event may have a million."""
_WIDTH = 60
_BEGINNING = 20
_SIGN = r"[ \t\u00a0]*+(?:[>#│|!╷╵]|//|\[info\]|\[error\])"
_FIRST = re.compile(_SIGN)
_ANY = re.compile(rf"\n{_SIGN}")
_MARGIN = re.compile(rf"\n(?:{_SIGN}[ \t\u00a0]?)+")
_JOINED = re.compile(r"' \+\n\s*'")
"""Node 12 prints a long string in pieces: https://nodejs.org/docs/latest-v12.x/api/util.html"""
_ANSI = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_MARKS = (("\u00a0", " "), ("“", '"'), ("”", '"'), ("‘", "'"), ("’", "'"), ("\u200b", ""))
_ESCAPES = (('\\"', '"'), ("\\n", "\n"), ("\\t", "\t"), ("\\'", "'"), ("\\/", "/"), ("\\r", "\n"))
"""The usual ones first."""
_CODE_POINT = re.compile(r"\\u([0-9a-fA-F]{4})")
_ENTITIES = (
    ("&quot;", '"'),
    ("&#34;", '"'),
    ("&#x22;", '"'),
    ("&apos;", "'"),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&nbsp;", " "),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&amp;", "&"),
)


def readable(text: str) -> str:
    """The text without its wrapping's escapes; what remains inside a span is as written."""
    if len(text) > CAP:
        text = text[:CAP]
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\n" in text:
        if "' +\n" in text:
            text = _JOINED.sub("", text)
        text = _unwrapped(text)
    if "\\" in text:
        text = _unescaped(text)
        text = _unwrapped(text) if "\n" in text else text
    if "\x1b" in text or "&" in text or not text.isascii():
        text = _undressed(text)
    return text


def _undressed(text: str) -> str:
    """Without colours, typographic quotes and entities."""
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if not text.isascii():
        for mark, plain in _MARKS:
            text = text.replace(mark, plain)
    if "&" in text:
        for entity, plain in _ENTITIES:
            text = text.replace(entity, plain)
    return text


def _unescaped(text: str) -> str:
    """JSON inside JSON doubles its backslashes each time; halving ends after as many rounds as there were levels."""
    while "\\\\" in text:
        text = text.replace("\\\\", "\\")
    for escape, plain in _ESCAPES:
        if "\\" not in text:
            return text
        text = text.replace(escape, plain)
    return _CODE_POINT.sub(_character, text) if "\\u" in text else text


def _character(match: re.Match[str]) -> str:
    """Half a surrogate pair stays escaped: it is no character, and no table or queue would take it."""
    point = int(match.group(1), 16)
    return match.group() if 0xD800 <= point <= 0xDFFF or (point < 0x20 and point != 0x1B) else chr(point)


def _unwrapped(text: str) -> str:
    """Margins go line by line; lines all of one width were cut by a terminal in the middle of words."""
    if _FIRST.match(text) or _ANY.search(text):
        text = _MARGIN.sub("\n", f"\n{text}")[1:]
    width = text.find("\n")
    if width < _WIDTH or text[2 * width + 1 : 2 * width + 2] != "\n":
        return text
    return _joined(text, width)


def _joined(text: str, width: int) -> str:
    """The text without a terminal's breaks, if all its lines are of one width."""
    lines = text.split("\n")
    if len(lines) < 4 or len(lines[-1]) > width or any(len(line) != width for line in lines[:-1]):
        return text
    if lines[0][:_BEGINNING] == lines[1][:_BEGINNING]:
        return text  # The same message over and over.
    indent = min(len(line) - len(line.lstrip(" ")) for line in lines)
    return "".join(line[indent:] for line in lines)
