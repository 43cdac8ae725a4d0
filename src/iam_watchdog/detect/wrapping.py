"""What the SDK, the runtime or the service wrote round a refusal: error code, operation, request id."""

from __future__ import annotations

import re

_VALUE = r"(<[^<>\n]{1,60}>|[^\s,;:\"'<>(){}]+)"
_BOTOCORE = re.compile(r"\(([\w.\s]{1,80})\)\s+(?:occurred\s+)?when\s+calling\s+the\s+(\w+)\s+operation")
_GO = re.compile(r"operation\s+error\s+([\w .-]{1,60}?):\s+(\w+),")
_PHP = re.compile(r'Error executing\s+"(\w+)"')
_URL = re.compile(r"amazonaws\.com[^\s\"']{0,40}[?&]Action=(\w+)")
_PREFIX = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z\s+([0-9A-Za-z*]{4,}(?:-[0-9A-Za-z*]+){4})\s")
_START = re.compile(r"(?:START|END|REPORT) RequestId: ([\w-]+)")
_IDS = (
    ("equest ID", re.compile(rf"(?<!Extended )[Rr]equest ID:?\s*{_VALUE}")),
    ("equest id", re.compile(rf"[Rr]equest id:?\s*{_VALUE}")),
    ("RequestID", re.compile(rf"(?<![A-Za-z])RequestID\"?:\s*\"?{_VALUE}")),
    ("RequestId>", re.compile(r"([\w-]+)</RequestId>")),
    ("equestId", re.compile(rf"(?<![A-Za-z])[Rr]equestId[\"']?\s*[:=]\s*[\"']?{_VALUE}")),
    ("x-am", re.compile(rf"x-amzn?-request-?id[\"']?\s*:\s*[\"']?{_VALUE}", re.IGNORECASE)),
)
_NO_ID = frozenset({"null", "undefined", "None", "...", "…", "nil"})

DENIALS = (
    "AccessDenied",
    "UnauthorizedOperation",
    "AuthorizationError",
    "NotAuthorized",
    "UnauthorizedException",
    "UnauthorizedAccess",
    "ForbiddenException",
    "InsufficientPermissions",
)
"""What a denying error code contains; FIELD_GUIDE's list with its prefixes and suffixes cut off."""
_WHOLE = re.compile(r"[A-Za-z0-9]*(?:\.[A-Z][A-Za-z0-9]*)?\Z")
_SUFFIX = re.compile(r"(?:Exception|Fault|Error)*")
_AFTER = re.compile(r"KMS Message|\s*(?:\((?:client|Sender)\)\s*)?(?:[:\"'<>),;]|\*\*|\s-|$)|\s*\n|\s{2,}|\s*,")
_HANDLER = re.compile(r"HandlerErrorCode:\s*(\w+)")
_PLACES = re.compile(
    r"(?<!S3 )(?<!EC2 )(?<!KMS )Error Code:\s*([\w.]+)"
    r"|\"(?:errorType|__type|[cC]ode|errorCode|ErrorCode|name|[eE]rror)\"\s*:\s*\"(?:[\w.]+#)?([\w.]+)\""
    r"|\bcode:\s*'?(\w+)|<Code>([\w.]+)<"
    r"|api error\s+([\w.]+):|([\w.]+) \(client\)|x-amzn-error-?type\s*:\s*([\w.]+)|\bCode=([A-Za-z]\w+)",
)
_NO_CODE = re.compile(
    r"(?:Amazon\w*|\w*Service|\w*Client|Boto\w*|Invoke|S3|Lambda)(?:Exception|Error)\Z|(?:\w*\.)?Error\Z|\d+\Z|[a-z]"
)


def botocore(text: str, start: int, stop: int) -> tuple[str, str] | None:
    """Code and operation of the last `An error occurred (CODE) when calling the OP operation` in a range."""
    at = text.rfind("when", start, stop)
    while at >= 0:
        opening = text.rfind("(", max(start, at - 110), at)
        match = _BOTOCORE.match(text, opening, stop) if opening >= 0 else None
        if match:
            return "".join(match.group(1).split()), match.group(2)
        at = text.rfind("when", start, at)
    return None


def denial_code(text: str, start: int, stop: int, *, last: bool) -> str | None:
    """The denying code nearest to the sentence: the last before it, or the first after it, in a code's place."""
    best: tuple[int, str] | None = None
    for stem in DENIALS:
        found = _stem(text, stem, start, stop, last=last)
        if found and (best is None or (found[0] > best[0]) == last):
            best = found
    return best[1] if best else None


def _stem(text: str, stem: str, start: int, stop: int, *, last: bool) -> tuple[int, str] | None:
    find = text.rfind if last else text.find
    at = find(stem, start, stop)
    for _ in range(12):
        if at < 0:
            return None
        if code := _code_at(text, at, stem):
            return at, code
        at = find(stem, start, at) if last else find(stem, at + 1, stop)
    return None


def _code_at(text: str, at: int, stem: str) -> str | None:
    head = _WHOLE.search(text, max(0, at - 40), at)
    tail = _SUFFIX.match(text, at + len(stem))
    if head is None or tail is None or not _AFTER.match(text, tail.end()):
        return None
    if text[head.start() - 12 : head.start()].endswith((" Error Code: ",)) and text[head.start() - 14] not in "; ":
        return None
    prefix = head.group().rsplit(".", 1)
    kept = head.group() if prefix[0] in ("KMS", "Client") else prefix[-1]
    return kept + stem + tail.group()


def handler_code(text: str, start: int, stop: int) -> str | None:
    """CloudFormation's own code; GeneralServiceException says nothing."""
    at = text.find("HandlerErrorCode", start, stop)
    match = _HANDLER.match(text, at) if at >= 0 else None
    return match.group(1) if match and match.group(1) != "GeneralServiceException" else None


def any_code(text: str) -> str | None:
    """The first error code of any kind that stands in a code's place."""
    if found := botocore(text, 0, len(text)):
        return found[0]
    for match in _PLACES.finditer(text):
        code = next(group for group in match.groups() if group)
        if not _NO_CODE.match(code):
            return code
    return handler_code(text, 0, len(text))


def operation(text: str, start: int, stop: int) -> str | None:
    """The API operation that an SDK names before the message, nearest first."""
    if found := botocore(text, start, stop):
        return found[1]
    at = max(text.rfind("operation error", start, stop), text.rfind("operation\nerror", start, stop))
    if at >= 0 and (match := _GO.match(text, at)):
        return match.group(2)
    at = text.rfind("Error executing", start, stop)
    match = _PHP.match(text, at) if at >= 0 else None
    return match.group(1) if match else None


def url_action(text: str) -> str | None:
    """The operation in the query string of an AWS endpoint."""
    match = _URL.search(text) if "Action=" in text else None
    return match.group(1) if match else None


def invocation(text: str, start: int, stop: int) -> str | None:
    """The Lambda invocation id of the log prefix before a place."""
    if "Z\t" in text or "Z " in text:
        found = [m.group(1) for m in _PREFIX.finditer(text, start, stop)]
        if found:
            return found[-1]
    match = _START.search(text, start, stop) if "RequestId: " in text else None
    return match.group(1) if match else None


def service_id(text: str, start: int, stop: int) -> str | None:
    """The first request id of the service in a range; the plainer forms win over JSON members."""
    if text.find("equest", start, stop) < 0:
        return None
    for literal, pattern in _IDS:
        if text.find(literal, start, stop) < 0:
            continue
        match = pattern.search(text, start, stop)
        if match and match.group(1) not in _NO_ID:
            return match.group(1)
    return None
