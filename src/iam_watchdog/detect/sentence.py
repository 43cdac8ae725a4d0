"""The sentence `User: P is not authorized to perform: A on resource: R …`, found by its fixed words, read outwards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iam_watchdog.detect import reasons, spans, usual
from iam_watchdog.detect.usual import IMPLICIT, REACH, Sentence

Anchor = tuple[int, int]
"""Where `is not authorized to perform:` begins (at its verb) and ends; a named tuple would be slow to make."""
_MOST = 400
_ROOM = 200
"""Characters that an action has at most."""
_PREAMBLE = " to perform this operation"
"""EC2 says so before the sentence itself, and alone where it gives no more."""
_SPOKEN = "authorized to perform: "
_PERFORM = re.compile(r"authorized\s+to\s+perform\b\s*:?[\s\"'`*_]*")
_ONCE_MORE = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9*]+(?:\s+action\b)?")
_BLANK = " \t\n*_`"
_NEGATIONS = ("not", "Not", "NOT", "n't")
_VERBS = ("is", "are", "was")
_ACTION = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9-]*:(?:[A-Za-z0-9]*\*(?!\*)|[A-Za-z0-9]+)|<[^<>\n:]{1,40}:[^<>\n:]{1,40}>|null\b)(?![{(]|:[a-z*])"
)
_ANY_ACTION = re.compile(r"\(([a-z][a-z0-9-]+:[A-Z][A-Za-z0-9]+)")
_BARE = re.compile(r"([A-Z][a-z]+[A-Z][A-Za-z]+)\b(?!\.)")
_DRESSED = re.compile(
    r"([A-Za-z][A-Za-z0-9-]*:)(?:\s{1,8}|[`*_]{1,3}|\{\{)([A-Z][A-Za-z0-9]+)[`*_}]{0,3}(?=[.,]?\s|[\"'`)]|\Z)(?!\s(?!on\s|because\s|with\s))"
)
"""An action as manuals print it: a line break, quotes or braces between the service and the operation."""
_CUT = re.compile(r"(?:[a-z][a-z0-9-]*:?\w*)?\s*(?:\(truncated|\.\.\.|$)")
_REDACTED = re.compile(r"<[^<>\n]{1,60}>")
_CODES = ("Exception: ", "Denied: ", "Operation: ", "Error: ", "operation: ")
_NEEDS = re.compile(r"permission\s+[\"']([a-z0-9-]+:\w+)[\"']\s+is\s+required")
_ON = re.compile(r"[\"'`*_\s.]*\bon\s+(?:the\s+)?(?:following\s+)?resource(?:s\b|\(s\)|\b)\s*(:?)\s*(?:\*\*(?!\*))?")
_PROSE = re.compile(r"[A-Z][a-z]+:? (?!because |with )")
"""Another message begins on the line after a resource that was cut off."""
_QUOTED = re.compile(r"[a-z0-9-]{1,60}:\w{1,99}\s+on resource:\s*\"arn:[^\"\n]{1,1200}\"")
_TWICE = re.compile(r"on\s+resource:\s*")


def sentences(text: str) -> list[Sentence]:
    """Every refusal in the text, in order; what an SDK repeats word for word only once."""
    at = text.find("authorized")
    if at < 0:
        return []
    if text.find("authorized", at + 10) >= 0:
        spoken = _spoken(text, at)
        if len(spoken) != 1:
            return list(_several(text, list(_outside(text, _anchors(text, spoken)))))
        at = spoken[0]
    found = usual.read(text, 0, at, len(text))
    if found is None:
        anchor = _place(text, at)
        found = None if anchor is None else named(text, 0, anchor, len(text))
    elif not found.spoken:
        found = _rest(text, found, len(text))
    return [] if found is None else [found]


def places(text: str) -> list[Anchor]:
    """Where `is not authorized to perform` stands."""
    return _anchors(text, _spoken(text, max(text.find("authorized"), 0)))


def _anchors(text: str, spoken: list[int]) -> list[Anchor]:
    return [anchor for at in spoken if (anchor := _place(text, at))]


def _spoken(text: str, at: int) -> list[int]:
    """Every `authorized` from this one on that may refuse something."""
    found = []
    for _ in range(_MOST):
        if at < 0:
            break
        if _refuses(text, at):
            found.append(at)
        at = text.find("authorized", at + 10)
    return found


def _refuses(text: str, at: int) -> bool:
    """True if an `authorized` may refuse something: it is no code, which no blank follows, and no preamble."""
    return text[at + 10 : at + 11].isspace() and not (
        text.startswith(_PREAMBLE, at + 10) and text.find("(", at, at + 150) < 0
    )


def _outside(text: str, anchors: list[Anchor]) -> Iterator[Anchor]:
    """An object's key may hold a whole refusal: what stands between the quotes of a resource refuses nothing."""
    end = 0
    for anchor in anchors:
        if anchor[0] >= end:
            quoted = _QUOTED.match(text, anchor[1])
            end = quoted.end() if quoted else end
            yield anchor


def _several(text: str, anchors: list[Anchor]) -> Iterator[Sentence]:
    words, offset, before = "", 0, 0
    for number, anchor in enumerate(anchors):
        verb = anchor[0]
        if words and text.startswith(words, verb - offset):
            continue
        before = max(before, anchors[number - 1][1]) if number else 0
        stop = anchors[number + 1][0] if number + 1 < len(anchors) else len(text)
        found = _usual(text, before, verb + 7, stop) or named(text, before, anchor, stop)
        if found:
            offset, words = verb - found.start, text[found.start : found.end + 1]
            before = found.end
            yield found


def _usual(text: str, before: int, at: int, stop: int) -> Sentence | None:
    """The sentence round `authorized` if at least its beginning is as AWS writes it."""
    said = usual.read(text, before, at, stop)
    if said is None or said.spoken:
        return said
    return _rest(text, said, stop)


def _place(text: str, at: int) -> Anchor | None:
    end = at + len(_SPOKEN)
    if text.startswith(_SPOKEN, at) and text.endswith(" is not ", 0, at) and text[end : end + 1].isalnum():
        return at - 7, end
    match = _PERFORM.match(text, at) if _refuses(text, at) else None
    verb = _verb(text, at) if match else None
    return None if match is None or verb is None else (verb, match.end())


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


def carefully(text: str, before: int, anchor: Anchor, stop: int) -> Sentence | None:
    """The sentence round a place, whatever its wording."""
    verb, end = anchor
    return _worded(text, end, stop, *_principal(text, before, verb))


def named(text: str, before: int, anchor: Anchor, stop: int) -> Sentence | None:
    """The same, quickly where only the caller is named in another way than AWS does."""
    verb, end = anchor
    principal, start = _principal(text, before, verb)
    return usual.behind(text, start, principal, end, stop) or _worded(text, end, stop, principal, start)


def _principal(text: str, before: int, verb: int) -> tuple[str | None, int]:
    principal, start = spans.principal(text, before, verb)
    if principal and not text.startswith(_VERBS, verb):
        principal = _unglued(principal)
    return principal, start


def _worded(text: str, at: int, stop: int, principal: str | None, start: int) -> Sentence | None:
    if stop - at > REACH:
        stop = at + REACH
    action = _ACTION.match(text, at, stop) or _redacted(text, at, principal, start)
    if action:
        end = spans.unglued(text, action.start(), action.end())
        if text.startswith(":", end) and text[end + 1 : end + 2].isalpha():  # Huawei's actions have three parts.
            return Sentence(start, end, principal, spoken=end, operation=action.group())
        return _rest(text, Sentence(start, end, principal, text[action.start() : end]), stop)
    if text.startswith("this operation", at) and "(" not in text[at : at + 120]:
        return None  # EC2's preamble, where the sentence itself follows.
    return _without_action(text, at, stop, principal, start)


def _rest(text: str, said: Sentence, stop: int) -> Sentence:
    """The sentence whose resource and reason follow its action."""
    start, end, principal, action, resource = said.start, said.end, said.principal, said.action, None
    if stop - end > REACH - _ROOM:
        stop = min(stop, end - len(action or "") + REACH)
    on = _ON.match(text, end, stop)
    quoted = on is not None and text.startswith('"', on.end())
    why = None if quoted else reasons.find(text, end, stop)
    if on and (why is None or on.end() <= why.start):
        resource, end = _resource(text, on, why, stop)
    if quoted:
        # An object key may hold any words; the reason is looked for behind it.
        why = reasons.find(text, end, stop)
    if why is None or _far(text, end, why.start):
        return Sentence(start, end, principal, action, resource, None, None, None, end)
    again = _ONCE_MORE.match(text, why.end) if why.effect is IMPLICIT else None
    spoken = again.end() if again else why.end
    return Sentence(start, why.end, principal, action, resource, why.effect, why.layer, why.policy_arn, spoken)


def _unglued(principal: str) -> str:
    """An ARN that lost the blank before `is not authorized` where a line was joined."""
    return principal.removesuffix("is") if principal.startswith("arn:") else principal


def _redacted(text: str, at: int, principal: str | None, start: int) -> re.Match[str] | None:
    """`<snip>` in the action's place of a real message, not the `<action>` of a template."""
    real = bool(principal and principal.startswith("arn:")) or text.endswith(_CODES, 0, start)
    return _REDACTED.match(text, at) if real else None


def _without_action(text: str, at: int, stop: int, principal: str | None, start: int) -> Sentence | None:
    """Cut before the action, an operation instead of an action, a list in brackets, or no refusal of ours."""
    if found := _DRESSED.match(text, at, stop):
        return _rest(text, Sentence(start, found.end(), principal, found.group(1) + found.group(2)), stop)
    if found := _ANY_ACTION.search(text, at, min(stop, at + 120)):
        return Sentence(start, found.end(), principal, found.group(1), spoken=found.end())
    if found := _BARE.match(text, at, stop):
        needs = _NEEDS.search(text, found.end(), min(stop, found.end() + 160))
        action = needs.group(1) if needs else None
        end = (needs or found).end()
        return Sentence(start, end, principal, action, spoken=end, operation=found.group(1))
    return Sentence(start, at, principal, spoken=at) if principal and _CUT.match(text, at, stop) else None


def _resource(text: str, on: re.Match[str], why: reasons.Reason | None, stop: int) -> tuple[str | None, int]:
    at = on.end()
    again = text.find("resource:", at, min(stop, at + 80))
    # A first ARN that is complete is the resource: an object key may go on with `on resource:` and another ARN.
    if again >= 0 and text.count(":", at, again) < 5 and (twice := _TWICE.search(text, at, again + 12)):
        at = twice.end()
    if not on.group(1) and not text.startswith(("arn:", '"', "`", "'"), at):
        return None, on.end()
    if "\n" in text[on.start() : at] and _PROSE.match(text, at, stop):
        return None, on.end()
    found = spans.resource(text, at, stop, why.start if why else -1)
    return found or (None, on.end())


def _far(text: str, end: int, start: int) -> bool:
    """True if the clause belongs to something else that follows."""
    if start - end < 12:
        return False
    between = text[end:start]
    return len(between) > 1_500 or "(Service" in between or '",' in between or '"}' in between
