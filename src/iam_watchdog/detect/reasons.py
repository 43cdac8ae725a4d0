"""Why AWS says no: `because no T policy allows …`, `with an explicit deny in a T policy: <policy ARN>`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from iam_watchdog.detect import spans
from iam_watchdog.model import Effect, Layer


@dataclass(slots=True)
class Reason:
    """What the clause says and where it stands."""

    start: int
    end: int
    effect: Effect | None = None
    layer: Layer | None = None
    policy_arn: str | None = None


_CUTS = (
    ("identity", Layer.IDENTITY),
    ("permissionsboundary", Layer.BOUNDARY),
    ("session", Layer.SESSION),
    ("resource", Layer.RESOURCE),
    ("servicecontrol", Layer.SCP),
    ("vpce", Layer.VPCE),
    ("roletrust", Layer.TRUST),
)
"""Names without white space and markdown, for a text that ends inside one."""
_GAP = r"[\s*_`>#-]*"
_TYPE = re.compile(
    rf"(identity)|(permissions?{_GAP}boundary)|(session)|(resource{_GAP}control)|(resource)|(service{_GAP}control)"
    rf"|(vpc{_GAP}e)|((?:role{_GAP})?trust)",
    re.IGNORECASE,
)
_LAYERS = (
    Layer.IDENTITY,
    Layer.BOUNDARY,
    Layer.SESSION,
    Layer.RCP,
    Layer.RESOURCE,
    Layer.SCP,
    Layer.VPCE,
    Layer.TRUST,
)
"""In the order of the pattern's groups; longer names before their prefixes."""
TYPES = {
    "identity-based policy": Layer.IDENTITY,
    "permissions boundary": Layer.BOUNDARY,
    "session policy": Layer.SESSION,
    "resource control policy": Layer.RCP,
    "resource-based policy": Layer.RESOURCE,
    "service control policy": Layer.SCP,
    "VPC endpoint policy": Layer.VPCE,
    "role trust policy": Layer.TRUST,
}
"""As AWS writes them."""
_USUAL = re.compile(rf"because no ({'|'.join(TYPES)}) allows the ")
"""The whole clause in one line: one match instead of five."""
_NO = re.compile(
    r"because\s+(?:(?:no|NO|the(?=\s+role\s+trust\s+policy\s+allows))\b|no(?=identity|resource|permission|service|session|VPC))"
    r"[\s*_`]*"
)
"""IAM's page itself once said `because the role trust policy allows`, and is quoted so."""
_ABSENT = re.compile(r"because\s+the\s+resource\s+does\s+not\s+exist\s+in\s+this\s+Region,\s+no\s+resource-based")
_EXPLICIT = re.compile(r"explicit\s+deny\b[*_`]*(?:\s+in\s+(?:an?|the)\b)?[\s*_`]*")
_ALLOWS = re.compile(r"[\s*_`]*allows?\s+the[\s*_`]+")
_ACTION = re.compile(r"[A-Za-z0-9-]+:\s*[A-Za-z0-9*]+")
_POLICY = re.compile(
    rf"[A-Za-z\s>#*_-]{{0,60}}?(?:policy|boundary)[*_`]*(?:,{_GAP}with{_GAP}policy{_GAP}ARN)?\s*:\s*", re.IGNORECASE
)
"""S3 says `policy, with policy ARN: arn:…` where others say `policy: arn:…`."""
_DROP = ("*", "_", "`", ">", "-", "#")


def find(text: str, start: int, stop: int) -> Reason | None:
    """The first clause that gives a reason between two places."""
    because = text.find("because", start, stop)
    explicit = text.find("explicit", start, because if because >= 0 else stop)
    if explicit >= 0 and (match := _EXPLICIT.match(text, explicit, stop)):
        found = _explicit(text, match, start, stop)
        return find(text, match.end(), stop) if _of_a_path(text, found.start) else found
    if because < 0:
        return None
    if _of_a_path(text, because):
        return find(text, because + 7, stop)
    if match := _USUAL.match(text, because, stop):
        return Reason(because, match.end(), Effect.IMPLICIT, TYPES[match.group(1)])
    if match := _NO.match(text, because, stop):
        return _implicit(text, match, stop)
    if match := _ABSENT.match(text, because, stop):
        # Three causes in one: no such key, no key policy, or a denying one; so no effect is told.
        return Reason(because, match.end(), None, Layer.RESOURCE)
    return Reason(because, because) if text.startswith("because public ", because) else None


def _of_a_path(text: str, at: int) -> bool:
    """True if the words belong to an object's key, which may hold any."""
    return text[at - 1 : at] == "/"


def layer_at(text: str, at: int, stop: int) -> Layer | None:
    """The policy type named at a place, also when the text was cut in the middle of its name."""
    if match := _TYPE.match(text, at, stop):
        return _LAYERS[(match.lastindex or 1) - 1]
    if at + 60 < len(text):
        return None
    return _cut(_bare(text[at:stop]))


def _cut(words: str) -> Layer | None:
    return next((layer for name, layer in _CUTS if len(words) >= 4 and name.startswith(words)), None)


def _bare(words: str) -> str:
    """Without white space, markdown and case: line breaks and margins fall anywhere."""
    words = "".join(words.split()).lower()
    for mark in _DROP:
        words = words.replace(mark, "")
    return words


def _implicit(text: str, match: re.Match[str], stop: int) -> Reason:
    named = text.find("allow", match.end(), min(match.end() + 80, stop))
    allows = _ALLOWS.match(text, named, stop) if named >= 0 else None
    end = allows.end() if allows else match.end()
    return Reason(match.start(), end, Effect.IMPLICIT, layer_at(text, match.end(), stop))


def action_after(text: str, why: Reason) -> str | None:
    """The action that the clause itself names."""
    match = _ACTION.match(text, why.end) if why.effect is Effect.IMPLICIT else None
    return match.group() if match else None


def _explicit(text: str, match: re.Match[str], start: int, stop: int) -> Reason:
    layer = layer_at(text, match.end(), stop) if " in" in match.group().replace("\n", " ") else None
    arn, end = (_policy(text, match.end(), stop) if layer else None) or (None, match.end())
    return Reason(_with(text, match.start(), start), end, Effect.EXPLICIT, layer, arn)


def _with(text: str, at: int, start: int) -> int:
    """Where `with an explicit deny` begins, seen from its noun."""
    found = text.rfind("with", max(start, at - 16), at)
    return found if found >= 0 else at


def _policy(text: str, at: int, stop: int) -> tuple[str, int] | None:
    """The policy ARN after the type's name: the IAM and Organizations types carry one since 2025."""
    match = _POLICY.match(text, at, stop)
    return spans.policy_arn(text, match.end(), stop) if match else None
