"""What looks like a denial and is none: credentials, throttling, other clouds, databases, file systems, dry runs."""

from __future__ import annotations

import re

from iam_watchdog.model import Kind

_CREDENTIAL_WORDS = re.compile(
    r"security token included in the request i|Signature expired|does not exist in our records|token (?:has|is) expired"
    r"|Missing Authentication Token|MultiFactorAuthentication failed|validating your keys|Unable to locate credentials"
    r"|NoCredentialProviders|request signature we calculated|No \w+ API Key|[Cc]ould not load credentials"
    r"|failed to (?:retrieve|refresh cached) credentials|Missing credentials in config|ExpiredToken\b"
    r"|provided token (?:has expired|is malformed)|credentials? (?:has|have) expired|CredentialsProviderError"
    r"|SSO session .{0,60}(?:expired|invalid)|not a valid key=value pair",
)
_CREDENTIAL_CODES = re.compile(
    r"(?:ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|RequestExpired|AuthFailure"
    r"|InvalidAccessKeyId|MissingAuthenticationToken|IncompleteSignature|InvalidToken|TokenRefreshRequired"
    r"|RequestTimeTooSkewed|InvalidIdentityToken|ExpiredIteratorX)(?:Exception)?\Z"
)
_CREDENTIAL_PLACE = re.compile(
    r"(?:^|[\s'\"(\].:-])((?:ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature"
    r"|RequestExpired|AuthFailure|InvalidAccessKeyId|IncompleteSignature|RequestTimeTooSkewed)(?:Exception)?)\s?:"
)
_THROTTLE_CODES = re.compile(
    r"(?:Throttling|Throttled|ThrottlingException|ThrottledException|RequestThrottled(?:Exception)?|TooManyRequests(?:Exception)?"
    r"|RequestLimitExceeded|ProvisionedThroughputExceeded(?:Exception)?|SlowDown|BandwidthLimitExceeded|LimitExceededException"
    r"|PriorRequestNotComplete|EC2ThrottledException|KMSThrottlingException)\Z"
)
_THROTTLE_WORDS = re.compile(
    r"\bRate [Ee]xceeded|(?:^|[\s{'\"])(Throttling(?:Exception)?|TooManyRequestsException|SlowDown): "
)
NOT_AWS = re.compile(
    r"permission denied for (?:table|relation|schema|function|sequence|database|view|language|column|type|foreign)"
    r"|password authentication failed|pam_authenticate|PAM authentication|InsufficientPrivilege"
    r"|pg_hba\.conf|must be owner of"
    r"|Access denied for user|command denied to user|SQLSTATE|ORA-\d"
    r"|not authorized on \S+ to execute|Mongo\w*Error|MongoServer"
    r"|\bEACCES\b|\bEPERM\b|\bEROFS\b|Errno (?:1|13|30)\b|[Rr]ead-only file system|PermissionError|PathError"
    r"|java\.nio\.file|UnauthorizedAccessException|Access to the path|Permission denied \(publickey"
    r"|is forbidden: User|cannot \w+ resource|system:serviceaccount|PERMISSION_DENIED|gcloud|googleapis|Google Cloud"
    r"|Permission '[^']*' denied|AuthorizationFailed|does not have authorization to perform"
    r"|\bMicrosoft\.[A-Z]|AzureOperation"
    r"|Resource not accessible by|docs\.github\.com|\b[Mm]in[Ii][Oo]\b|[Ss]caleway|\bceph\b|radosgw"
    r"|\bacs:ram|aliyun|huawei"
    r"|[Pp]ermission denied(?:,| \(|$|:|\.)|[Pp]ermission denied, open|fork/exec|org\.springframework\.security",
    re.MULTILINE,
)
_NOT_AWS_HTTP = re.compile(
    r"403 Client Error|status(?:Code)?['\"]?: ?403|statusText|status code 403|403:? Forbidden|: Forbidden\b|Forbidden"
    r"|[Pp]ermission denied|HTTP 403|unauthorized\"",
)
_OTHER_HTTP = re.compile(r"x-am[zn]|amazonaws\.com|Status: 401|\"Unauthorized\"", re.IGNORECASE)
_NO_DENIAL = re.compile(
    r"DryRunOperation|Request would have succeeded|Unable to determine service/operation name"
    r"|Incorrect username or password"
    r"|is not (?:enabled|subscribed|available)\b|not subscribed to|needs? a subscription|opt-?in|OptInRequired"
    r"|User is not authorized to\s+access this resource|inline policy:|localstack|KMSDisabled|security_exception"
    r"|Not Authorized to access \w+ on type|Not authorized for images",
    re.IGNORECASE,
)


def credentials(code: str | None, words: str) -> bool:
    """True if the caller's credentials, not a policy, are the matter."""
    return bool((code and _CREDENTIAL_CODES.match(code)) or _CREDENTIAL_WORDS.search(words))


def throttle(code: str | None, words: str) -> bool:
    """True if the call came too often."""
    return bool((code and _THROTTLE_CODES.match(code)) or _THROTTLE_WORDS.search(words))


def no_denial(words: str) -> bool:
    """True for what carries a denying code and refuses for no policy's sake, and for other products' own words."""
    return _NO_DENIAL.search(words) is not None


def foreign(text: str) -> bool:
    """True if another product's words are in the text: a database, a file system, another cloud."""
    return NOT_AWS.search(text) is not None


def named_code(text: str) -> str | None:
    """A credential code that stands before a colon."""
    match = _CREDENTIAL_PLACE.search(text)
    return match.group(1) if match else None


def kind_of(code: str | None, text: str) -> Kind:
    """Name what a text without any denial is about."""
    code = code or named_code(text)
    if credentials(code, text):
        return Kind.CREDENTIALS
    if throttle(code, text):
        return Kind.THROTTLE
    if no_denial(text):
        return Kind.OTHER
    if foreign(text):
        return Kind.NOT_AWS
    return Kind.NOT_AWS if _NOT_AWS_HTTP.search(text) and not code and not _OTHER_HTTP.search(text) else Kind.OTHER


_PLAIN = re.compile(
    r"(?:Error|Exception|RuntimeException|ServiceException|ClientException|ClientError|RequestError|BadRequestException)\Z"
)
_FOREIGN_SENTENCE = re.compile(r"inline policy:|assumed-agency|acs:ram|urn:\w+:iam|localstack", re.IGNORECASE)


def plain_error(code: str) -> bool:
    """True for a class name that says nothing."""
    return _PLAIN.match(code) is not None


def foreign_sentence(text: str) -> bool:
    """True if another product speaks AWS's sentence: Huawei, LocalStack."""
    return _FOREIGN_SENTENCE.search(text) is not None
