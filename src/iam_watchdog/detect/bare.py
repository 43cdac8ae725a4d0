"""Refusals without the sentence: a service's own words, or only a denying code in its place."""

from __future__ import annotations

import re
from dataclasses import replace

from iam_watchdog.detect import negatives, reasons, wrapping
from iam_watchdog.detect.wordings import LAMBDA, SERVICES, Wording
from iam_watchdog.model import Effect, Kind, Layer, Message

_SPACE = re.compile(r"\s+")
_JAVA = re.compile(r"\(Service: ?[^;,()]{1,60}[;,] Status Code: (\d+)")
_SDK = re.compile(
    r"when calling the|operation error|aws-sdk|com\.amazonaws|software\.amazon|Aws::|Aws\\|Amazon\.\w+\.|\$metadata"
    r"|amazonaws\.com|HandlerErrorCode|botocore|boto3|AWSiOS|x-amzn|com\.amazon\.coral",
)
_FORBIDDEN = re.compile(r"\((403|Forbidden|Unauthorized|AccessDenied\w*)\)\s+when|\[?\bForbidden\b: ?null")
_GLUED_CODE = re.compile(r"(?:^|[\s\"'.(])((?:Client\.)?[A-Za-z]{0,30}(?:Exception|Failure|Endpoint)): \S")
_BOTO_403 = frozenset({"403", "Forbidden", "401", "Unauthorized"})
_USER_CUT = re.compile(r"User: (arn:\S+) is\b")
_AUTHORIZER = re.compile(r"User is not authorized to\s+access this resource")
_CLAUSE = re.compile(r"because no [\w -]{3,40} allows the|explicit deny in an? ")
_LINES = re.compile(r"An error occurred\s+\(")


def env_kms(text: str) -> bool:
    """True if Lambda speaks of the function's environment variables."""
    return LAMBDA[0].pattern.search(text) is not None


def read(text: str) -> tuple[Message, ...]:
    """The refusal of a text that has no sentence, or ()."""
    low = _SPACE.sub(" ", text[:20_000]).lower()
    found = _worded(text, low, LAMBDA)
    if found is None and _refuses(text):
        found = _worded(text, low, SERVICES) or _clause(text) or _coded(text)
    return (found,) if found else ()


def beside(text: str, told: tuple[Message, ...]) -> tuple[Message, ...]:
    """Add the refusals of other calls that only an SDK's wrapping tells, in a text that has sentences too."""
    if text.count("when calling the") <= len(told):
        return told
    known = {m.operation for m in told}
    extra = []
    for start in _LINES.finditer(text):
        stop = min(start.end() + 400, len(text))
        call = wrapping.botocore(text, start.start(), min(start.end() + 200, len(text)))
        if call and call[1] not in known and _denies(call[0]) and "authorized" not in text[start.end() : stop]:
            known.add(call[1])
            extra.append(
                Message(Kind.IAM_DENIAL, error_code=call[0], operation=call[1], excerpt=text[start.start() : stop])
            )
    return told + tuple(extra)


def authorizer(message: Message, text: str) -> Message:
    """API Gateway's word to a client bears a reason and is still no denial of the function's role."""
    if not _AUTHORIZER.search(text) or not (why := reasons.find(text, 0, len(text))):
        return message
    return replace(message, effect=why.effect, layer=why.layer, policy_arn=why.policy_arn)


def leading_code(text: str) -> str | None:
    """A code of any kind before a colon, for what is no denial."""
    match = _GLUED_CODE.search(text)
    return match.group(1) if match and not negatives.plain_error(match.group(1)) else None


def _refuses(text: str) -> bool:
    """False if code and words speak of credentials, throttling or something that no policy grants."""
    code = wrapping.any_code(text)
    if negatives.no_denial(text) or (code and negatives.credentials(code, "")) or negatives.throttle(code, ""):
        return False
    if negatives.credentials(None, text):
        return False
    return bool(_strong(text, code)) or not negatives.foreign(text)


def _strong(text: str, code: str | None) -> bool:
    return bool(_SDK.search(text) or _JAVA.search(text)) and bool(code and _denies(code))


def _denies(code: str) -> bool:
    return code in _BOTO_403 or any(stem in code for stem in (*wrapping.DENIALS, "Denied"))


def _worded(text: str, low: str, wordings: tuple[Wording, ...]) -> Message | None:
    for wording in wordings:
        match = wording.pattern.search(text) if wording.needle in low else None
        if match:
            return _of_wording(text, match, wording)
    return None


def _of_wording(text: str, match: re.Match[str], wording: Wording) -> Message:
    said = match.groupdict()
    message = Message(
        wording.kind,
        principal=said.get("principal"),
        action=said.get("action"),
        resource=said.get("resource"),
        layer=wording.layer,
        operation=said.get("operation"),
        error_code=said.get("code"),
    )
    return _wrapped(message, text, match.start(), match.end())


def _wrapped(message: Message, text: str, start: int, end: int) -> Message:
    code = message.error_code or _code(text)
    service = wrapping.operation(text, 0, len(text)) or wrapping.url_action(text)
    ours = message.kind is not Kind.IAM_DENIAL
    return replace(
        message,
        principal=message.principal or _cut_user(text),
        error_code=code,
        operation=message.operation or service if not ours or service else None,
        request_id=wrapping.invocation(text, 0, len(text)) or wrapping.service_id(text, 0, len(text)),
        encoded=_encoded(text, start),
        excerpt=text[start : max(end, start + 300)][:2_000],
    )


def _encoded(text: str, at: int) -> str | None:
    from iam_watchdog.detect.parse import extras  # noqa: PLC0415

    return extras(Message(Kind.IAM_DENIAL), text, at, len(text)).encoded


def _cut_user(text: str) -> str | None:
    match = _USER_CUT.search(text)
    return match.group(1) if match else None


def _code(text: str) -> str | None:
    if call := wrapping.botocore(text, 0, len(text)):
        return call[0]
    first = wrapping.denial_code(text, 0, len(text), last=False)
    return first or wrapping.any_code(text)


def _clause(text: str) -> Message | None:
    """`no identity-based policy allows the X action` with nothing before it: the action stands only there."""
    if not _CLAUSE.search(text):
        return None
    why = reasons.find(text, 0, len(text))
    if why is None or why.layer is None:
        return None
    message = Message(Kind.IAM_DENIAL, action=why.action, effect=why.effect, layer=why.layer, policy_arn=why.policy_arn)
    return _wrapped(message, text, why.start, why.end)


def _coded(text: str) -> Message | None:
    """A denying code in its place, or a 403 of an SDK, is a refusal; the word in prose is none."""
    call = wrapping.botocore(text, 0, len(text))
    code = call[0] if call else _code(text)
    denied = (code and _denies(code)) or (_FORBIDDEN.search(text) and _SDK.search(text)) or wrapping.url_action(text)
    if not denied:
        return None
    at = text.find(code) if code else 0
    return _wrapped(Message(Kind.IAM_DENIAL), text, max(at, 0), max(at, 0) + 300)


__all__ = ["Effect", "Layer", "authorizer", "beside", "env_kms", "leading_code", "read"]
