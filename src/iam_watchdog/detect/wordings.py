"""The refusals that are no sentence: what Lambda, S3, KMS, EC2, API Gateway and others say in words of their own."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from iam_watchdog.model import Kind, Layer


class Wording(NamedTuple):
    """Words that a text must hold (lower case, single blanks), then a pattern whose named groups are the spans."""

    needle: str
    source: str
    kind: Kind = Kind.IAM_DENIAL
    layer: Layer | None = None


@cache
def compiled(source: str) -> re.Pattern[str]:
    """The pattern, compiled when it is first needed: fifty of them would cost a cold start a tenth."""
    return re.compile(source.replace(" ", r"\s+"), re.IGNORECASE | re.DOTALL)


_USER = r"(?-i:User):? ?[`'\"]?(?P<principal>arn:[^`'\"\s]{1,300})[`'\"]?"


_ACTION = r"(?<![\w/:.])(?P<action>(?-i:[a-z][a-z0-9-]+:[A-Z][A-Za-z]+))(?![\w:/])"


_w = Wording

# https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html and the quoted messages of real logs.
_LAMBDA = (
    _w(
        "environment variables",
        r"Lambda was unable to (?:decrypt|configure access to) (?:the|your) environment variables because"
        r" (?:the )?KMS (?!key used)"
        r"(?:.{0,200}?KMS Exception:\s*(?P<code>\w+?)(?=KMS Message|\W|$))?"
        r"|KMSAccessDenied\w*: Lambda was unable to decrypt the environment variables\b",
        Kind.LAMBDA_ENV_KMS,
    ),
    _w(
        "assumed by lambda",
        r"(?-i:role) (?:defined for the function )?(?:'?arn\S* )?cannot be assumed by Lambda",
        Kind.LAMBDA_ASSUME_ROLE,
    ),
    _w(
        "unable to assume", r"(?-i:Lambda) (?:was|is) unable to assume the (?:execution )?role", Kind.LAMBDA_ASSUME_ROLE
    ),
    _w(
        "execution role do",
        r"(?-i:execution) role does(?: not|n't|n’t) have permissions? to call \w*(?:NetworkInterface|Subnets|Vpcs"
        r"|SecurityGroups)\w* on EC2",
        Kind.LAMBDA_VPC_ENI,
    ),
    _w(
        "execution role do",
        r"(?-i:execution) role does(?: not|n't|n’t) have permissions? to call (?P<operation>\w+) on (?P<service>\w+)",
    ),
    _w(
        "access has been denied by",
        r"(?-i:access) has been denied by EC2,? please make sure your (?:request credentials|function)[^.]{0,60}"
        r" permissions? to [*_`]*\w*NetworkInterface\w*",
        Kind.LAMBDA_VPC_ENI,
    ),
    _w(
        "access has been denied by",
        r"(?-i:access) has been denied by (?:(?-i:[A-Z][A-Z0-9]+\b)|\w+,? please make sure)"
        r"(?:.{0,120}? permissions? to [*_`]*(?P<operation>\w+))?",
    ),
    _w("configure vpc settings", r"additional permissions to configure VPC settings", Kind.LAMBDA_VPC_ENI),
    _w("invalid permissions on lambda", r"Invalid permissions on Lambda function", Kind.INVOKE_PERMISSION),
    _w("cannot be invoked", r"Lambda function .{1,300}? cannot be invoked\. Check the", Kind.INVOKE_PERMISSION),
    _w("execute the lambda function", r"Could not execute the lambda function\. Make sure", Kind.INVOKE_PERMISSION),
    _w(
        "invocation failed due to error access",
        r"\w+ invocation failed due to error (?P<code>AccessDenied\w*)",
        Kind.INVOKE_PERMISSION,
    ),
    _w(
        "permission to invoke",
        r"(?:(?P<principal>[\w-]+\.amazonaws\.com(?:\.cn)?|elasticloadbalancing) principal )?"
        r"(?:does not|doesn't|do not) have permissions? to invoke (?:the )?(?:Lambda )?(?:function )?"
        r"(?P<resource>arn:[^\s\"',)]+:function:[^\s\"',)]+)?",
        Kind.INVOKE_PERMISSION,
    ),
    _w(
        "authorized to invoke function",
        r"not authorized to invoke function \[?(?P<resource>arn:[^\s\"'\],)]+:function:[^\s\"'\],)<]+)",
        Kind.INVOKE_PERMISSION,
    ),
    _w("invokeexternalresource", r"Error Code: AccessDenied.{0,300}InvokeExternalResource", Kind.INVOKE_PERMISSION),
    _w("ecr image", r"Lambda does not have permission to access the ECR image"),
    _w("specified image", r"does not have permission to access the specified image"),
)

# What only AWS's services say, as in their troubleshooting pages.
_OWN = (
    _w(
        "the resource does not exist in this region, no",
        r"because the resource does not exist in this Region",
        layer=Layer.RESOURCE,
    ),
    _w("ciphertext refers to", r"The ciphertext refers to an? [\w ]{1,40} that does not exist"),
    _w("access to kms is not allowed", r"Access to KMS is not allowed"),
    _w(
        "cannot be assumed by principal",
        r"role '?(?P<resource>arn:[^\s']+)'? cannot be assumed by principal '?(?P<principal>[\w.-]+)'?",
    ),
    _w(
        "to assume the provided role",
        r"principal '?(?P<principal>[^\s']+)'? is not authorized to assume the provided role",
    ),
    _w("cannot access stream", r"Cannot access stream (?P<resource>arn:[^\s,]*[^\s,.])"),
    _w(
        "is not authorized to",
        # The case of the first letters counts, so that they are searched for as they stand.
        r"(?-i:'|\"|User |user |Role |role )(?P<principal>arn:[^'\"\s]{1,300})['\"]? is not authorized to"
        r" (?!perform|access this)\w+",
    ),
    _w("policy to s3 bucket", r"Insufficient delivery policy to s3 bucket"),
    _w("incorrect s3 bucket policy", r"Incorrect S3 bucket policy is detected"),
    _w("permission denied on s3 path", r"Permission denied on S3 path"),
    _w("with accountid", r"User with accountId: ?\S+ is not authorized to perform (?P<operation>\w+)"),
    _w("lake formation permission", r"Insufficient Lake Formation permission"),
    _w("requester is not authorized", r"requester is not authorized to access requested permissions"),
    _w("specified s3 resource is denied", r"Access to the specified s3 resource is denied"),
    _w("use launch template", r"not authorized to use launch template"),
    _w("api: ", r"API: [a-z][a-z0-9-]+:[A-Z]\w+ Access Denied"),
    _w("s3 error: access denied", r"S3 error: Access Denied"),
    _w("dkr.ecr.", r"\.dkr\.ecr\.[\w-]+\.amazonaws\.com\S*:? 403 Forbidden"),
    _w("pull access denied for", r"pull access denied for \d{12}\.dkr\.ecr\."),
    _w("unable to assume", r"unable to assume (?:the )?(?:provided )?role '?(?P<resource>arn:[^\s']+)'?"),
    _w("is forbidden", r"Access to Role 'arn:[^\s']+' is forbidden"),
    _w("access denied when writing", r"Access denied when writing output to url"),
    _w("access denied for operation", r"Access denied for operation '"),
)

EC2 = _w("you are not authorized to perform this operation", r"You are not authorized to perform this operation")
# What others say as well: a refusal only where AWS is speaking.
_SHARED = (
    _w(
        "is not authorized",
        _USER + r" is not a(?:uthorized)?(?: to)?\W*(?:truncated\W*)?\Z",
    ),
    _w("is not a (truncated", _USER + r" is not a ?\(truncated"),
    _w("access to the resource", r"Access to the resource(?= https?://| ?\Z)"),
    _w("role is not authorized to access", r"role is not authorized to access the \w+"),
    _w("access was denied. ensure", r"Access was denied\. Ensure that"),
    _w(
        "permission",
        r"(?-i:[Dd]o)(?:n't|n’t| not|es not|esn't) have (?:the )?(?:required |sufficient )?permissions?\b"
        # Whether a colon is followed by a capital at all is asked before every place is tried for an action.
        r"(?=(?:[^:]{0,160}:){1,4}?(?-i:[A-Z])).{0,160}?" + _ACTION,
    ),
    _w("need permission", rf"need permissions? .{{0,160}}?{_ACTION}"),
    _w("access to the model", r"don't have access to the model"),
    _w("account is not authorized", r"account is not authorized to"),
    _w("cross-account", r"Cross-account [\w ]{1,60} is not allowed"),
    _w("permissions to execute the query", r"Insufficient permissions to execute the query"),
    _w("access denied by server", r"mount\.nfs4: access denied by server"),
    EC2,
    _w("to assume the role", r"must allow [\w .]{3,60} to assume the role"),
    _w(
        "have permission",
        r"\b(?-i:(?:AWS|Amazon) [\w ]{2,40}|Lambda|CloudFront|CloudFormation|CodePipeline|CodeBuild|Glue|EventBridge"
        r"|(?:[Ff]unction|(?:[Ee]xecution|[Ss]ervice|[Pp]rovided|IAM) role|[Rr]ole)(?: arn:\S+)?)"
        r" (?:does not|doesn't|did not) have (?:the |sufficient |required |any )*permissions? to",
    ),
)

Shelf = tuple[tuple[str, tuple[Wording, ...]], ...]


def _shelf(wordings: tuple[Wording, ...], gates: tuple[str, ...]) -> Shelf:
    """Wordings behind the first gate that their needle contains, or behind the needle itself."""
    groups: dict[str, list[Wording]] = {gate: [] for gate in gates}
    for wording in wordings:
        gate = next((each for each in gates if each in wording.needle), wording.needle)
        groups.setdefault(gate, []).append(wording)
    return tuple((gate, tuple(group)) for gate, group in groups.items())


ENVIRONMENT = _LAMBDA[0]
OWN = _shelf((*_LAMBDA, *_OWN), ("nv", "execut", "assume", " image", " denied", " s3 ", "access to"))
SHARED = _shelf(_SHARED, ("permissi", "access ", "is not a", "authorized to"))
