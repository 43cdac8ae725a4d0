"""Slack's limits on the blocks of a message: what it would refuse with invalid_blocks.

https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

MAX_BLOCKS = 50
type Json = Mapping[str, Any]


def problems(blocks: object) -> list[str]:
    """List what Slack would object to, each with its place; empty when it would show the message."""
    if not isinstance(blocks, list) or not all(isinstance(block, Mapping) for block in blocks):
        return ["blocks: not a list of objects"]
    found = [f"no more than {MAX_BLOCKS} items allowed [json-pointer:/blocks]"] if len(blocks) > MAX_BLOCKS else []
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    found += ["block_id already exists [json-pointer:/blocks]"] if len(ids) != len(set(ids)) else []
    for number, block in enumerate(blocks):
        found += [f"{problem} [json-pointer:/blocks/{number}]" for problem in _block(block)]
    return found


def _block(block: Json) -> Iterator[str]:
    yield from _length(block, "block_id", 255)
    check = BLOCKS.get(str(block.get("type")))
    if check is None:
        yield f"unsupported type: {block.get('type')}"
    else:
        yield from check(block)


def _section(block: Json) -> Iterator[str]:
    if not block.get("text") and not block.get("fields"):
        yield "missing required field: text or fields"
    if "text" in block:
        yield from _text(block["text"], 3000)
    if len(block.get("fields", ())) > 10:
        yield "no more than 10 fields allowed"
    for field in block.get("fields", ()):
        yield from _text(field, 2000)
    if accessory := block.get("accessory"):
        yield from _element(accessory)


def _header(block: Json) -> Iterator[str]:
    yield from _text(block.get("text"), 150, plain=True)


def _context(block: Json) -> Iterator[str]:
    if not 1 <= len(block.get("elements", ())) <= 10:
        yield "context must have 1 to 10 elements"
    for element in block.get("elements", ()):
        if element.get("type") != "image":
            yield from _text(element, 2000)


def _actions(block: Json) -> Iterator[str]:
    elements = block.get("elements", ())
    if not 1 <= len(elements) <= 25:
        yield "actions must have 1 to 25 elements"
    ids = [element.get("action_id") for element in elements if element.get("action_id")]
    if len(ids) != len(set(ids)):
        yield "action_id already exists in this block"
    for element in elements:
        yield from _element(element)


def _element(element: Json) -> Iterator[str]:
    yield from _length(element, "action_id", 255)
    if element.get("type") == "button":
        yield from _text(element.get("text"), 75, plain=True)
        yield from _length(element, "value", 2000)
        yield from _length(element, "url", 3000)
        if element.get("style", "primary") not in ("primary", "danger"):
            yield f"invalid style: {element['style']}"
    elif "select" in str(element.get("type")) or element.get("type") == "overflow":
        yield from _options(element)
    if confirm := element.get("confirm"):
        yield from _confirm(confirm)


def _options(element: Json) -> Iterator[str]:
    options = element.get("options", ())
    if element.get("type") in ("static_select", "overflow") and not 1 <= len(options) <= 100:
        yield "1 to 100 options allowed"
    for option in options:
        yield from _text(option.get("text"), 75)
        yield from _length(option, "value", 150)


def _confirm(confirm: Json) -> Iterator[str]:
    limits = {"title": (100, True), "text": (300, False), "confirm": (30, True), "deny": (30, True)}
    for name, (limit, plain) in limits.items():
        yield from _text(confirm.get(name), limit, plain=plain)


def _markdown(block: Json) -> Iterator[str]:
    if not 1 <= len(str(block.get("text", ""))) <= 12_000:
        yield "text must be 1 to 12000 characters"


def _image(block: Json) -> Iterator[str]:
    if not block.get("alt_text") or not (block.get("image_url") or block.get("slack_file")):
        yield "image needs alt_text and a source"


def _rich_text(block: Json) -> Iterator[str]:
    if not block.get("elements"):
        yield "rich_text needs elements"


def _nothing(block: Json) -> Iterator[str]:
    return iter(())


BLOCKS: dict[str, Callable[[Json], Iterator[str]]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "markdown": _markdown,
    "image": _image,
    "rich_text": _rich_text,
    "divider": _nothing,
}


def _text(text: object, limit: int, *, plain: bool = False) -> Iterator[str]:
    if not isinstance(text, Mapping) or not isinstance(text.get("text"), str):
        yield "missing required field: text"
        return
    if text.get("type") not in (("plain_text",) if plain else ("plain_text", "mrkdwn")):
        yield f"invalid text type: {text.get('type')}"
    if not 1 <= len(text["text"]) <= limit:
        yield f"text must be 1 to {limit} characters, not {len(text['text'])}"


def _length(thing: Json, name: str, limit: int) -> Iterator[str]:
    if len(str(thing.get(name, ""))) > limit:
        yield f"{name} must be no more than {limit} characters"
