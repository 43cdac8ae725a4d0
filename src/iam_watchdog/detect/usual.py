"""The sentence as AWS writes it, in one match; what is unusual is left to the careful reading, which says the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iam_watchdog.detect import reasons, spans
from iam_watchdog.model import Effect, Layer


@dataclass(slots=True)
class Sentence:
    """One refusal as a sentence states it, with its place in the text; frozen, its fields would be slow to set."""

    start: int
    end: int
    principal: str | None = None
    action: str | None = None
    resource: str | None = None
    effect: Effect | None = None
    layer: Layer | None = None
    policy_arn: str | None = None
    spoken: int = 0
    """Where it ends for a person: after `allows the` the clause names the action once more; 0: not read to its end."""
    operation: str | None = None
    """An operation where an action should stand (`perform CreateLogGroup with Tags`)."""

    @property
    def key(self) -> str:
        """What makes two sentences the same refusal: SDKs print one up to three times."""
        words = f"{self.principal}\0{self.action}\0{self.resource}\0{self.effect}\0{self.layer}"
        return "".join(words.split())


IMPLICIT, EXPLICIT = Effect.IMPLICIT, Effect.EXPLICIT
"""An enumeration looks its members up anew each time."""
REACH = 4_000
"""Characters behind an action in which its resource and reason are looked for."""
_TYPE = "|".join(reasons.TYPES)
_USUAL = re.compile(
    r"(?:User:[ \n]([\w<$][!-~]{2,500}+(?<![`'\"]))[ \n]is not[ \n]authorized[ \n]to[ \n]perform:[ \n])?+"
    r"([A-Za-z][A-Za-z0-9-]{0,60}+:[A-Za-z0-9]{1,99}+)(?<!Traceback)(?=[ \n\"'.)]|\Z)"
    rf"(?:(?:[ \n]on resource:[ \n](?:((?!\*\*)(?:{spans.NOUN})?+[A-Za-z0-9_/.:@=+*-]++"
    r"(?:<(?!br|Error)[\w -]{1,40}>[A-Za-z0-9_/.:@=+*-]*+)*+(?<=[\w*/>])(?<!\*\*))"
    r"|\"(?!\s)([^\"\n]+)(?<!\s)\"(?=[ \n])))?+"
    rf"(?:[ \n]because no ({_TYPE}) allows the ((?:[A-Za-z0-9-]+:[A-Za-z0-9*]+(?:\s+action\b)?)?)"
    rf"|[ \n](with an explicit deny)(?: in an? ({_TYPE})"
    r"(?::[ \n](arn:(?:[\w-]*:){4}[\w.@=+*-]+/[\w/.@=+*-]*[^\W_])(?<!Traceback)(?=\.?(?:[\s\"');\]}\\]|\Z))"
    r"|(?!,?+\s*+[A-Za-z_>#*:`-]))"
    r"|\b\s*+(?!in\b|[*_`]))"
    r"|(?=[\"'`);\]}|\\\n]|\Z| \((?!most)))())?"
)
"""Caller (who may have been read already) and action; then, where possible, a resource without a redaction and the
clause after it (or what ends it).
"""


def read(text: str, before: int, at: int, stop: int) -> Sentence | None:
    """The sentence round the `authorized` at a place: whole, or its caller and action alone (`spoken` is 0)."""
    start = text.rfind("User:", at - 707 if at - before > 707 else before, at)
    match = _USUAL.match(text, start) if start >= 0 else None
    return None if match is None or match.end(1) != at - 8 else _told(text, match, start, match.group(1), stop)


def behind(text: str, start: int, principal: str | None, at: int, stop: int) -> Sentence | None:
    """The same where the caller is named in another way: whole, from its action on, or None."""
    match = _USUAL.match(text, at)
    said = _told(text, match, start, principal, stop) if match and match.start(1) < 0 else None
    return said if said and said.spoken else None


def _told(text: str, match: re.Match[str], start: int, principal: str | None, stop: int) -> Sentence:
    _, action, bare, quoted, implicit, again, explicit, layer, policy, whole = match.groups()
    behind, end, resource = match.end(2), match.end(), bare or quoted
    if whole is None or end - behind > 2_000 or (stop - end < 100 and stop < len(text)):
        return Sentence(start, behind, principal, action)
    # Words of the resource, or a second `on resource:`, may be taken for what follows.
    if resource and (
        "because" in resource or "explicit" in resource or text.find("resource:", behind + 14, behind + 94) >= 0
    ):
        return Sentence(start, behind, principal, action)
    known = reasons.TYPES[implicit or layer] if implicit or layer else None
    if implicit:
        return Sentence(start, end - len(again), principal, action, resource, IMPLICIT, known, None, end)
    if explicit:
        if layer and not policy:
            end = match.start(8)
        return Sentence(start, end, principal, action, resource, EXPLICIT, known, policy, end)
    if bare is None or _goes_on(text, bare, end, min(stop, behind - len(action) + REACH)):
        return Sentence(start, behind, principal, action)
    return Sentence(start, end, principal, action, bare, None, None, None, end)


def _goes_on(text: str, resource: str, end: int, stop: int) -> bool:
    """True if a reason may follow later, or the resource itself on the next line."""
    if text.find("because", end, stop) >= 0 or text.find("explicit", end, stop) >= 0:
        return True
    if not text.startswith("\n", end):
        return False
    cut = resource[-1] == "/" or resource.count(":") < 5 or resource.rpartition(":")[2].isalpha()
    return cut or text.startswith("/", end + 1)
