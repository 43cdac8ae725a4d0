"""The wildcards `*` and `?` as regular expressions that cannot backtrack exponentially."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache


class Wild(Enum):
    """A wildcard that acts, as against a `*` that came out of a variable and is a plain character."""

    STAR = "*"
    ONE = "?"


type Piece = str | Wild

_SPLIT = re.compile(r"([*?])")


def pieces(text: str) -> tuple[Piece, ...]:
    """Split a pattern into plain text and wildcards."""
    return tuple(Wild(part) if part in ("*", "?") else part for part in _SPLIT.split(text) if part)


def expression(parts: Iterable[Piece], dot: str = ".", tail: str = "") -> str:
    """A regular expression for the parts; `dot` is what a wildcard may stand for, `tail` for one at the very end.

    Everything up to the last star is matched leftmost and never retried (atomic groups): for wildcards the leftmost
    match is always good enough, and the time stays linear.
    """
    chunks: list[str] = [""]
    for part in parts:
        if part is Wild.STAR:
            chunks.append("")
        else:
            chunks[-1] += dot if isinstance(part, Wild) else re.escape(part)
    first, *rest = chunks
    if not rest:
        return first
    middle = "".join(f"(?>{dot}*?{chunk})" for chunk in rest[:-1] if chunk)
    last = rest[-1]
    return f"{first}{middle}{(tail if tail and not last else dot)}*{last}"


@lru_cache(maxsize=8192)
def compiled(text: str) -> re.Pattern[str]:
    """A compiled expression in which `.` is any character; used with fullmatch."""
    return re.compile(text, re.DOTALL)


def wild(text: str) -> bool:
    """Does the pattern hold a wildcard at all?"""
    return "*" in text or "?" in text


def everything(text: str) -> bool:
    """Only stars: matches whatever there is."""
    return bool(text) and not text.strip("*")
