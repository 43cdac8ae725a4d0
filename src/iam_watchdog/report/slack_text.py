"""A Slack message as a person sees it, in plain text: for a terminal, a test, a reader."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from iam_watchdog.report.escape import lines

WIDTH = 96


def as_text(blocks: Sequence[Mapping[str, Any]], width: int = WIDTH) -> str:
    """Blocks as Slack draws them: paragraphs, bullets, boxes of code, buttons in brackets."""
    return "\n\n".join(part for block in blocks if (part := _block(block, width)))


def _block(block: Mapping[str, Any], width: int) -> str:
    elements: Sequence[Mapping[str, Any]] = block.get("elements", ())
    match block.get("type"):
        case "rich_text":
            return "\n".join(_rich(element, width) for element in elements)
        case "actions":
            return "  ".join(f"[ {_words(button)} ]" for button in elements)
        case "context":
            return _wrap("  ".join(_words(e) for e in elements), width, "  ")
    return _wrap(_words(block), width, "")


def _rich(element: Mapping[str, Any], width: int) -> str:
    inner: Sequence[Mapping[str, Any]] = element.get("elements", ())
    match element.get("type"):
        case "rich_text_preformatted":
            return textwrap.indent("".join(_words(run) for run in inner), "  │ ", lambda _: True)
        case "rich_text_list":
            return "\n".join(_wrap(_rich(row, 10_000), width, "  ", "• ") for row in inner)
    return _wrap("".join(_words(run) for run in inner), width, "")


def _words(value: Mapping[str, Any]) -> str:
    if value.get("type") == "user":
        return f"@{lines(value.get('user_id', ''), 30)}"
    text = value.get("text", "")
    return _words(text) if isinstance(text, Mapping) else lines(text)


def _wrap(text: str, width: int, indent: str, first: str = "") -> str:
    return textwrap.fill(text, width, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False)
