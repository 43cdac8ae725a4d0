"""Refusals without the sentence: a service's own words, or only a denying code in its place."""

from __future__ import annotations

import re
from dataclasses import replace

from iam_watchdog.detect import blobs, codes, marks, negatives, reasons, wrapping
from iam_watchdog.detect.draft import Draft
from iam_watchdog.detect.wordings import EC2, ENVIRONMENT, OWN, SHARED, Shelf, compiled
from iam_watchdog.model import Effect, Kind, Message

_REFUSED = re.compile(r"\bForbidden\b|\b[Aa]ccess [Dd]enied\b|[Ss]tatus ?[Cc]ode['\"]?: ?'?403|\(403\)")
_S3 = re.compile(r" operation: Access Denied(?=[\s\"'.]|\Z|Traceback)")
_USER_CUT = re.compile(r"User:?\s[`'\"]?(arn:[^`'\"\s]+)[`'\"]?\s+is\b")
_CONSOLE = re.compile(
    r"User:\s+(?P<principal>arn:\S{1,300})\s+(?:Service:\s+\S+\s+)?Action:\s+(?P<action>[a-z0-9-]+:\w+)"
    r"(?:\s+On resource\(s\):\s+(?P<resource>\S{1,500}))?"
)
_AUTHORIZER = re.compile(r"User is not authorized to\s+access this resource")
_CLAUSE = re.compile(r"\bno [\w -]{5,40}? allows the |explicit deny in (?:an?|the) ")
_NO_BECAUSE = re.compile(r"\bno\s+([\w\s-]{5,40}?)\s+allows\s+the\s+([A-Za-z0-9-]+:[A-Za-z0-9*]+)")
_API = re.compile(r"\bAPI:\s+([a-z0-9-]+:[A-Z]\w+)\s")
_ANY_ACTION = re.compile(r"(?<![\w:/.])[a-z][a-z0-9-]+:[A-Z][A-Za-z]+(?![\w:/])")
_DENIAL = Kind.IAM_DENIAL
_NO_REASON = reasons.Reason(0, 0)
_RIGHT_BEHIND = 120
"""Characters in which a reason still belongs to the words before it."""


_Head = tuple[tuple[str, str] | None, str | None]
"""What botocore names, and its code or else the first denying one: found once, asked for by every step."""


def env_kms(text: str) -> bool:
    """True if Lambda speaks of the function's environment variables."""
    return compiled(ENVIRONMENT.source).search(text) is not None


def read(text: str) -> tuple[Message, ...]:
    """The refusal of a text that has no sentence and one call, or ()."""
    call = wrapping.botocore(text, 0, len(text))
    first = call[0] if call else codes.first(text, 0, len(text))
    head = (call, first)
    if first and (found := _plainly(text, first, head)):
        return (found,)
    low = negatives.folded(text)
    found = _worded(text, low, OWN, head)
    if found is None:
        code = first or (codes.any_of(text) if "Error Code:" in text else None)
        if marks.refuses(text, low, code, call):
            found = (
                _console(text, head)
                or _worded(text, low, SHARED, head)
                or _clause(text, low, head)
                or _coded(text, code, head)
            )
    return (found,) if found else ()


def _plainly(text: str, code: str, head: _Head) -> Message | None:
    """What S3 or EC2 says behind its own code: nothing else can be meant, whatever stands round it."""
    if head[0] and codes.denies(code) and _S3.search(text):
        return _coded_at(text, code, head)
    if "UnauthorizedOp" in code and (match := compiled(EC2.source).search(text)):
        why = _denied_by(text, match.end()) or _NO_REASON
        return _message(text, match.span(), _DENIAL, {}, why, head)
    return None


def authorizer(message: Message, text: str) -> Message:
    """API Gateway's word to a client bears a reason and is still no denial of the function's role."""
    if not _AUTHORIZER.search(text) or not (why := reasons.find(text, 0, len(text))):
        return message
    return replace(message, effect=why.effect, layer=why.layer, policy_arn=why.policy_arn)


def _worded(text: str, low: str, wordings: Shelf, head: _Head) -> Message | None:
    for gate, group in wordings:
        if gate not in low:
            continue
        for wording in group:
            if wording.needle in low and (match := compiled(wording.source).search(text)):
                why = _denied_by(text, match.end()) or (
                    reasons.Reason(0, 0, layer=wording.layer) if wording.layer else _NO_REASON
                )
                return _message(text, match.span(), wording.kind, match.groupdict(), why, head)
    return None


def _denied_by(text: str, end: int) -> reasons.Reason | None:
    """The explicit deny that follows right behind a service's own words."""
    if "explicit" not in text:
        return None
    why = reasons.find(text, end, len(text))
    return why if why and why.layer and why.start - end < _RIGHT_BEHIND else None


def _console(text: str, head: _Head) -> Message | None:
    """The block that AWS's console asks people to send to their administrator."""
    match = _CONSOLE.search(text) if "Action:" in text else None
    if match is None:
        return None
    why = _without_because(text) or reasons.find(text, match.end(), len(text)) or _NO_REASON
    return _message(text, match.span(), Kind.IAM_DENIAL, match.groupdict(), why, head)


def _clause(text: str, low: str, head: _Head) -> Message | None:
    """`no identity-based policy allows the X action` with nothing before it: the action stands only there."""
    if not ("allows the " in low or "explicit deny in " in low) or not _CLAUSE.search(low):
        return None
    why = reasons.find(text, 0, len(text)) or _without_because(text)
    if why is None or why.layer is None:
        return None
    named = reasons.action_after(text, why)
    call, code = head
    if not named and not (codes.first(text, 0, len(text)) if call else code):
        return None
    near = None if named else _ANY_ACTION.findall(text, max(0, why.start - 200), why.start)
    action = named or (near[-1] if near else None)
    return _message(text, (why.start, why.end), Kind.IAM_DENIAL, {"action": action}, why, head)


def _without_because(text: str) -> reasons.Reason | None:
    match = _NO_BECAUSE.search(text)
    if match is None:
        return None
    layer = reasons.layer_at(text, match.start(1), match.end(1))
    return reasons.Reason(match.start(), match.start(2), Effect.IMPLICIT, layer)


def _coded(text: str, code: str | None, head: _Head) -> Message | None:
    """A denying code in its place, or a 403 of an SDK, is a refusal; the word in prose is none."""
    if code is None or not codes.denies(code):
        other = codes.any_of(text)
        sdk = marks.sdk(text)
        if other:
            refused = sdk and codes.denies(other)
        else:
            refused = (sdk and bool(_REFUSED.search(text))) or wrapping.url_action(text) is not None
        if not refused:
            return None
    return _coded_at(text, code or "", head)


def _coded_at(text: str, code: str, head: _Head) -> Message:
    at = max(text.find(code), 0)
    return _message(text, (at, at), _DENIAL, {}, _NO_REASON, head)


def _message(
    text: str, span: tuple[int, int], kind: Kind, said: dict[str, str | None], why: reasons.Reason, head: _Head
) -> Message:
    """Put what the words say together with what stands round them."""
    end = len(text)
    encoded, granted = blobs.find(text, 0, end) if "authorization" in text else (None, None)
    principal = said.get("principal")
    if principal is None and "User" in text and (user := _USER_CUT.search(text)):
        principal = user.group(1)
    call, first = head
    code, operation = call or (None, None)
    if not call:
        code = said.get("code") or first or codes.placed(text) or codes.leading(text)
        operation = wrapping.other_operation(text, 0, end) or wrapping.url_action(text)
    told = Draft()
    told.kind = kind
    told.principal = principal
    told.action = said.get("action") or _api(text)
    told.resource = said.get("resource")
    told.effect = why.effect
    told.layer = why.layer
    told.policy_arn = why.policy_arn
    told.encoded = encoded
    told.authorization_id = granted
    told.error_code = code
    told.operation = said.get("operation") or operation
    told.request_id = wrapping.invocation(text, 0, end) or wrapping.service_id(text, 0, end)
    told.excerpt = text[span[0] : span[1] if span[1] - span[0] > 300 else span[0] + 300][:2_000]
    told.__class__ = Message  # type: ignore[assignment]
    return told  # type: ignore[return-value]


def _api(text: str) -> str | None:
    """CloudFormation names the call before the service's words."""
    match = _API.search(text) if "API: " in text else None
    return match.group(1) if match else None
