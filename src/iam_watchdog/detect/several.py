"""Several calls in one event: each refusal by itself, none with the code or operation of another."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from iam_watchdog.detect import bare, codes, wrapping
from iam_watchdog.model import Kind, Message

_CALL = re.compile(r"An error occurred\s+\(")
_MOST = 64
_LINE = 400
_BEGINNINGS = ("An error occurred", "operation error ", "Error executing ")
_WORD = r"[\w.]*(?:Denied|Unauthorized|NotAuthorized|AuthorizationError)\w*"
_CODE = re.compile(rf"(?<![\w.]){_WORD}[\s:\"`—-]{{1,6}}\Z")
_LEADS = re.compile(
    rf"(?::|this operation\.)\s*\Z|\n[\s>#]*{_WORD}\s*\Z|\"\w*(?:[cC]ode|[tT]ype|name)\":\s*\"[^\"\n]*\",\s*\Z"
)
"""A line that announces what the next one says: it ends with a colon, or a code stands there alone."""


def read(text: str) -> tuple[Message, ...]:
    """The refusals of a text that has no sentence, or (); what an SDK or a traceback repeats only once."""
    return bare.read(text) if text.count("An error occurred") < 2 else _calls(text)


def _calls(text: str) -> tuple[Message, ...]:
    calls = [call.start() for call in _CALL.finditer(text)][:_MOST]
    told: dict[tuple[object, ...], Message] = {}
    for number, (start, stop) in enumerate(pairwise((0, *calls[1:], len(text)))):
        if told and _repeated(text, start, calls[:number]):
            continue
        for found in bare.read(text[start:stop]):
            told.setdefault((found.kind, found.error_code, found.operation, found.resource), found)
    prefix = wrapping.invocation(text, 0, len(text))
    return tuple(f if f.request_id or not prefix else replace(f, request_id=prefix) for f in told.values())


def _repeated(text: str, start: int, calls: list[int]) -> bool:
    """True if a traceback ends with the very line that it began with."""
    line = text[start : start + _LINE].partition("\n")[0]
    return any(text.startswith(line, call) for call in calls)


def beside(text: str, told: tuple[Message, ...]) -> tuple[Message, ...]:
    """Add the refusals of other calls that only an SDK's wrapping tells, in a text that has sentences too."""
    if told[0].operation and text.count("when calling the") == 1:
        return told
    known = {m.operation for m in told}
    extra = []
    for start in _CALL.finditer(text):
        stop = min(start.end() + 400, len(text))
        call = wrapping.botocore(text, start.start(), min(start.end() + 200, len(text)))
        if call and call[1] not in known and codes.denies(call[0]) and "authorized" not in text[start.end() : stop]:
            known.add(call[1])
            excerpt = text[start.start() : stop]
            extra.append(Message(Kind.IAM_DENIAL, error_code=call[0], operation=call[1], excerpt=excerpt))
    return told + tuple(extra)


def head_of(text: str, at: int, floor: int) -> int:
    """Where the wrapping of the next sentence begins: its SDK's first word, or the line that leads to it."""
    began = -1
    for words in _BEGINNINGS:
        began = max(began, text.rfind(words, floor, at))
    found = text.rfind("\n", floor, at)
    if began >= 0 and (found < 0 or began < found):
        line = text.rfind("\n", floor, began)
        return line if line >= 0 else began
    if found < 0:
        return _same_line(text, at, floor)
    above = text.rfind("\n", floor, found)
    return above if above >= 0 and _LEADS.search(text[max(above, found - 200) : found]) else found


def _same_line(text: str, at: int, floor: int) -> int:
    """Two refusals on one line: the next one's JSON object or code begins its part."""
    if (opened := text.rfind("{", floor, at)) >= 0:
        return opened
    near = max(floor, at - 120)
    told = text.find("enied", near, at) >= 0 or text.find("uthoriz", near, at) >= 0
    code = _CODE.search(text, near, at) if told else None
    return code.start() if code else floor + (at - floor) // 2
