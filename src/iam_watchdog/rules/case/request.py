"""The request behind a denial: who, what, on which resource, with the context keys that AWS always sends."""

from __future__ import annotations

from collections.abc import Mapping

from iam_watchdog.model import Denial, Evidence, Function, Kind, Request, Target, Words
from iam_watchdog.remedy import managed
from iam_watchdog.remedy.arns import account_of, covers, is_arn, part
from iam_watchdog.remedy.narrow import unnamed
from iam_watchdog.rules.case import told_by_aws
from iam_watchdog.rules.case.binding import LAMBDA, is_session_of

SENDS_ACCOUNT = frozenset({"s3", "logs", "cognito-idp", "config", "iot", "secretsmanager"})
"""Services that say for which account they start a function: https://docs.aws.amazon.com/lambda/latest/dg/ (each)."""
CALLS_KMS: Mapping[str, str] = {
    # Operations that make their service call KMS on the caller's behalf: the text names them beside a kms: action.
    "GetObject": "s3",
    "PutObject": "s3",
    "CopyObject": "s3",
    "CreateMultipartUpload": "s3",
    "UploadPart": "s3",
    "CompleteMultipartUpload": "s3",
    "GetSecretValue": "secretsmanager",
    "BatchGetSecretValue": "secretsmanager",
    "PutSecretValue": "secretsmanager",
    "UpdateSecret": "secretsmanager",
    "GetParameter": "ssm",
    "GetParameters": "ssm",
    "GetParametersByPath": "ssm",
    "GetParameterHistory": "ssm",
    "PutParameter": "ssm",
    "SendMessage": "sqs",
    "SendMessageBatch": "sqs",
    "ReceiveMessage": "sqs",
    "Publish": "sns",
    "PublishBatch": "sns",
    "PutRecord": "kinesis",
    "PutRecords": "kinesis",
    "GetRecords": "kinesis",
    "GetItem": "dynamodb",
    "PutItem": "dynamodb",
    "UpdateItem": "dynamodb",
    "DeleteItem": "dynamodb",
    "Query": "dynamodb",
    "Scan": "dynamodb",
}


def request_of(denial: Denial, evidence: Evidence) -> Request:
    """What `policy.decide` is asked about this denial; keys that nobody told are unknown, not absent."""
    if denial.kind is Kind.LAMBDA_ASSUME_ROLE:
        role = evidence.role.arn if evidence.role else evidence.function.role if evidence.function else ""
        role = role or denial.resource or ""
        return Request(LAMBDA, "sts:AssumeRole", role, account_of(role) or denial.account, {}, closed=False)
    if denial.kind is Kind.INVOKE_PERMISSION:
        return _invocation(denial, evidence)
    denial = told_by_aws.completed(denial, evidence)
    resource = resource_of(denial, evidence)
    principal = principal_of(denial, evidence)
    account = owner_of(resource, denial, evidence)
    return Request(principal, denial.action, resource, account, context_of(denial, evidence, account), closed=False)


def _invocation(denial: Denial, evidence: Evidence) -> Request:
    arn = denial.resource or (evidence.function.arn if evidence.function else "")
    context: dict[str, Words] = {**denial.context}
    if denial.source_arn:
        context["aws:SourceArn"] = (denial.source_arn,)
    if account := source_account_of(denial):
        context["aws:SourceAccount"] = (account,)
    action = denial.action or "lambda:InvokeFunction"
    return Request(denial.principal or "", action, arn, account_of(arn) or denial.account, context, closed=False)


def source_account_of(denial: Denial) -> str | None:
    """The account to tie an invoke permission to, where the service sends it; EventBridge does not, and would fail.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
    """
    principal = (denial.principal or "").partition(".")[0]
    if principal not in SENDS_ACCOUNT:
        return None
    return denial.source_account or account_of(denial.source_arn or "") or denial.account


def principal_of(denial: Denial, evidence: Evidence) -> str:
    """The session of the execution role that the function runs under, whoever the text names."""
    role, function = evidence.role, evidence.function
    if role is None:
        return denial.principal or ""
    if denial.principal and is_session_of(denial.principal, role) and denial.principal != role.arn:
        return denial.principal
    session = function.name if function else denial.function or "session"
    return f"arn:{part(role.arn, 1)}:sts::{account_of(role.arn)}:assumed-role/{role.name}/{session}"


def resource_of(denial: Denial, evidence: Evidence) -> str:
    """The resource as AWS evaluates it: a secret that was called by name has six more characters."""
    if interface := _interface(denial):
        return interface
    target = evidence.target
    if denial.action.startswith("kms:") and not is_arn(denial.resource):
        keys = [t.key or t.arn for t in evidence.targets if t.key or part(t.arn, 2) == "kms"]
        return keys[0] if keys else denial.resource or "*"
    if target and (not denial.resource or not is_arn(denial.resource)) and denial.resource != "*":
        return target.arn
    named = (t.arn for t in evidence.targets if denial.resource and _named_secret(t, denial.resource))
    return next(named, denial.resource or "*")


def _interface(denial: Denial) -> str:
    """What Lambda itself asks EC2 for: an interface that does not exist yet, so its name is a wildcard."""
    whose = denial.action in managed.NETWORK and unnamed(denial.action, denial.resource or "*")
    partition = part(denial.principal or "", 1) or "aws"
    return f"arn:{partition}:ec2:{denial.region}:{denial.account}:network-interface/*" if whose else ""


def _named_secret(target: Target, resource: str) -> bool:
    known = part(resource, 2) == "secretsmanager" and target.arn.startswith(f"{resource}-")
    return known and len(target.arn) == len(resource) + 7


def owner_of(resource: str, denial: Denial, evidence: Evidence) -> str:
    """The account that owns the resource: named in the ARN, told by the reader, else the function's own."""
    told = next((t.account for t in evidence.targets if t.account and covers(t.arn, resource)), "")
    return account_of(resource) or told or denial.account


def context_of(denial: Denial, evidence: Evidence, account: str) -> Mapping[str, Words]:
    """Keys that AWS sends with every call of a function, and what it reported about this one.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    role, function = evidence.role, evidence.function
    context: dict[str, Words] = {
        "aws:PrincipalAccount": (denial.account,),
        "aws:PrincipalType": ("AssumedRole",),
        "aws:RequestedRegion": (denial.region,),
        "aws:SecureTransport": ("true",),
        "aws:ResourceAccount": (account,),
        "aws:CurrentTime": (f"{denial.at:%Y-%m-%dT%H:%M:%SZ}",),
        "aws:EpochTime": (str(int(denial.at.timestamp())),),
    }
    if role:
        context["aws:PrincipalArn"] = (role.arn,)
        context |= {f"aws:PrincipalTag/{key}": (value,) for key, value in role.tags.items()}
    if role and role.id and function:
        context["aws:userid"] = (f"{role.id}:{function.name}",)
    if function:
        context["lambda:SourceFunctionArn"] = (function.arn,)
    via = via_service(denial, evidence)
    if via:
        context["kms:ViaService"] = (via,)
    if via or not denial.action.startswith("kms:"):
        context["aws:ViaAWSService"] = ("true" if via else "false",)
    return {**context, **_never_sent(function), **told_by_aws.context_of(denial, evidence), **denial.context}


def _never_sent(function: Function | None) -> dict[str, Words]:
    """Keys of private networks, absent from what a function outside any VPC calls; and the one of topics' own policies.

    AWS:SourceOwner stands in every default topic policy and is sent by services alone: were it sent with a role's call,
    no role of the account would ever be refused. https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """
    outside = function is not None and not function.in_vpc
    private = ("aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp") if outside else ()
    return dict.fromkeys(("aws:SourceOwner", *private), ())


def via_service(denial: Denial, evidence: Evidence) -> str:
    """The service that called KMS for the function, or "" for a call of the function itself or when nobody knows."""
    if not denial.action.startswith("kms:"):
        return ""
    if known := denial.context.get("kms:ViaService"):
        return known[0]
    operation = denial.said.operation if denial.said else None
    service = CALLS_KMS.get(operation or "", "")
    if operation is None:
        key = resource_of(denial, evidence)
        encrypted = next((t for t in evidence.targets if t.key == key and t.arn != key), None)
        service = part(encrypted.arn, 2) if encrypted else ""
    return f"{service}.{denial.region}.amazonaws.com{_suffix(denial.resource or '')}" if service else ""


def _suffix(arn: str) -> str:
    return ".cn" if part(arn, 1) == "aws-cn" else ""
