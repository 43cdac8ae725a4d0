"""Who is speaking: an AWS SDK, something near AWS, or another product; and whether its words refuse at all."""

from __future__ import annotations

import re

from iam_watchdog.detect import codes, negatives
from iam_watchdog.detect.vocabulary import gated, has, has_gated
from iam_watchdog.detect.wordings import EC2

_SDKS = gated(
    (
        "when calling the",
        "operation error",
        "aws-sdk",
        "com.amazonaws.services",
        "com.amazonaws.Amazon",
        "com.amazonaws.http",
        "software.amazon.awssdk",
        "aws.sdk.kotlin",
        "Aws::",
        "Aws\\",
        "Amazon.",
        "$metadata",
        "HandlerErrorCode",
        "(Service: ",
        "com.amazon.coral",
        "AWSiOS",
        "status code: 403, request id",
    ),
    ("when calling the", "operation error", "com.amazon", "Aws"),
)
"""Words that only an AWS SDK writes round a refusal."""
_NEAR = ("amazonaws.com", "x-amzn", "botocore", "boto3")
"""Words that stand near AWS's own answers, and near other things too."""
_WEAK = frozenset(
    {"UnauthorizedException", "ForbiddenException", "NotAuthorizedException", "NotAuthorized", "AccessDeniedError"}
)
"""Codes that Cognito, AppSync and API Gateway give to *their* callers: only an SDK's wrapping makes them refusals."""
_PLAIN = re.compile(r" operation: access denied(?![ :]| *\()(?!\w)| operation: access denied traceback ")
"""S3's whole word on the matter: nothing else can be meant, whatever a traceback behind it holds."""
_EC2_MARKS = ("UnauthorizedOp", "ncoded authorization", *_NEAR)
_OWN = re.compile(
    r"https?://(?![^\s/]*(?:amazon|aws))|(?:"
    r"(?<![a-z])(?:error|message|error_?message|user_?message|detail|msg)[\"']?\s?[:=]\s?[\"'`]|error\(\s?[\"'`]"
    rf"|(?<![\w.])(?:authorization|forbidden|permission|http|api)\w*(?:error|exception): ){EC2.needle}"
)
"""Many applications refuse their own users in EC2's words: in a member of their answer, or beside their own address."""


def sdk(text: str) -> bool:
    """True if an AWS SDK wrote round the refusal."""
    return has_gated(text, _SDKS)


def marked(text: str) -> bool:
    """True if some word says that AWS or one of its SDKs is speaking."""
    return sdk(text) or has(text, _NEAR) or "CLIENT_ERROR" in text or "accountId" in text


def refuses(text: str, low: str, code: str | None, call: tuple[str, str] | None) -> bool:
    """False if the words after the code speak of credentials or of what no policy grants, or are another product's.

    Before an SDK's wrapping stands the application's own text: an object key there may be named like an error.
    """
    if code and ("UnauthorizedOp" in code or (call and codes.denies(code) and _PLAIN.search(low))):
        return True
    words = _words(low, code, call)
    if negatives.no_denial(words) or negatives.credentials(words) or negatives.gateway(words):
        return False
    by_sdk = call is not None or sdk(text)
    if code in _WEAK and not (by_sdk and (_says_no(words) or not code.startswith("NotAuthorized"))):
        return False
    if code and codes.denies(code) and (by_sdk or has(text, _NEAR)):
        return True
    if by_sdk:
        return not negatives.foreign(words)
    return not negatives.foreign(low) and not (EC2.needle in low and not has(text, _EC2_MARKS) and _OWN.search(low))


def _says_no(words: str) -> bool:
    return "is not authorized" in words or "is forbidden" in words


def _words(low: str, code: str | None, call: tuple[str, str] | None) -> str:
    """What the service itself says: behind the SDK's wrapping or the code, in Java behind the exception's name."""
    at = low.find("when calling the" if call else "api error ")
    if at < 0 and code:
        at = max(low.find(f"{code.lower()}: "), low.find(f"{code.lower()} (client): "))
    if at < 0 and (tail := low.find("(service: ")) >= 0:
        at = low.rfind("exception: ", 0, tail)
    end = low.find("traceback (most recent", max(at, 0))
    return low[max(at, 0) : end if at >= 0 and end >= 0 else len(low)]
