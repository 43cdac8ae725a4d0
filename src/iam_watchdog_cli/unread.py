"""What could not be read, told once for each reason: one missing permission of ours is one line, not nine."""

from __future__ import annotations

from collections.abc import Iterable


def grouped(lines: Iterable[str]) -> tuple[str, ...]:
    """`what: why` lines with the same why as one: `this, that: why`."""
    reasons: dict[str, list[str]] = {}
    for line in lines:
        what, _, why = line.partition(": ")
        reasons.setdefault(why, []).append(what)
    return tuple(": ".join(part for part in (", ".join(whats), why) if part) for why, whats in reasons.items())
