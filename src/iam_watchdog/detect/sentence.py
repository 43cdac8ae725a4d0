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
    template: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two sentences the same refusal: SDKs print one up to three times."""
        return tuple("".join(str(field).split()) for field in self[2:7])


_REACH = 4_000
_MOST = 400
_PERFORM = re.compile(r"authorized\s+to\s+perform\b\s*:?")
_NOT = re.compile(r"(?:n't|\b[Nn]ot|\bNOT)[\s*_`]+$")
_IS = re.compile(r"\s*\b(?:is|are|was)[\s*_`]*$")
_SKIP = re.compile(r"[\s\"'`*_]*")
_ACTION = re.compile(r"([A-Za-z][A-Za-z0-9-]*:(?:[A-Za-z0-9]*\*(?!\*)|[A-Za-z0-9]+)|<[^<>\n]{1,60}>|null\b)(?![{(])")
_ANY_ACTION = re.compile(r"\(([a-z][a-z0-9-]+:[A-Z][A-Za-z0-9]+)")
_BARE = re.compile(r"([A-Z][a-z]+[A-Z][A-Za-z]+)\b(?!\.)")
_CUT = re.compile(r"[a-z][a-z0-9-]*:?\w*\s*(?:\(truncated|\.\.\.|$)")
_TEMPLATE = re.compile(r"[$%]\{|\{\w*\}|%[sv]|\(\?|\(\.|\\S|\.\*|\[\^|\$\w")
_THIRD = re.compile(r":[a-z*]")
_ON = re.compile(r"[\"'`*_\s.]*\bon\s+(?:the\s+)?resource\b\s*(:?)\s*")
_TWICE = re.compile(r"on\s+resource:\s*")


def sentences(text: str) -> Iterator[Sentence]:
    """Every refusal in the text, in order; repeated ones too."""
    places = list(_places(text))
    for number, match in enumerate(places):
        before = places[number - 1].end() if number else 0
        after = places[number + 1].start() if number + 1 < len(places) else len(text)
        if found := _read(text, before, match, min(after, match.end() + _REACH)):
            yield found


def _places(text: str) -> Iterator[re.Match[str]]:
    at = text.find("authorized")
    for _ in range(_MOST):
        if at < 0:
            return
        match = _PERFORM.match(text, at)
        if match and _NOT.search(text, max(0, at - 10), at):
            yield match
        at = text.find("authorized", at + 10)


def _read(text: str, before: int, match: re.Match[str], stop: int) -> Sentence | None:
    skip = _SKIP.match(text, match.end(), stop)
    at = skip.end() if skip else match.end()
    action = _ACTION.match(text, at, stop)
    start, principal = _subject(text, before, match.start())
    if action is None:
        return _without_action(text, at, stop, Sentence(start, at, principal))
    if _THIRD.match(text, action.end()):
        return None
    return _complete(text, action, stop, Sentence(start, action.end(), principal, action.group(1)))


def _subject(text: str, before: int, at: int) -> tuple[int, str | None]:
    negation = _NOT.search(text, max(0, at - 10), at)
    end = negation.start() if negation else at
    if verb := _IS.search(text, max(before, end - 12), end):
        end = verb.start()
    principal, start = spans.principal(text, before, end)
    return start, principal


def _without_action(text: str, at: int, stop: int, said: Sentence) -> Sentence | None:
    """Cut before the action, an operation instead of an action, a list in brackets, or no refusal of ours."""
    if _TEMPLATE.match(text, at):
        return said._replace(template=True)
    if found := _ANY_ACTION.search(text, at, min(stop, at + 120)):
        return said._replace(action=found.group(1), end=found.end())
    if found := _BARE.match(text, at, stop):
        return said._replace(operation=found.group(1), end=found.end())
    return said if said.principal and _CUT.match(text, at, stop) else None


def _complete(text: str, action: re.Match[str], stop: int, said: Sentence) -> Sentence:
    """Add resource and reason to principal and action."""
    on = _ON.match(text, action.end(), stop)
    why = reasons.find(text, action.end(), stop)
    resource, end = None, action.end()
    if on and (why is None or on.end() <= why.start):
        resource, end = _resource(text, on, why, stop)
    if why and _far(text[end : why.start]):
        why = None
    if why is None:
        return said._replace(resource=resource, end=end)
    return said._replace(resource=resource, end=why.end, effect=why.effect, layer=why.layer, policy_arn=why.policy_arn)


def _resource(text: str, on: re.Match[str], why: reasons.Reason | None, stop: int) -> tuple[str | None, int]:
    at = on.end()
    if twice := _TWICE.search(text, at, min(stop, at + 80)):
        at = twice.end()
    if not on.group(1) and not text.startswith(("arn:", '"', "`", "'"), at):
        return None, on.end()
    found = spans.resource(text, at, stop, reason=why.start if why else -1)
    return found or (None, on.end())


def _far(between: str) -> bool:
    """True if the clause belongs to something else that follows."""
    return len(between) > 1_500 or "(Service" in between or '",' in between or '"}' in between
