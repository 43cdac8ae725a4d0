"""What the SDK, the runtime or the service wrote round a refusal: operation and request id."""

from __future__ import annotations

import re

_VALUE = r"(<[^<>\n]{1,60}>|[^\s,;:\"'`<>(){}]+)"
_BOTOCORE = re.compile(r"\(([\w.\s]{1,80})\)\s+(?:occurred\s+)?when\s+calling\s+the\s+['\"`]?(\w+)['\"`]?\s+operation")
_GO = re.compile(r"operation\s+error\s+([\w .-]{1,60}?):\s+(\w+)\b")
_CALLING = re.compile(r"when\s+calling\s+the\s+(\w+)\s+operation\b")
_PHP = re.compile(r'Error executing\s+"(\w+)"')
_URL = re.compile(r"amazonaws\.com[^\s\"']{0,40}[?&]Action=(\w+)")
_PREFIX = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z\s+([0-9A-Za-z*]{4,}(?:-[0-9A-Za-z*]+){4})\s")
_CLOCK = 24
"""Characters that a time of day has at most."""
_START = re.compile(r"(?:START|END|REPORT) RequestId: ([\w-]+)")
_IDS = (
    ("equest ID", 4, re.compile(rf"(?<!Extended )[Rr]equest ID:?\s*{_VALUE}")),
    ("equest id", 4, re.compile(rf"[Rr]equest id:?\s*{_VALUE}")),
    ("equestID", 4, re.compile(rf"(?<![A-Za-z])[Rr]equestID\"?:\s*\"?{_VALUE}")),
    ("RequestId>", 80, re.compile(r"([\w-]+)</RequestId>")),
    ("equestId", 4, re.compile(rf"(?<![A-Za-z])[Rr]equestId[\"']?\s*[:=]\s*[\"']?{_VALUE}")),
    ("x-am", 4, re.compile(rf"x-amzn?-request-?id[\"']?\s*:\s*[\"']?{_VALUE}", re.IGNORECASE)),
    ("request_id", 4, re.compile(rf"(?<![A-Za-z_])(?:aws_)?request_id\"?:\s*(?:Some\()?\"{_VALUE}")),
    ("function_request_id", 4, re.compile(rf"function_request_id\"?\s*[:=]\s*\"?{_VALUE}")),
)
"""What must be there, how far before it the id may begin, and the pattern; the plainer forms win over JSON members."""
_ONCE = {" I": _IDS[0][2], " i": _IDS[1][2], "ID": _IDS[2][2], "Id": _IDS[4][2]}
"""By what follows `equest` where it stands but once: the usual forms without a search for the others."""
_NO_ID = frozenset({"null", "undefined", "None", "...", "…", "nil"})


def botocore(text: str, start: int, stop: int) -> tuple[str, str] | None:
    """Code and operation of the last `An error occurred (CODE) when calling the OP operation` in a range."""
    at = text.rfind("when", start, stop)
    while at >= 0:
        opening = text.rfind("(", at - 110 if at - start > 110 else start, at)
        match = _BOTOCORE.match(text, opening, stop) if opening >= 0 else None
        if match:
            code, name = match.groups()
            return code if code.isalnum() else "".join(code.split()), name
        at = text.rfind("when", start, at)
    return None


def operation(text: str, start: int, stop: int) -> str | None:
    """The API operation that an SDK names before the message, nearest first."""
    found = botocore(text, start, stop)
    return found[1] if found else other_operation(text, start, stop)


def other_operation(text: str, start: int, stop: int) -> str | None:
    """The same for what is not botocore, or only its end: Go's second SDK and PHP."""
    last = text.rfind("operation", start, stop)
    if last >= 0:
        at = max(text.rfind("operation error", start, stop), text.rfind("operation\nerror", start, stop))
        match = _GO.match(text, at) if at >= 0 else None
        if match:
            return match.group(2)
        if match := _CALLING.search(text, max(start, last - 120), stop):
            return match.group(1)
    at = text.rfind("Error executing", start, stop)
    match = _PHP.match(text, at) if at >= 0 else None
    return match.group(1) if match else None


def url_action(text: str) -> str | None:
    """The operation in the query string of an AWS endpoint."""
    match = _URL.search(text) if "Action=" in text else None
    return match.group(1) if match else None


def invocation(text: str, start: int, stop: int) -> str | None:
    """The Lambda invocation id of the log prefix before a place."""
    at = text.rfind("Z", start, stop)
    while at >= 0:
        began = text.rfind("T", max(start, at - _CLOCK), at) - len("2026-01-01")
        if began >= start and (match := _PREFIX.match(text, began, stop)):
            return match.group(1)
        at = text.rfind("Z", start, at)
    at = text.find("RequestId: ", start, stop)
    match = _START.search(text, max(start, at - 7), stop) if at >= 0 else None
    return match.group(1) if match else None


def service_id(text: str, start: int, stop: int) -> str | None:
    """The first request id of the service in a range."""
    at = text.find("equest", start, stop)
    if at < 0:
        return None
    if text.find("equest", at + 6, stop) < 0 and (usual := _ONCE.get(text[at + 6 : at + 8])):
        match = usual.search(text, at - 4 if at - start > 4 else start, stop)
        if match and (found := _id(match.group(1))):
            return found
    part = text[start:stop]
    for literal, lead, pattern in _IDS:
        if literal in part:
            match = pattern.search(text, max(start, start + part.find(literal) - lead), stop)
            if match and (found := _id(match.group(1))):
                return found
    return None


def _id(found: str) -> str | None:
    if found in _NO_ID:
        return None
    return found[:-1] if found[-1] == "." and not found.endswith("..") else found
