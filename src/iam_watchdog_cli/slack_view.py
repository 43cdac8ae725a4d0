"""Draws a Slack message in a terminal, as a person would see it: blocks in a frame, buttons as buttons."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from iam_watchdog.report.escape import line

type Json = Mapping[str, Any]

WIDTH = 100
LONGEST = 28
"""Lines of code shown of one block; the rest is counted."""


def draw(message: Json, who: str = "IAM Watchdog") -> str:
    """The framed message; nothing in it can move the cursor or hide."""
    body = [row for block in message.get("blocks") or () for row in _block(block)]
    if not body:
        body = list(_wrapped(str(message.get("text", ""))))
    top = f"┌─ {who} {'in a thread ' if message.get('thread_ts') else ''}"
    return "\n".join([top + "─" * (WIDTH - len(top)), *(f"│ {row}".rstrip() for row in body), "└" + "─" * (WIDTH - 1)])


def _block(block: Json) -> Iterator[str]:
    match block.get("type"):
        case "header" | "section":
            yield from _wrapped(_plain(block.get("text")))
            for field in block.get("fields", ()):
                yield from _wrapped(_plain(field))
        case "rich_text":
            for element in block["elements"]:
                yield from _rich(element)
        case "context":
            yield from _wrapped(" ".join(_plain(element) for element in block["elements"]))
        case "actions":
            yield "  ".join(f"[ {_plain(button.get('text'))} ]" for button in block["elements"])
        case "divider":
            yield "─" * 20
        case _:
            yield from _wrapped(_plain(block.get("text")))


def _rich(element: Json) -> Iterator[str]:
    match element["type"]:
        case "rich_text_preformatted":
            rows = [part for row in _runs(element).splitlines() for part in _code(row)]
            yield from (f"    {row}" for row in rows[:LONGEST])
            if len(rows) > LONGEST:
                yield f"    … {len(rows) - LONGEST} more lines"
        case "rich_text_list":
            for item in element["elements"]:
                yield from _wrapped(_runs(item), first="• ", then="  ")
        case _:
            yield from _wrapped(_runs(element))


def _code(row: str) -> Iterator[str]:
    """A row of code, cut hard where it is too long, so that it stays the same when it is copied and joined."""
    safe = line(row, 3_000)
    yield from (safe[at : at + WIDTH - 8] for at in range(0, max(len(safe), 1), WIDTH - 8))


def _runs(element: Json) -> str:
    return "".join(_run(run) for run in element["elements"])


def _run(run: Json) -> str:
    return f"@{run.get('user_id')}" if run.get("type") == "user" else str(run.get("text", run.get("url", "")))


def _plain(text: object) -> str:
    return str(text.get("text", "")) if isinstance(text, Mapping) else str(text or "")


def _wrapped(text: str, first: str = "", then: str = "") -> Iterator[str]:
    for row in text.splitlines() or [""]:
        rows = textwrap.wrap(
            line(row, 3_000), WIDTH - 4, initial_indent=first, subsequent_indent=then, break_on_hyphens=False
        )
        yield from rows or [""]
