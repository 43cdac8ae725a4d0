"""What looks like a denial and is none: credentials, throttling, other clouds, databases, file systems, dry runs.

All words are compared in lower case with single blanks.
"""

from __future__ import annotations

import re

from iam_watchdog.detect import vocabulary
from iam_watchdog.detect.vocabulary import gated, has, has_gated
from iam_watchdog.model import Kind

_CREDENTIAL_CODE = (
    r"(?:ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|RequestExpired"
    r"|AuthFailure|InvalidAccessKeyId|MissingAuthenticationToken|IncompleteSignature|InvalidToken|TokenRefreshRequired"
    r"|RequestTimeTooSkewed|InvalidIdentityToken)(?:Exception)?"
)
_IS_CREDENTIAL_CODE = re.compile(rf"{_CREDENTIAL_CODE}\Z")
_CREDENTIAL_PLACE = re.compile(rf"(?:^|[\s'\"(\].:-])({_CREDENTIAL_CODE})\s?:")
_API_KEY = re.compile(r"no \w+ api key")
_THROTTLE_CODE = (
    r"(?:Throttling|Throttled|ThrottlingException|ThrottledException|RequestThrottled(?:Exception)?"
    r"|TooManyRequests(?:Exception)?|RequestLimitExceeded|ProvisionedThroughputExceeded(?:Exception)?|SlowDown"
    r"|BandwidthLimitExceeded|PriorRequestNotComplete|EC2ThrottledException|KMSThrottlingException)"
)
_IS_THROTTLE_CODE = re.compile(rf"{_THROTTLE_CODE}\Z")
_THROTTLE_PLACE = re.compile(rf"(?:^|[\s{{'\"]){_THROTTLE_CODE}: ")
_GRAPHQL = re.compile(r"not authorized to access \w+ on type")
_DENIED_FILE = re.compile(r"permission denied(?:,|:|\.| \(|'|\"|$)|permission (?:'[^']*'|to \S{1,80}) denied")
_HTTP = re.compile(
    r"403 client error|status(?:code)?['\"]?: ?403|statustext|status code 403|http 403|forbidden"
    r"|unauthorized\"|permission denied"
)
_AWS_HTTP = re.compile(r"x-am[zn]|amazonaws\.com|status: 401|\"unauthorized\"")
_PROSE = re.compile(r"access ?denied\b(?! exception:)[^:]* errors?\b|errors? [^:]*\baccess ?denied\b")

_NO_DENIAL = gated(vocabulary.NO_DENIAL, vocabulary.NO_DENIAL_GATES)
_FOREIGN = gated(vocabulary.FOREIGN, vocabulary.FOREIGN_GATES)


def folded(text: str) -> str:
    """Lower case with single blanks: what all words of refusal are compared with."""
    text = text[:20_000]
    # A blank is the only white space that is printable: so far the text is folded already.
    if text.isprintable() and "  " not in text:
        return text.strip(" ").lower()
    return " ".join(text.split()).lower()


def credentials(low: str) -> bool:
    """True if the text says that the caller's credentials, not a policy, are the matter."""
    return (has(low, vocabulary.TRIGGERS) and has(low, vocabulary.CREDENTIALS)) or (
        "api key" in low and bool(_API_KEY.search(low))
    )


def credential_code(code: str) -> bool:
    """True for a code that concerns credentials."""
    return _IS_CREDENTIAL_CODE.match(code) is not None


def throttle_code(code: str) -> bool:
    """True for a call that came too often."""
    return _IS_THROTTLE_CODE.match(code) is not None


def no_denial(low: str) -> bool:
    """True for what refuses for no policy's sake though its code may say so, and for other products' own words."""
    return has_gated(low, _NO_DENIAL) or ("on type" in low and bool(_GRAPHQL.search(low)))


def gateway(low: str) -> bool:
    """True for the body with which API Gateway turns its own callers away, and many others theirs."""
    return '"message":"forbidden"' in low or '"message": "forbidden"' in low


def foreign(low: str) -> bool:
    """True if another product's words are in the text: a database, a file system, another cloud."""
    if has_gated(low, _FOREIGN):
        return True
    return "permission" in low and _DENIED_FILE.search(low) is not None


def named_code(text: str) -> str | None:
    """A credential code that stands before a colon."""
    match = _CREDENTIAL_PLACE.search(text)
    return match.group(1) if match else None


def kind_of(code: str | None, text: str) -> Kind:
    """Name what a text without any denial is about."""
    low = folded(text)
    if "not authorized for images" not in low and ((code and credential_code(code)) or credentials(low)):
        return Kind.CREDENTIALS
    if (code and throttle_code(code)) or "rate exceeded" in low or _THROTTLE_PLACE.search(text):
        return Kind.THROTTLE
    if foreign(low):
        return Kind.NOT_AWS
    if no_denial(low):
        return Kind.OTHER
    if _PROSE.search(low):
        return Kind.OTHER
    return Kind.NOT_AWS if not code and _HTTP.search(low) and not _AWS_HTTP.search(low) else Kind.OTHER
