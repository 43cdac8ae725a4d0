"""How values are written so that they stay values: nothing that a stranger named can end a string or a comment."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_PLAIN_KEY = re.compile(r"(?!(?:true|false|yes|no|on|off|null|y|n)\Z)[A-Za-z][A-Za-z0-9]*\Z", re.IGNORECASE)
"""Not the words that YAML reads as a boolean or nothing: `Null` is a condition operator too."""
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def quoted(text: str) -> str:
    """A double-quoted string that YAML and HCL read alike; unprintable and bidi characters become escapes."""
    return '"' + "".join(_SHORT.get(c) or (c if c.isprintable() else _escape(c)) for c in text) + '"'


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def one_line(text: str) -> str:
    """Text for a comment: on one line, without control or bidi characters."""
    return quoted(text)[1:-1].replace('\\"', '"')


def json_text(value: object, indent: int | None = 2) -> str:
    """JSON for people: readable letters stay, whatever does not print is escaped."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, separators=(",", ":") if indent is None else None)
    return "".join(c if c == "\n" or c.isprintable() else json.dumps(c)[1:-1] for c in text)


def yaml_text(value: object, indent: int = 0) -> str:
    """YAML in block style; every string is quoted, so that no value turns into a number, a date or a tag."""
    return "\n".join(_yaml(value, " " * indent))


def _yaml(value: object, pad: str) -> list[str]:
    if isinstance(value, Mapping) and value:
        return [line for key, item in value.items() for line in _entry(f"{pad}{yaml_key(str(key))}:", item, pad + "  ")]
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        return [line for item in value for line in _item(item, pad)]
    return [pad + _scalar(value)]


def _entry(head: str, item: object, pad: str) -> list[str]:
    if isinstance(item, Mapping | list | tuple) and item:
        return [head, *_yaml(item, pad)]
    return [f"{head} {_scalar(item)}"]


def _item(item: object, pad: str) -> list[str]:
    lines = _yaml(item, pad + "  ")
    return [f"{pad}- {lines[0].lstrip()}", *lines[1:]]


def _scalar(value: object) -> str:
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def yaml_key(key: str) -> str:
    """A key, quoted unless it is a plain word."""
    return key if _PLAIN_KEY.match(key) else quoted(key)


def python_text(value: Any, indent: int = 0) -> str:
    """A Python literal over several lines, as a formatter would leave it."""
    pad = " " * (indent + 4)
    if isinstance(value, Mapping) and value:
        rows = [f"{pad}{ascii(key)}: {python_text(item, indent + 4)},\n" for key, item in value.items()]
        return "{\n" + "".join(rows) + " " * indent + "}"
    if isinstance(value, list | tuple) and value:
        rows = [f"{pad}{python_text(item, indent + 4)},\n" for item in value]
        return "[\n" + "".join(rows) + " " * indent + "]"
    return ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)


def identifier(*parts: str) -> str:
    """A name for a logical id or a Terraform label: letters and digits only, never starting with a digit."""
    words = re.findall(r"[A-Za-z0-9]+", " ".join(parts))
    name = "".join(word[:1].upper() + word[1:] for word in words)[:120]
    return name if name[:1].isalpha() else f"Watchdog{name}"
