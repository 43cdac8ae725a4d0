"""What a call needs besides its own action, so that mending one refusal does not uncover the next.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html and the pages of the other services.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from iam_watchdog.model import Evidence, Request, Target, Words
from iam_watchdog.remedy.arns import account_of, covers, part

DECRYPT = ("kms:Decrypt",)
WRITE = ("kms:GenerateDataKey",)
BOTH = ("kms:Decrypt", "kms:GenerateDataKey")
"""A multipart upload, a message's data key that is reused: written with the one, read back with the other."""

IMPLIED: Mapping[str, Words] = {
    "s3:GetObject": DECRYPT,
    "s3:GetObjectVersion": DECRYPT,
    "s3:PutObject": BOTH,
    "secretsmanager:GetSecretValue": DECRYPT,
    "secretsmanager:PutSecretValue": BOTH,
    "secretsmanager:UpdateSecret": BOTH,
    "ssm:GetParameter": DECRYPT,
    "ssm:GetParameters": DECRYPT,
    "ssm:GetParametersByPath": DECRYPT,
    "ssm:GetParameterHistory": DECRYPT,
    "ssm:PutParameter": ("kms:Encrypt",),
    "sqs:SendMessage": BOTH,
    "sqs:ReceiveMessage": DECRYPT,
    "sns:Publish": BOTH,
    "kinesis:PutRecord": WRITE,
    "kinesis:PutRecords": WRITE,
    "kinesis:GetRecords": DECRYPT,
    "dynamodb:GetItem": DECRYPT,
    "dynamodb:BatchGetItem": DECRYPT,
    "dynamodb:Query": DECRYPT,
    "dynamodb:Scan": DECRYPT,
    "dynamodb:PutItem": DECRYPT,
    "dynamodb:UpdateItem": DECRYPT,
    "dynamodb:DeleteItem": DECRYPT,
    "dynamodb:BatchWriteItem": DECRYPT,
    "dynamodb:ConditionCheckItem": DECRYPT,
    "dynamodb:PartiQLSelect": DECRYPT,
    "dynamodb:PartiQLInsert": DECRYPT,
    "dynamodb:PartiQLUpdate": DECRYPT,
    "dynamodb:PartiQLDelete": DECRYPT,
}

BESIDE: Mapping[str, str] = {
    "s3:GetObjectAttributes": "s3:GetObject",
    "s3:GetObjectVersionAttributes": "s3:GetObjectVersion",
}
"""Asked for on the same resource: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html"""


def implied(request: Request, evidence: Evidence) -> tuple[Request, ...]:
    """What AWS asks besides: of the same resource, and of the customer key that encrypts it, by its service."""
    beside = [replace(request, action=BESIDE[request.action])] if request.action in BESIDE else []
    target = _encrypted(request, evidence)
    if target is None or not target.key:
        return tuple(beside)
    actions = dict.fromkeys(action for one in (request, *beside) for action in IMPLIED.get(one.action, ()))
    return (*beside, *(_on_key(action, target.key, request) for action in actions))


def _encrypted(request: Request, evidence: Evidence) -> Target | None:
    return next((t for t in evidence.targets if t.key and covers(t.arn, request.resource)), None)


def _on_key(action: str, key: str, request: Request) -> Request:
    context = {k: v for k, v in request.context.items() if not k.lower().startswith(("s3:", "kms:"))}
    account = account_of(key) or request.resource_account
    context["aws:ResourceAccount"] = (account,)
    context["aws:ViaAWSService"] = ("true",)
    context["kms:ViaService"] = (via(request.resource, key),)
    context["kms:CallerAccount"] = (account_of(request.principal) or account,)
    return Request(request.principal, action, key, account, context, closed=request.closed)


def via(resource: str, key: str) -> str:
    """What `kms:ViaService` says when the resource's service calls KMS in the key's region."""
    end = ".amazonaws.com.cn" if part(key, 1) == "aws-cn" else ".amazonaws.com"
    return f"{part(resource, 2)}.{part(key, 3)}{end}"
