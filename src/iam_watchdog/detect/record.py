"""A CloudTrail record's fields, read with care: any of them may be missing, null or cut at a kilobyte."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from iam_watchdog.detect import moments, normalise
from iam_watchdog.model import Words

LAMBDA = "lambda.amazonaws.com"
_VERSION = re.compile(r"(\D+?)20\d{6}(?:v\d+)?\Z")
_IP = re.compile(r"[\d.]{7,15}\Z|[0-9a-fA-F:]*:[0-9a-fA-F:]+\Z")
_FUNCTION = re.compile(r"(?:arn:[\w-]+:lambda:[\w-]+:\d{12}:function:)?([\w-]{1,140})(?::([\w$-]+))?\Z")
_LINKED = ("/aws-service-role/", "role/AWSServiceRoleFor", "assumed-role/AWSServiceRoleFor")
_ARNS = ("roleArn", "topicArn", "stateMachineArn", "functionArn", "resourceArn", "tableArn", "streamARN", "keyId")
_NAMED = (
    ("dynamodb", "tableName", "table/"),
    ("ssm", "name", "parameter/"),
    ("secretsmanager", "secretId", "secret:"),
    ("kinesis", "streamName", "stream/"),
    ("lambda", "functionName", "function:"),
    ("logs", "logGroupName", "log-group:"),
)
"""Service, request parameter, and what its ARN puts before the name."""


def mapping(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A member that is an object, or an empty one."""
    value = raw.get(name)
    return value if isinstance(value, Mapping) else {}


def text(raw: Mapping[str, Any], name: str) -> str:
    """A member that is text, or ""."""
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def identity(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """Who called."""
    return mapping(detail, "userIdentity")


def issuer(detail: Mapping[str, Any]) -> str:
    """The role behind a session, with its path."""
    return text(mapping(mapping(identity(detail), "sessionContext"), "sessionIssuer"), "arn")


def source(detail: Mapping[str, Any]) -> str:
    """The service that was called, as its endpoint's first word."""
    return text(detail, "eventSource").removesuffix(".cn").removesuffix(".amazonaws.com")


def event_name(detail: Mapping[str, Any]) -> str:
    """The operation; Lambda puts its API's date behind the name (`GetFunction20150331v2`).

    https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
    """
    name = text(detail, "eventName")
    match = _VERSION.match(name)
    return match.group(1) if match else name


def account(detail: Mapping[str, Any]) -> str:
    """The account whose trail this is, else the caller's."""
    return text(detail, "recipientAccountId") or text(identity(detail), "accountId")


def at(detail: Mapping[str, Any]) -> datetime:
    """When; the epoch if the record does not say."""
    try:
        return moments.told(datetime.fromisoformat(text(detail, "eventTime")))
    except ValueError:
        return moments.EPOCH


def function(value: object) -> tuple[str, str]:
    """A function's name and qualifier from its name or ARN; ("", "$LATEST") if it is neither."""
    match = _FUNCTION.match(value) if isinstance(value, str) else None
    return (match.group(1), match.group(2) or "$LATEST") if match else ("", "$LATEST")


def service_linked(detail: Mapping[str, Any]) -> bool:
    """True for roles that belong to a service: nobody can change what they may do."""
    arns = (text(identity(detail), "arn"), issuer(detail))
    return any(mark in arn for mark in _LINKED for arn in arns)


def by_lambda(detail: Mapping[str, Any]) -> bool:
    """A caller with an address and an agent of its own, and no sign of Lambda, is a person or another compute."""
    agent, address = text(detail, "userAgent"), text(detail, "sourceIPAddress")
    scope = mapping(identity(detail), "inScopeOf")
    signs = (
        agent,
        address,
        text(identity(detail), "invokedBy"),
        text(scope, "issuerType"),
        text(scope, "credentialsIssuedTo"),
    )
    return any("lambda" in sign.lower() for sign in signs) or not agent or not _IP.match(address)


def listed(detail: Mapping[str, Any]) -> str | None:
    """The one resource that CloudTrail names; an S3 object's record lists the object and its bucket."""
    raw = detail.get("resources")
    found = [each for each in raw if isinstance(each, Mapping)] if isinstance(raw, list) else []
    arns = {arn for each in found if (arn := text(each, "ARN") or text(each, "arn"))}
    if len(arns) > 1:
        arns = {arn for arn in arns if ":s3:::" in arn and "/" in arn}
    return arns.pop() if len(arns) == 1 else None


def asked(detail: Mapping[str, Any], action: str, where: normalise.Place) -> str | None:
    """The resource that the request's own parameters name."""
    given = mapping(detail, "requestParameters")
    for member in (*_ARNS, "secretId", "functionName"):
        if text(given, member).startswith("arn:"):
            return text(given, member)
    if url := text(given, "queueUrl"):
        return normalise.queue_arn(url, where.partition)
    if bucket := text(given, "bucketName"):
        return f"arn:{where.partition}:s3:::{bucket}" + (f"/{key}" if (key := text(given, "key")) else "")
    return _by_name(given, action, where)


def _by_name(given: Mapping[str, Any], action: str, where: normalise.Place) -> str | None:
    for service, member, kind in _NAMED:
        name = text(given, member)
        if name and action.startswith(f"{service}:"):
            head = f"arn:{where.partition}:{service}:{where.region}:{where.account}:{kind}"
            return head + (name.removeprefix("/") if service == "ssm" else name)
    return None


def context(detail: Mapping[str, Any]) -> dict[str, Words]:
    """The condition keys whose values CloudTrail itself records, never what the caller wrote."""
    address = text(detail, "sourceIPAddress")
    found = {
        "aws:SourceVpce": text(detail, "vpcEndpointId"),
        "aws:SourceIp": address if _IP.match(address) else "",
        "aws:RequestedRegion": text(detail, "awsRegion"),
        "aws:PrincipalArn": issuer(detail),
    }
    return {key: (value,) for key, value in found.items() if value}
