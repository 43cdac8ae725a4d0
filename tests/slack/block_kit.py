"""What Slack refuses, as a list of objections: the limits of Block Kit, of chat.postMessage and of chat.update.

https://docs.slack.dev/reference/block-kit/blocks and what slack_sdk 3.47 enforces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

TOTAL = 13_200
"""Characters of all texts together; Slack answers `msg_blocks_too_long` at a length that it does not document."""


def objections(text: str, blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Everything that Slack would refuse about a message; [] for one that it takes."""
    found = list(_message(text, blocks))
    for place, block in enumerate(blocks):
        check = _BLOCKS.get(str(block.get("type")))
        where = f"blocks[{place}]"
        found += list(check(block, where)) if check else [f"{where}: type {block.get('type')!r} is not known"]
    return found


def _message(text: str, blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from _length(text, 1, 4_000, "text")
    if len(blocks) > 50:
        yield f"blocks: {len(blocks)} are more than 50"
    ids = [b["block_id"] for b in blocks if "block_id" in b]
    if len(ids) != len(set(ids)):
        yield "blocks: a block_id stands twice"
    if (total := sum(len(t) for t in texts(blocks))) > TOTAL:
        yield f"blocks: {total} characters are more than {TOTAL}"


def texts(value: object) -> Iterator[str]:
    """Every text of a message, as people read them."""
    if isinstance(value, Mapping):
        if isinstance(value.get("text"), str):
            yield str(value["text"])
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from texts(inner)


def _length(text: object, least: int, most: int, where: str) -> Iterator[str]:
    if not isinstance(text, str):
        yield f"{where}: expected a string"
    elif not least <= len(text) <= most:
        yield f"{where}: {len(text)} characters, allowed {least} to {most}"


def _strange(value: Mapping[str, Any], known: set[str], where: str) -> Iterator[str]:
    yield from (f"{where}: {name!r} is not known" for name in value if name not in known)


def _plain(value: object, most: int, where: str) -> Iterator[str]:
    if not isinstance(value, Mapping) or value.get("type") != "plain_text":
        yield f"{where}: expected plain_text"
        return
    yield from _strange(value, {"type", "text", "emoji"}, where)
    yield from _length(value.get("text"), 1, most, where)


def _text_object(value: object, most: int, where: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value.get("type") == "mrkdwn":
        yield from _strange(value, {"type", "text", "verbatim"}, where)
        yield from _length(value.get("text"), 1, most, where)
    else:
        yield from _plain(value, most, where)


def _header(block: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _strange(block, {"type", "text", "block_id"}, where)
    yield from _plain(block.get("text"), 150, f"{where}.text")


def _section(block: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _strange(block, {"type", "text", "fields", "block_id", "accessory"}, where)
    fields = block.get("fields", ())
    if "text" not in block and not fields:
        yield f"{where}: neither text nor fields"
    if "text" in block:
        yield from _text_object(block["text"], 3_000, f"{where}.text")
    if len(fields) > 10:
        yield f"{where}.fields: {len(fields)} are more than 10"
    for place, item in enumerate(fields):
        yield from _text_object(item, 2_000, f"{where}.fields[{place}]")


def _context(block: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _strange(block, {"type", "elements", "block_id"}, where)
    if not 1 <= len(block.get("elements", ())) <= 10:
        yield f"{where}.elements: expected 1 to 10"
    for place, item in enumerate(block.get("elements", ())):
        yield from _text_object(item, 2_000, f"{where}.elements[{place}]")


def _actions(block: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _strange(block, {"type", "elements", "block_id"}, where)
    yield from _length(block.get("block_id", "x"), 1, 255, f"{where}.block_id")
    row = block.get("elements", ())
    if not 1 <= len(row) <= 25:
        yield f"{where}.elements: expected 1 to 25"
    ids = [button.get("action_id") for button in row]
    if len(ids) != len(set(ids)):
        yield f"{where}: an action_id stands twice"
    for place, button in enumerate(row):
        yield from _button(button, f"{where}.elements[{place}]")


def _button(button: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _strange(button, {"type", "action_id", "text", "value", "style", "confirm", "url"}, where)
    if button.get("type") != "button":
        yield f"{where}: expected a button"
    yield from _length(button.get("action_id"), 1, 255, f"{where}.action_id")
    yield from _plain(button.get("text"), 75, f"{where}.text")
    yield from _length(button.get("value", "x"), 1, 2_000, f"{where}.value")
    if button.get("style", "primary") not in {"primary", "danger"}:
        yield f"{where}.style: {button['style']!r}"
    if "confirm" in button:
        yield from _confirm(button["confirm"], f"{where}.confirm")


def _confirm(dialog: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _strange(dialog, {"title", "text", "confirm", "deny", "style"}, where)
    for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from _plain(dialog.get(name), most, f"{where}.{name}")


def _divider(block: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _strange(block, {"type", "block_id"}, where)


def _rich_text(block: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _strange(block, {"type", "elements", "block_id"}, where)
    if not block.get("elements"):
        yield f"{where}.elements: none"
    for place, element in enumerate(block.get("elements", ())):
        yield from _rich_element(element, f"{where}.elements[{place}]")


_RICH = {"rich_text_section", "rich_text_preformatted", "rich_text_quote", "rich_text_list"}


def _rich_element(element: Mapping[str, Any], where: str) -> Iterator[str]:
    kind = element.get("type")
    if kind not in _RICH:
        yield f"{where}: type {kind!r} is not known"
    if not element.get("elements"):
        yield f"{where}.elements: none"
    known = {"type", "elements"} | ({"style", "indent"} if kind == "rich_text_list" else set())
    yield from _strange(element, known, where)
    for place, inner in enumerate(element.get("elements", ())):
        inside = f"{where}.elements[{place}]"
        yield from _rich_element(inner, inside) if kind == "rich_text_list" else _run(inner, inside)


def _run(run: Mapping[str, Any], where: str) -> Iterator[str]:
    if run.get("type") == "user":
        yield from _strange(run, {"type", "user_id"}, where)
        yield from _length(run.get("user_id"), 3, 21, where)
        return
    if run.get("type") != "text":
        yield f"{where}: only text is expected here, got {run.get('type')!r}"
    yield from _strange(run, {"type", "text", "style"}, where)
    yield from _length(run.get("text"), 1, 3_000, where)
    yield from _strange(run.get("style", {}), {"bold", "italic", "strike", "code"}, f"{where}.style")


_BLOCKS: Mapping[str, Callable[[Mapping[str, Any], str], Iterator[str]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "rich_text": _rich_text,
}
