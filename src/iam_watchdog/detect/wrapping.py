"""What the SDK, the runtime or the service wrote round a refusal: error code, operation, request id."""

from __future__ import annotations

import re

_VALUE = r"(<[^<>\n]{1,60}>|[^\s,;:\"'<>(){}]+)"
_BOTOCORE = re.compile(r"\(([\w.\s]{1,80})\)\s+(?:occurred\s+)?when\s+calling\s+the\s+(\w+)\s+operation")
_GO = re.compile(r"operation\s+error\s+([\w .-]{1,60}?):\s+(\w+)\b")
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
_RELAYED = ("S3 Error Code: ", "EC2 Error Code: ", "KMS Error Code: ")
"""What one service quotes of another: not the code that the caller got."""
_SUFFIX = re.compile(r"(?:Exception|Fault|Error)*")
_AFTER = re.compile(
    r"KMS Message|\s*(?:\((?:client|Sender)\)\s*)?(?:[:\"'<>),;]|\*\*|\s-|$)|\s*\n|\s{2,}|\s*,|\s*\.\.\.|\s\(Service"
)
_HANDLER = re.compile(r"HandlerErrorCode:\s*(\w+)")
_PLACES = re.compile(
    r"(?<!S3 )(?<!EC2 )(?<!KMS )Error Code:\s{0,9}([\w.]{1,80})"
    r"|\"(?:errorType|__type|[cC]ode|errorCode|ErrorCode|name|[eE]rror)\"\s{0,9}:\s{0,9}\"(?:[\w.]{1,80}#)?([\w.]{1,80})\""
    r"|\bcode:\s{0,9}'?(\w{1,80})|<Code>([\w.]{1,80})<"
    r"|\b(Forbidden): (?:null|Forbidden)|returned error code\s{1,9}(\w{1,80})"
    r"|api error\s{1,9}([\w.]{1,80}):|(?<![\w.])([\w.]{1,80}) \(client\)"
    r"|(?i:x-amzn-error-?type)\s{0,9}:\s{0,9}([\w.]{1,80})|\bCode=([A-Za-z]\w{1,80})",
)
_NO_CODE = re.compile(
    r"(?:Amazon\w*|\w*Service|(?!Unrecognized)\w*Client|Boto\w*|Invoke|S3|Lambda)(?:Exception|Error)\Z"
    r"|(?:\w*\.)?Error\Z|(?!403\Z)\d+\Z|[a-z]"
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
    if last and (near := _glued(text, start, stop)):
        return near
    best: tuple[int, str] | None = None
    for stem in DENIALS:
        at = text.rfind(stem, start, stop) if last else text.find(stem, start, stop)
        found = _stem(text, stem, at, (start, stop), last=last) if at >= 0 else None
        if found and (best is None or (found[0] > best[0]) == last):
            best = found
    return best[1] if best else None


def _glued(text: str, start: int, stop: int) -> str | None:
    """`CODE: ` right before the sentence, the usual case."""
    if not text.endswith(": ", start, stop):
        return None
    at = end = stop - 2
    while at > start and text[at - 1].isalnum():
        at -= 1
    word = text[at:end]
    return _code_at(text, at + word.find(stem), stem) if (stem := _stem_of(word)) else None


def _stem_of(word: str) -> str | None:
    return next((stem for stem in DENIALS if stem in word), None)


def _stem(text: str, stem: str, at: int, bounds: tuple[int, int], *, last: bool) -> tuple[int, str] | None:
    start, stop = bounds
    for _ in range(12):
        if code := _code_at(text, at, stem):
            return at, code
        at = text.rfind(stem, start, at) if last else text.find(stem, at + 1, stop)
        if at < 0:
            break
    return None


def _code_at(text: str, at: int, stem: str) -> str | None:
    """The whole code round a stem, if it stands where codes stand: `Client.`, `KMS.` and `EC2` belong to it."""
    start = at
    while start and at - start < 40 and text[start - 1].isalnum():
        start -= 1
    for prefix in ("Client.", "KMS."):
        if text.endswith(prefix, 0, start):
            start -= len(prefix)
    tail = _SUFFIX.match(text, at + len(stem))
    if tail is None or not _AFTER.match(text, tail.end()):
        return None
    if text.endswith(_RELAYED, 0, start):
        return None
    return text[start : tail.end()]


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
    found = botocore(text, start, stop)
    return found[1] if found else other_operation(text, start, stop)


def other_operation(text: str, start: int, stop: int) -> str | None:
    """The same for what is not botocore: Go's second SDK and PHP."""
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
