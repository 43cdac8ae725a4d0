"""Policy variables: `${aws:username}`, `${key, 'default'}` and the escapes `${*} ${?} ${$}`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from iam_watchdog.policy.call import Call
from iam_watchdog.policy.wildcards import Piece, pieces

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_INSIDE = re.compile(r"\s*([^,]*?)\s*(?:,\s*'([^']*)'\s*)?")


@dataclass(frozen=True, slots=True)
class Variable:
    """A context key (in lower case) to be put in, and what to take when the request has no such key."""

    key: str
    default: str | None = None


type Part = Piece | Variable
type Resolved = tuple[Piece, ...] | Literal[False] | None
"""The pieces; False: a variable has no value; None: nobody knows its value."""


@lru_cache(maxsize=8192)
def template(text: str, wildcards: bool = True) -> tuple[Part, ...]:
    """Split a value into text, wildcards and variables; an unfinished `${` is plain text."""
    parts: list[Part] = []
    at = 0
    for found in _VARIABLE.finditer(text):
        parts += _plain(text[at : found.start()], wildcards)
        parts.append(_variable(found[1]))
        at = found.end()
    return (*parts, *_plain(text[at:], wildcards))


def _plain(text: str, wildcards: bool) -> tuple[Part, ...]:
    if wildcards:
        return pieces(text)
    return (text,) if text else ()


def _variable(inside: str) -> Part:
    if inside in ("*", "?", "$"):
        return inside
    read = _INSIDE.fullmatch(inside)
    return Variable(read[1].lower(), read[2]) if read else Variable(inside.lower())


def resolve(parts: tuple[Part, ...], call: Call) -> Resolved:
    """Put the values in; what a value brings is plain text, also a star. A list is no value."""
    result: list[Piece] = []
    for part in parts:
        value = _value(part, call) if isinstance(part, Variable) else part
        if value is None or value is False:
            return value
        result.append(value)
    return tuple(result)


def _value(variable: Variable, call: Call) -> str | Literal[False] | None:
    values = call.values(variable.key)
    if values is None:
        return None
    if values is False or call.several(variable.key, values):
        return False if variable.default is None else variable.default
    return values[0]


def keys(parts: tuple[Part, ...]) -> tuple[str, ...]:
    """The context keys that a value reads."""
    return tuple(part.key for part in parts if isinstance(part, Variable))
