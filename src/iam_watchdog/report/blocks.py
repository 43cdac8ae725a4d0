"""Block Kit's bricks, each cut to Slack's limits; what comes from outside goes into rich text, where nothing is markup.

https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from iam_watchdog.report.escape import cap, fallback, line, lines

type Block = dict[str, Any]

TOGETHER = 10_500
"""Slack refuses a message whose blocks are too long as a whole (`msg_blocks_too_long`, length undocumented)."""
PREFORMATTED = 2_900
"""A section's text may have 3,000 characters; rich text is not documented, so the same is kept."""


def text(words: str, *, bold: bool = False, code: bool = False) -> Block:
    """One run of literal text; Slack refuses an empty one."""
    style = {name: True for name, on in (("bold", bold), ("code", code)) if on}
    run: Block = {"type": "text", "text": lines(words, 2_900) or " "}
    return {**run, "style": style} if style else run


def rich(*paragraphs: Sequence[Block]) -> Block:
    """Paragraphs of runs."""
    sections = [{"type": "rich_text_section", "elements": list(runs)} for runs in paragraphs if runs]
    return {"type": "rich_text", "elements": sections}


def bullets(items: Sequence[str], people: Sequence[str] = ()) -> Block:
    """A list of literal lines; Slack writes the names of `people`, who are Slack user ids, in their place."""
    rows = [{"type": "rich_text_section", "elements": named(item, people)} for item in items]
    return {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": rows}]}


def named(item: str, people: Sequence[str]) -> list[Block]:
    """Literal text in which Slack writes the names of `people` for their ids."""
    ids = [who for who in people if re.fullmatch(r"[UW][A-Z0-9]{2,20}", who)]
    if not ids:
        return [text(item)]
    parts = re.split(f"({'|'.join(ids)})", item)
    return [{"type": "user", "user_id": part} if part in ids else text(part) for part in parts if part]


def preformatted(code: str, limit: int = PREFORMATTED) -> Block:
    """Code to copy; a whole document or, cut, a beginning that says so."""
    shown = lines(code, 100_000)
    if len(shown) > limit:
        shown = cap(shown, limit - 60) + "\n(cut here: the whole text is in the full report)"
    run = [{"type": "text", "text": shown or " "}]
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": run}]}


def context(*words: str) -> Block:
    """Small print; plain text, so that nothing in it is markup."""
    elements = [_plain(w, 1_900) for w in words[:10]]
    return {"type": "context", "elements": elements}


def button(action: str, words: str, value: str, *, style: str = "", confirm: Block | None = None) -> Block:
    """A button whose value is a reference, never a payload."""
    out: Block = {"type": "button", "action_id": action, "text": _plain(words, 75), "value": value[:2_000]}
    out |= {"style": style} if style else {}
    return out | ({"confirm": confirm} if confirm else {})


def confirm(title: str, words: str, yes: str, *, style: str = "primary") -> Block:
    """The question before a button acts."""
    return {
        "title": _plain(title, 100),
        "text": _plain(words, 300),
        "confirm": _plain(yes, 30),
        "deny": _plain("Not now", 30),
        "style": style,
    }


def actions(buttons: Sequence[Block], block_id: str) -> Block:
    """A row of buttons."""
    return {"type": "actions", "block_id": block_id[:255], "elements": list(buttons)[:5]}


def _plain(words: str, limit: int) -> Block:
    return {"type": "plain_text", "text": line(words, limit) or " ", "emoji": False}


def fit(drawn: Sequence[Block], budget: int = TOGETHER) -> tuple[Block, ...]:
    """Cut the rich texts that come last until all together fit; buttons and small print stay whole."""
    left = budget
    out = []
    for block in drawn[:50]:
        whole = block if block["type"] != "rich_text" else _cut(block, left)
        left -= _length(whole)
        out.append(whole)
    return tuple(out)


def _cut(block: Block, left: int) -> Block:
    """Share what is left among the block's runs, first come first served."""
    out = {**block, "elements": []}
    for element in block["elements"]:
        out["elements"].append(_shorter(element, left))
        left -= _length(out["elements"][-1])
    return out


def _shorter(element: Block, left: int) -> Block:
    if "text" in element:
        return {**element, "text": cap(element["text"], max(left, 1))}
    return _cut(element, left) if "elements" in element else element


def length(drawn: Sequence[Block]) -> int:
    """Characters of all of them that count towards what Slack takes together."""
    return sum(map(_length, drawn))


def _length(block: Block) -> int:
    words = block.get("text")
    own = len(words) if isinstance(words, str) and block["type"] == "text" else 0
    return own + sum(_length(inner) for inner in block.get("elements", ()))


def fallback_text(words: str) -> str:
    """What notifications and screen readers show instead of the blocks."""
    return fallback(words)
