"""Words that tell what is no denial; in lower case with single blanks, as texts are folded before the comparison."""

from __future__ import annotations

CREDENTIALS = (
    "security token included in the request i",
    "signature expired",
    "does not exist in our records",
    "token has expired",
    "token is expired",
    "token is malformed",
    "missing authentication token",
    "bad session token",
    "unable to parse jwt token",
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
    "invalid sigv4 credentials",
    "sso session associated with this profile",
    "session token not found or invalid",
    "no valid credential sources",
    "validate the provided access credentials",
    "request has expired",
    "invalid according to policy",
    "headers present in the request which were not signed",
    "requires a valid date or x-amz-date header",
)
"""The caller's keys, token, signature or clock are the matter."""
TRIGGERS = (
    "token",
    "credential",
    "signature",
    "expired",
    "validat",
    "our records",
    "multifactor",
    "not signed",
    "according to policy",
    "imds",
    "x-amz-date",
    "key=value",
    "sso session",
)
"""One of them is in each of the phrases above: where none is, no phrase need be looked for."""
NO_DENIAL = (
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
    "with session credentials",
    "may not be assumed by root",
    "unable to verify secret hash",
    "unauthenticated access is not supported for this identity pool",
    "user is disabled",
    "you are not authorized to make this call",
    "access to the path",
    "access to the specified resource is denied",
)
"""What no policy grants though its code may say so, and what other products say in AWS's words."""
FOREIGN = (
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
    "rustfs",
    "seaweedfs",
    "acs:ram",
    "aliyun",
    "huawei",
    "assumed-agency",
    "fork/exec",
    "org.springframework.security",
    "ora-01",
    "odoo.exceptions",
    "cancan::",
    "pundit::",
    "psutil",
    "freedesktop",
    "accessdeniedexception: access is denied",
    "access control error",
    "insufficient privileges",
    "authorization_requestdenied",
    "erroraccessdenied",
    "authorizationpermissionmismatch",
    "operation using this permission",
    "blob.core.windows.net",
    "storage.objects.",
    "gserviceaccount",
    "bigquery",
    "firebase",
    "firestore",
    "aliyuncs",
    "myqcloud",
    "digitaloceanspaces",
    "backblazeb2",
    "wasabisys",
    "cloudflarestorage",
    "not authorized to access topics",
    "topicauthorizationexception",
    "groupauthorizationexception",
    "permission was denied on the",
    "permission denied on resource project",
    "login failed for user",
    "noperm ",
    "access_refused",
    "insufficientaccess",
    "registry.npmjs.org",
    "openai",
    "anthropic.permission",
    "avc: ",
    "winerror 5]",
    "requested access to the resource is denied",
    "you have no right to access",
    "bucket you access does not belong to you",
    "oss: service returned error",
    "is not authorized for op ",
    "notauthorizedornotfound",
)
"""Databases, file systems, other clouds, other services and frameworks."""
NO_DENIAL_GATES = (" su", "able", "ot autho", "ss to th", "opt")
FOREIGN_GATES = ("auth", "perm", "acc", "lo", "fi", "errno ", "os", "an", "aliyun", "ra", "google", "bi", "of")
"""Pieces that many of the words share and few refusals hold: where one is not, none of its words need be looked for."""

Gated = tuple[tuple[str, tuple[str, ...]], ...]


def gated(words: tuple[str, ...], gates: tuple[str, ...]) -> Gated:
    """Each word behind the first gate that it contains; a word without one is its own gate."""
    groups = []
    left = words
    for gate in gates:
        groups.append((gate, tuple(word for word in left if gate in word)))
        left = tuple(word for word in left if gate not in word)
    return (*groups, *((word, (word,)) for word in left))


def has_gated(text: str, groups: Gated) -> bool:
    """The same answer as `has` over all the words, at a third of the searches."""
    for gate, words in groups:  # noqa: SIM110 - measured
        if gate in text and has(text, words):
            return True
    return False


def has(text: str, words: tuple[str, ...]) -> bool:
    """True if one of the words is in the text; a plain loop, at half the price of `any` over a generator."""
    for word in words:  # noqa: SIM110 - measured
        if word in text:
            return True
    return False
