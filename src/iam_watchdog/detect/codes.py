"""Error codes: which of them deny, and the places where a code, rather than a word of prose, stands."""

from __future__ import annotations

import re
import string

from iam_watchdog.detect.wrapping import botocore

STEMS = (
    "AccessDenied",
    "UnauthorizedOperation",
    "AuthorizationError",
    "NotAuthorized",
    "UnauthorizedException",
    "ForbiddenException",
    "InsufficientPermissions",
)
"""What a denying error code contains, without its prefixes and suffixes."""
_USUAL = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
_DENIED = STEMS[:1]
_LAST = STEMS[-2:]
_DENIED_OR_LAST = _DENIED + _LAST
_NUMBERS = frozenset({"403", "401"})
_RELAYED = ("S3 Error Code: ", "EC2 Error Code: ", "KMS Error Code: ")
"""What one service quotes of another: not the code that the caller got."""
_STRANGERS = (
    "java.nio.file.",
    "security.access.",
    "security.",
    "CanCan::",
    "Pundit::",
    "psutil.",
    "odoo.exceptions.",
    "Minio.Exceptions.",
    "DBus.Error.",
    "System.",
    "common.errors.",
)
"""Packages of other products that have a class of such a name."""
_NOT_OURS = _RELAYED + _STRANGERS
_BEFORE_NOT_OURS = " .:"
_CLOSING = frozenset(":\"'<>),;]")
"""What stands right behind nearly every code."""
_REST = re.compile(
    r"((?:Exception|Fault|Error)*+)(?:\s?KMS Message|\s*(?:\((?:client|Sender)\)\s*)?(?:[:\"'<>),;\]]|\*\*|\s-|\.?$)"
    r"|\s*\n|\s{2,}|\s*\.\.\.|\s\(Service|\swhen calling )"
)
"""What ends a code, and what must stand behind it."""
_WORD = re.compile(rf"(?<![\w.:])((?:Client\.|KMS\.)?[A-Za-z]*(?:{'|'.join(STEMS)})(?:Exception|Fault|Error)*)\Z")
_LETTERS = f"{string.ascii_letters}."
_ALNUM = string.ascii_letters + string.digits
_LONGEST_BEFORE = 40
"""Characters of a code before its stem."""
_HANDLER = re.compile(r"HandlerErrorCode:\s*(\w+)")
_KEYS = r"\"(?:errorType|__type|[cC]ode|errorCode|ErrorCode|name|[eE]rror)\"\s{0,9}:\s{0,9}\""
_PLACES = (
    (
        "Error Code:",
        re.compile(r"Error Code:(?<!S3 Error Code:)(?<!EC2 Error Code:)(?<!KMS Error Code:)\s{0,9}([\w.]{1,80})"),
    ),
    ("with Error Code ", re.compile(r"\bwith Error Code (\w{1,80}) and Http Status Code\b")),
    ('":', re.compile(_KEYS + r"(?:[\w.]{1,80}#)?([\w.]{1,80})\"")),
    ('" :', re.compile(_KEYS + r"(?:[\w.]{1,80}#)?([\w.]{1,80})\"")),
    ("code:", re.compile(r"\bcode:\s{0,9}'?(\w{1,80})")),
    ("name: '", re.compile(r"\bname: '(\w{1,80})'")),
    ("Code: '", re.compile(r"\bCode: '(\w{1,80})'")),
    ("'Code':", re.compile(r"'Code':\s{1,9}u?'([\w.]{1,80})'")),
    ("<Code>", re.compile(r"<Code>([\w.]{1,80})<")),
    ("Forbidden: ", re.compile(r"\b(Forbidden): (?:null|Forbidden|\n|\Z)")),
    ("returned error code", re.compile(r"returned error code\s{1,9}(\w{1,80})")),
    ("api error", re.compile(r"api error\s{1,9}([\w.]{1,80}):")),
    (" (client)", re.compile(r"(?<![\w.])([\w.]{1,80}) \(client\)")),
    ("x-amzn-", re.compile(r"(?i:x-amzn-error-?type)\s{0,9}:\s{0,9}([\w.]{1,80})")),
    ("Message:", re.compile(r"\bCode:\s{1,9}(\w{1,80})\s+Message:")),
    ("Code=", re.compile(r"\bCode=([A-Za-z]\w{1,80})")),
    ("::Errors::", re.compile(r"::Errors::(\w{1,80})")),
)
"""A literal that must be there, then the place; the one that comes first in the text is the caller's code."""
_CODELESS = tuple(each for each in _PLACES if "ode" not in each[0] and each[0] != "Message:")
"""The places that can be there where no `code` is."""
_NO_CODE = re.compile(
    r"(?:Amazon\w*|\w*Service|(?!Unrecognized)\w*Client|Boto\w*|Invoke|S3|Lambda)(?:Exception|Error)\Z"
    r"|(?:\w*\.)?Error\Z|(?!403\Z)\d+\Z|[a-z]"
)
_LEADING = re.compile(
    r"(?:^|[\s\"'`.(\]=])((?:Client\.)?[A-Za-z]{0,30}"
    r"(?:Exception|Failure|Endpoint|Throttling|LimitExceeded|OptInRequired|NotSupported|TimeTooSkewed)): \S"
)
_ENDINGS = ("ion", "ure", "int", "ing", "ded", "red", "ted", "wed")
"""How those end, and how many characters one has at most: only before a colon the pattern need be tried."""
_LONGEST = 60
_BASE = re.compile(
    r"(?:Amazon\w*|\w*Service|(?!Unrecognized)\w*Client|Runtime|BadRequest|Request|Unhandled|Invoke|S3|Sqs|Sns|Kms|Lambda"
    r"|DynamoDb|Ssm|Sts|Iam|Ec2|Kinesis|SecretsManager|CloudWatch|CloudWatchLogs|HttpErrorResponse|Web|SQL|IO)?"
    r"(?:Exception|Error)\Z"
)
"""Base classes: they name an SDK, not an error."""


def denies(code: str) -> bool:
    """True for a code that means a refusal."""
    return (
        "Denied" in code
        or "Unauthorized" in code
        or "NotAuthorized" in code
        or "Forbidden" in code
        or "AuthorizationError" in code
        or "InsufficientPermission" in code
        or code in _NUMBERS
    )


def before(text: str, start: int, stop: int) -> str | None:
    """The denying code nearest before a sentence, in a code's place."""
    if text.endswith(": ", start, stop) and (near := _glued(text, start, stop)):
        return near
    stems = _stems(text[start:stop])
    if not stems:
        return None
    return _nearest(text, stems, start, stop, -1) or _unmarked(text, max(start, stop - 80), stop)


def first(text: str, start: int, stop: int) -> str | None:
    """The first denying code of a range, in a code's place."""
    return _nearest(text, _stems(text[start:stop]), start, stop, 1)


def _nearest(text: str, stems: tuple[str, ...], start: int, stop: int, step: int) -> str | None:
    """The first code forwards, or (step -1) the first one backwards from the end."""
    best: tuple[int, str] | None = None
    for stem in stems:
        at = text.find(stem, start, stop) if step > 0 else text.rfind(stem, start, stop)
        found = _placed(text, stem, at, start, stop, step) if at >= 0 else None
        if found and (best is None or step * found[0] < step * best[0]):
            best = found
    return best[1] if best else None


def behind(text: str, start: int, stop: int) -> str | None:
    """The denying code behind a sentence, or the one that CloudFormation gives it."""
    return first(text, start, stop) or handler(text, start, stop)


def _unmarked(text: str, start: int, stop: int) -> str | None:
    """The last word before the sentence: consoles and documents set a code there without a colon."""
    part = text[start:stop]
    if not _stems(part):
        return None
    part = part.rstrip(" \n`'\"*_-–—/|.")
    # The word itself, and the character before it, which the pattern looks at.
    found = _WORD.search(part, max(0, len(part.rstrip(_LETTERS)) - 1))
    return found.group(1) if found else None


def _stems(part: str) -> tuple[str, ...]:
    """The stems that can be there at all: a few searches for what they share instead of seven."""
    spoken = "uthoriz" in part
    if spoken and ("uthorized" in part or "AuthorizationError" in part):
        return STEMS
    if spoken or "Exception" in part:
        return _DENIED_OR_LAST if "Denied" in part else _LAST
    return _DENIED if "Denied" in part else ()


def _glued(text: str, start: int, stop: int) -> str | None:
    """`CODE: ` right before the sentence, the usual case."""
    end = stop - 2
    word = text[max(start, end - 60) : end].rpartition(" ")[2]
    at = end - len(word)
    if word in _USUAL and (at == 0 or (at > start and not text.endswith(_RELAYED, 0, at))):
        return word
    if not word.isalnum():
        word = word[len(word.rstrip(_ALNUM)) :]
    for stem in STEMS:
        if stem in word:
            return _code_at(text, end - len(word) + word.find(stem), stem)
    return None


def _placed(text: str, stem: str, at: int, start: int, stop: int, step: int) -> tuple[int, str] | None:  # noqa: PLR0913, PLR0917 - measured
    """The first stem that is in a code's place, forwards or (step -1) backwards from one."""
    for _ in range(12):
        if code := _code_at(text, at, stem):
            return at, code
        at = text.find(stem, at + 1, stop) if step > 0 else text.rfind(stem, start, at)
        if at < 0:
            break
    return None


def _code_at(text: str, at: int, stem: str) -> str | None:
    """The whole code round a stem, if it stands where codes stand: `Client.`, `KMS.` and `EC2` belong to it."""
    start = at
    if text[at - 1 : at].isalnum():
        start = max(0, at - _LONGEST_BEFORE)
        start += len(text[start:at].rstrip(_ALNUM))
    before = text[start - 1 : start]
    if before == ".":
        for prefix in ("Client.", "KMS."):
            if text.endswith(prefix, 0, start):
                start -= len(prefix)
    if before in _BEFORE_NOT_OURS and text.endswith(_NOT_OURS, 0, start):
        return None
    end = at + len(stem)
    if text.startswith("Exception", end):
        end += 9
    if text[end : end + 1] in _CLOSING:
        return text[start:end]
    rest = _REST.match(text, at + len(stem))
    return text[start : rest.end(1)] if rest else None


def handler(text: str, start: int, stop: int) -> str | None:
    """CloudFormation's own code; GeneralServiceException says nothing."""
    at = text.find("HandlerErrorCode", start, stop)
    match = _HANDLER.match(text, at) if at >= 0 else None
    return match.group(1) if match and match.group(1) != "GeneralServiceException" else None


def any_of(text: str) -> str | None:
    """The first error code of any kind that stands in a code's place."""
    found = botocore(text, 0, len(text))
    return found[0] if found else placed(text)


def placed(text: str) -> str | None:
    """The same where botocore names none."""
    first: tuple[int, str] | None = None
    for literal, place in _PLACES if "ode" in text else _CODELESS:
        if literal not in text:
            continue
        for match in place.finditer(text, 0, first[0] if first else len(text)):
            if not _NO_CODE.match(match.group(1)):
                first = (match.start(), match.group(1))
                break
    return first[1] if first else handler(text, 0, len(text))


def leading(text: str) -> str | None:
    """A code of any kind before a colon, for what is no denial."""
    at = text.find(": ")
    while at >= 0:
        if text.endswith(_ENDINGS, 0, at) and (match := _LEADING.search(text, max(0, at - _LONGEST), at + 3)):
            return None if _BASE.match(match.group(1)) else match.group(1)
        at = text.find(": ", at + 2)
    return None
