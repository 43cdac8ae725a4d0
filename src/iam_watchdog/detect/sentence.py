"""The sentence `User: P is not authorized to perform: A on resource: R …`, found by its fixed words, read outwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from iam_watchdog.detect import reasons, spans
from iam_watchdog.model import Effect, Layer


class Sentence(NamedTuple):
    """One refusal as a sentence states it, with its place in the text."""

    start: int
    end: int
    principal: str | None = None
    action: str | None = None
    resource: str | None = None
    effect: Effect | None = None
    layer: Layer | None = None
    policy_arn: str | None = None
    operation: str | None = None
    """An operation where an action should stand (`perform CreateLogGroup with Tags`)."""

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two sentences the same refusal: SDKs print one up to three times."""
        return tuple("".join(str(field).split()) for field in self[2:7])


class _Anchor(NamedTuple):
    """Where `is not authorized to perform:` begins (at its verb) and ends."""

    start: int
    end: int


_REACH = 4_000
_MOST = 400
_PERFORM = re.compile(r"authorized\s+to\s+perform\b\s*:?[\s\"'`*_]*")
_USUAL = re.compile(
    r"User:[ \n]([\w<$]\S{2,500}+(?<![`'\"]))[ \n]is not[ \n]authorized[ \n]to[ \n]perform:[ \n]"
    r"([A-Za-z][A-Za-z0-9-]{0,60}+:[A-Za-z0-9]{1,99}+)(?=[ \n\"'.)]|\Z)"
)
_BLANK = " \t\n*_`"
_NEGATIONS = ("not", "Not", "NOT", "n't")
_VERBS = ("is", "are", "was")
_ACTION = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9-]*:(?:[A-Za-z0-9]*\*(?!\*)|[A-Za-z0-9]+)|<[^<>\n:]{1,40}:[^<>\n:]{1,40}>|null\b)(?![{(]|:[a-z*])"
)
_ANY_ACTION = re.compile(r"\(([a-z][a-z0-9-]+:[A-Z][A-Za-z0-9]+)")
_BARE = re.compile(r"([A-Z][a-z]+[A-Z][A-Za-z]+)\b(?!\.)")
_CUT = re.compile(r"(?:[a-z][a-z0-9-]*:?\w*)?\s*(?:\(truncated|\.\.\.|$)")
_REDACTED = re.compile(r"<[^<>\n]{1,60}>")
_CODES = ("Exception: ", "Denied: ", "Operation: ", "Error: ", "operation: ")
_NEEDS = re.compile(r"permission\s+[\"']([a-z0-9-]+:\w+)[\"']\s+is\s+required")
_ON = re.compile(r"[\"'`*_\s.]*\bon\s+(?:the\s+)?(?:following\s+)?resource(?:s\b|\(s\)|\b)\s*(:?)\s*(?:\*\*(?!\*))?")
_TWICE = re.compile(r"on\s+resource:\s*")


def sentences(text: str) -> list[Sentence]:
    """Every refusal in the text, in order; what an SDK repeats word for word only once."""
    at = text.find("authorized")
    if at < 0:
        return []
    if text.find("authorized", at + 10) < 0 and (found := _usual(text, at)):
        return [found]
    places = _places(text, at)
    if len(places) == 1:
        found = _read(text, 0, places[0], min(len(text), places[0].end + _REACH))
        return [found] if found else []
    return list(_several(text, places))


def _several(text: str, places: list[_Anchor]) -> Iterator[Sentence]:
    words, offset = "", 0
    for number, anchor in enumerate(places):
        if words and text.startswith(words, anchor.start - offset):
            continue
        before = places[number - 1].end if number else 0
        after = places[number + 1].start if number + 1 < len(places) else len(text)
        if found := _read(text, before, anchor, min(after, anchor.end + _REACH)):
            offset, words = anchor.start - found.start, text[found.start : found.end + 1]
            yield found


def _usual(text: str, at: int) -> Sentence | None:
    """The beginning as AWS writes it, in one match instead of five; it says what the careful reading would."""
    start = text.rfind("User:", max(0, at - 707), at)
    match = _USUAL.match(text, start) if start >= 0 else None
    if match is None or match.end(1) != at - 8:
        return None
    principal, action = match.groups()
    return _rest(text, start, principal, action, (match.end(), min(len(text), match.start(2) + _REACH)))


def _places(text: str, at: int) -> list[_Anchor]:
    found = []
    for _ in range(_MOST):
        if at < 0:
            break
        if (match := _PERFORM.match(text, at)) and (verb := _verb(text, at)) is not None:
            found.append(_Anchor(verb, match.end()))
        at = text.find("authorized", at + 10)
    return found


def _verb(text: str, at: int) -> int | None:
    """Where `is not` begins before a place, or None without a negation."""
    if text.endswith(" is not ", 0, at):
        return at - 7
    before = max(0, at - 24)
    head = text[before:at].rstrip(_BLANK)
    if not head.endswith(_NEGATIONS):
        return None
    head = head[:-3]
    bare = head.rstrip(_BLANK)
    for verb in _VERBS:
        if bare.endswith(verb) and not bare[-len(verb) - 1 : -len(verb)].isalnum():
            return before + len(bare) - len(verb)
    return before + len(head)


def _read(text: str, before: int, anchor: _Anchor, stop: int) -> Sentence | None:
    principal, start = spans.principal(text, before, anchor.start)
    action = _ACTION.match(text, anchor.end, stop) or _redacted(text, anchor.end, principal, start)
    if action is None:
        return _without_action(text, anchor.end, stop, principal, start)
    return _rest(text, start, principal, action.group(), (action.end(), stop))


def _rest(text: str, start: int, principal: str | None, action: str, bounds: tuple[int, int]) -> Sentence:
    """The sentence whose resource and reason follow its action."""
    resource, (end, stop) = None, bounds
    on = _ON.match(text, end, stop)
    quoted = on is not None and text.startswith('"', on.end())
    why = None if quoted else reasons.find(text, end, stop)
    if on and (why is None or on.end() <= why.start):
        resource, end = _resource(text, on, why, stop)
    if quoted:
        # An object key may hold any words; the reason is looked for behind it.
        why = reasons.find(text, end, stop)
    if why is None or _far(text, end, why.start):
        return Sentence(start, end, principal, action, resource)
    return Sentence(start, why.end, principal, action, resource, why.effect, why.layer, why.policy_arn)


def _redacted(text: str, at: int, principal: str | None, start: int) -> re.Match[str] | None:
    """`<snip>` in the action's place of a real message, not the `<action>` of a template."""
    real = bool(principal and principal.startswith("arn:")) or text.endswith(_CODES, 0, start)
    return _REDACTED.match(text, at) if real else None


def _without_action(text: str, at: int, stop: int, principal: str | None, start: int) -> Sentence | None:
    """Cut before the action, an operation instead of an action, a list in brackets, or no refusal of ours."""
    if found := _ANY_ACTION.search(text, at, min(stop, at + 120)):
        return Sentence(start, found.end(), principal, found.group(1))
    if found := _BARE.match(text, at, stop):
        needs = _NEEDS.search(text, found.end(), min(stop, found.end() + 160))
        action = needs.group(1) if needs else None
        return Sentence(start, (needs or found).end(), principal, action, operation=found.group(1))
    return Sentence(start, at, principal) if principal and _CUT.match(text, at, stop) else None


def _resource(text: str, on: re.Match[str], why: reasons.Reason | None, stop: int) -> tuple[str | None, int]:
    at = on.end()
    again = text.find("resource:", at, min(stop, at + 80))
    # A first ARN that is complete is the resource: an object key may go on with `on resource:` and another ARN.
    if again >= 0 and text.count(":", at, again) < 5 and (twice := _TWICE.search(text, at, again + 12)):
        at = twice.end()
    if not on.group(1) and not text.startswith(("arn:", '"', "`", "'"), at):
        return None, on.end()
    found = spans.resource(text, at, stop, reason=why.start if why else -1)
    return found or (None, on.end())


def _far(text: str, end: int, start: int) -> bool:
    """True if the clause belongs to something else that follows."""
    if start - end < 12:
        return False
    between = text[end:start]
    return len(between) > 1_500 or "(Service" in between or '",' in between or '"}' in between
