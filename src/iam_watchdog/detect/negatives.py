"""What looks like a denial and is none: credentials, throttling, other clouds, databases, file systems, dry runs.

All words are compared in lower case with single blanks.
"""

from __future__ import annotations

import re

from iam_watchdog.model import Kind

_CREDENTIALS = (
    "security token included in the request i",
    "signature expired",
    "does not exist in our records",
    "token has expired",
    "token is expired",
    "token is malformed",
    "missing authentication token",
    "multifactorauthentication failed",
    "validating your keys",
    "unable to locate credentials",
    "nocredentialproviders",
    "request signature we calculated",
    "could not load credentials",
    "failed to retrieve credentials",
    "failed to refresh cached credentials",
    "missing credentials in config",
    "credentialsprovidererror",
    "could not find credentials",
    "no ec2 imds role found",
    "not a valid key=value pair",
    "credentials have expired",
    "sso session associated with this profile",
)
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
_NO_DENIAL = (
    "dryrunoperation",
    "request would have succeeded",
    "unable to determine service/operation name",
    "incorrect username or password",
    "is not enabled",
    "not subscribed to",
    "is not subscribed",
    "needs a subscription",
    "optinrequired",
    "accept terms and subscribe",
    "opt-in",
    "user is not authorized to access this resource",
    "inline policy:",
    "localstack",
    "kmsdisabled",
    "security_exception",
    "not authorized for images",
)
_GRAPHQL = re.compile(r"not authorized to access \w+ on type")
_FOREIGN = (
    "permission denied for ",
    "password authentication failed",
    "pam_authenticate",
    "pam authentication",
    "insufficientprivilege",
    "pg_hba.conf",
    "must be owner of",
    "access denied for user",
    "command denied to user",
    "sqlstate",
    "mongoerror",
    "mongoserver",
    "to execute command",
    "eacces",
    "eperm:",
    "erofs",
    "errno 13]",
    "errno 30]",
    "errno 1]",
    "read-only file system",
    "permissionerror",
    "patherror",
    "java.nio.file",
    "unauthorizedaccessexception",
    "access to the path",
    "permission denied (publickey",
    "is forbidden: user",
    "cannot list resource",
    "cannot get resource",
    "system:serviceaccount",
    "permission_denied",
    "gcloud",
    "googleapis",
    "google cloud",
    "google.api",
    "authorizationfailed",
    "does not have authorization to perform",
    "azureoperation",
    "microsoft.",
    "resource not accessible by",
    "docs.github.com",
    "minio",
    "scaleway",
    "radosgw",
    "acs:ram",
    "aliyun",
    "huawei",
    "assumed-agency",
    "fork/exec",
    "org.springframework.security",
    "ora-01",
    "odoo.exceptions",
    "requested access to the resource is denied",
)
_DENIED_FILE = re.compile(r"permission denied(?:,|:|\.| \(|'|\"|$)|permission '[^']*' denied")
_HTTP = re.compile(
    r"403 client error|status(?:code)?['\"]?: ?403|statustext|status code 403|http 403|forbidden"
    r"|unauthorized\"|permission denied"
)
_AWS_HTTP = re.compile(r"x-am[zn]|amazonaws\.com|status: 401|\"unauthorized\"")
_PROSE = re.compile(r"access ?denied\b(?! exception:)[^:]* errors?\b|errors? [^:]*\baccess ?denied\b")


def folded(text: str) -> str:
    """Lower case with single blanks: what all words of refusal are compared with."""
    return " ".join(text[:20_000].split()).lower()


def credentials(low: str) -> bool:
    """True if the text says that the caller's credentials, not a policy, are the matter."""
    return any(words in low for words in _CREDENTIALS) or ("api key" in low and bool(_API_KEY.search(low)))


def credential_code(code: str) -> bool:
    """True for a code that concerns credentials."""
    return _IS_CREDENTIAL_CODE.match(code) is not None


def throttle_code(code: str) -> bool:
    """True for a call that came too often."""
    return _IS_THROTTLE_CODE.match(code) is not None


def no_denial(low: str) -> bool:
    """True for what refuses for no policy's sake though its code may say so, and for other products' own words."""
    return any(words in low for words in _NO_DENIAL) or ("on type" in low and bool(_GRAPHQL.search(low)))


def foreign(low: str) -> bool:
    """True if another product's words are in the text: a database, a file system, another cloud."""
    if any(words in low for words in _FOREIGN):
        return True
    return "permission" in low and _DENIED_FILE.search(low) is not None


_OF_AWS = re.compile(r"arn:aws[\w-]*:(?:iam|sts)::(?!0{12})\d{12}:")


def foreign_sentence(text: str, principal: str | None = None) -> bool:
    """True if another product speaks AWS's sentence: Huawei, LocalStack.

    Their words may also stand in a path or an object's key; a caller of a real account is AWS's in any case.
    """
    if principal and _OF_AWS.match(principal):
        return False
    return "inline policy:" in text or "assumed-agency" in text or "acs:ram" in text or "ocalstack" in text


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
    if foreign_sentence(text) and ("agency" in text or "acs:" in text):
        return Kind.NOT_AWS
    if no_denial(low):
        return Kind.OTHER
    if foreign(low):
        return Kind.NOT_AWS
    if _PROSE.search(low):
        return Kind.OTHER
    return Kind.NOT_AWS if not code and _HTTP.search(low) and not _AWS_HTTP.search(low) else Kind.OTHER
