"""A CloudTrail record of a denied call → a denial; what no policy refused, and our own doings, are left out.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from iam_watchdog.detect import actions, binding, codes, negatives, normalise, parse
from iam_watchdog.detect.ground import Ground
from iam_watchdog.detect.scope import scope
from iam_watchdog.model import DENIALS, Denial, Kind, Message, Witness, Words

_VERSION = re.compile(r"(\D+)20\d{6}(?:v\d+)?\Z")
_LINKED = ("/aws-service-role/", "role/AWSServiceRoleFor", "assumed-role/AWSServiceRoleFor")
_OURS = "lambda.amazonaws.com"
_DEPLOYS = ("CreateFunction", "UpdateFunctionConfiguration", "UpdateFunctionCode", "CreateEventSourceMapping")
_IP = re.compile(r"[\d.]{7,15}\Z|[0-9a-fA-F:]*:[0-9a-fA-F:]+\Z")
_FUNCTION = re.compile(r"(?:arn:[\w-]+:lambda:[\w-]+:\d{12}:function:)?([\w-]{1,140})(?::([\w$-]+))?\Z")
_POLLER = "awslambda_"


@dataclass(frozen=True, slots=True)
class _Call:
    """Who called what; source: where the resource was taken from, "" for the message."""

    function: str
    qualifier: str
    principal: str | None
    action: str
    resource: str | None
    source: str = ""


def from_record(detail: Mapping[str, Any], ground: Ground) -> tuple[Denial, ...]:
    """The denial that a record tells of, or (): no denial, none of a function's, a service's own role, or ours."""
    code, text = _text(detail, "errorCode"), _text(detail, "errorMessage")
    if not code or negatives.no_denial(f"{code} {text}"):
        return ()
    message = _message(code, text)
    if message.kind not in DENIALS:
        return ()
    if _at_deployment(detail, message):
        found = _deployment(detail, message, ground)
    elif _denying(code):
        found = _call(detail, message, ground)
    else:
        return ()
    return (found,) if found and not ground.owns(found.principal, found.function) else ()


def _message(code: str, text: str) -> Message:
    """What the record's message says; a code alone is enough here, it stands in AWS's own field."""
    told = parse.read(text)
    if told:
        return told[0]
    kind = Kind.IAM_DENIAL if _denying(code) else negatives.kind_of(code, text)
    return Message(kind, error_code=code, excerpt=text[: parse.EXCERPT])


def _denying(code: str) -> bool:
    return codes.denies(code)


def _at_deployment(detail: Mapping[str, Any], message: Message) -> bool:
    """Lambda checks the execution role when a function is made; the caller is a person, the role is what fails."""
    wanted = _event_name(detail) in _DEPLOYS and _source(detail) == "lambda"
    return wanted and (
        message.kind in (Kind.LAMBDA_ASSUME_ROLE, Kind.LAMBDA_VPC_ENI) or "execution role" in message.excerpt
    )


def _deployment(detail: Mapping[str, Any], message: Message, ground: Ground) -> Denial | None:
    asked = _mapping(detail, "requestParameters")
    name, qualifier = _named(asked.get("functionName"))
    role = asked.get("role") if isinstance(asked.get("role"), str) else None
    service = (message.excerpt.rpartition(" on ")[2] or "").strip(" .").split(" ")[0].lower()
    action = {
        Kind.LAMBDA_ASSUME_ROLE: "sts:AssumeRole",
        Kind.LAMBDA_VPC_ENI: "ec2:CreateNetworkInterface",
    }.get(message.kind, actions.for_operation(service, message.operation or "") or "")
    resource = role if message.kind is Kind.LAMBDA_ASSUME_ROLE else None
    principal = _OURS if message.kind is Kind.LAMBDA_ASSUME_ROLE else role
    return _denial(detail, message, ground, _Call(name, qualifier, principal, action, resource))


def _call(detail: Mapping[str, Any], message: Message, ground: Ground) -> Denial | None:
    identity = _mapping(detail, "userIdentity")
    if identity.get("type") == "AWSService" and _source(detail) == "sts":
        return _trust(detail, message, ground)
    principal = _text(identity, "arn")
    issuer = _text(_mapping(_mapping(identity, "sessionContext"), "sessionIssuer"), "arn")
    linked = any(mark in arn for mark in _LINKED for arn in (principal, issuer))
    if identity.get("type") != "AssumedRole" or linked or not _by_lambda(detail, identity):
        return None
    if any(issuer == role for role in ground.own_roles):
        return None
    action = actions.in_service_case(message.action or "") or _action(detail)
    session = binding.session_name(principal) or ""
    name, qualifier = _named(_text(_mapping(identity, "inScopeOf"), "credentialsIssuedTo")) or (session, "$LATEST")
    name = name or ("" if session.startswith(_POLLER) else session)
    resource, source = _resource(detail, message, action, ground)
    return _denial(detail, message, ground, _Call(name, qualifier, principal, action, resource, source))


def _trust(detail: Mapping[str, Any], message: Message, ground: Ground) -> Denial | None:
    """Lambda itself may not assume the role: the function never starts and logs nothing."""
    if _text(_mapping(detail, "userIdentity"), "invokedBy") != _OURS:
        return None
    asked = _mapping(detail, "requestParameters")
    name, _ = _named(asked.get("roleSessionName"))
    said = Message(Kind.LAMBDA_ASSUME_ROLE, principal=_OURS, error_code=message.error_code, excerpt=message.excerpt)
    role = _text(asked, "roleArn") or None
    return _denial(detail, said, ground, _Call(name, "$LATEST", _OURS, "sts:AssumeRole", role))


def _by_lambda(detail: Mapping[str, Any], identity: Mapping[str, Any]) -> bool:
    """A caller with an address and an agent of its own, and no sign of Lambda, is a person or another compute."""
    agent, address = _text(detail, "userAgent"), _text(detail, "sourceIPAddress")
    scope_of = _mapping(identity, "inScopeOf")
    signs = (
        agent,
        address,
        _text(identity, "invokedBy"),
        _text(scope_of, "issuerType"),
        _text(scope_of, "credentialsIssuedTo"),
    )
    if any("lambda" in sign.lower() for sign in signs):
        return True
    return not agent or not _IP.match(address)


def _action(detail: Mapping[str, Any]) -> str:
    return actions.for_operation(_source(detail), _event_name(detail)) or ""


def _source(detail: Mapping[str, Any]) -> str:
    return _text(detail, "eventSource").removesuffix(".amazonaws.com.cn").removesuffix(".amazonaws.com")


def _event_name(detail: Mapping[str, Any]) -> str:
    """Lambda puts its API's date behind the name (`GetFunction20150331v2`)."""
    name = _text(detail, "eventName")
    match = _VERSION.match(name)
    return match.group(1) if match else name


def _resource(detail: Mapping[str, Any], message: Message, action: str, ground: Ground) -> tuple[str | None, str]:
    """The resource and where it was found, "" for the message itself."""
    where = normalise.Place(ground.partition, _text(detail, "awsRegion") or ground.region, _account(detail, ground))
    if message.resource:
        return normalise.resource(action, message.resource, where), ""
    if listed := _listed(detail):
        return listed, "resources"
    asked = _asked(_mapping(detail, "requestParameters"), action, where)
    return asked, "requestParameters" if asked else ""


def _listed(detail: Mapping[str, Any]) -> str | None:
    """The one resource that CloudTrail names; an S3 object's record lists the object and its bucket."""
    raw = detail.get("resources")
    found = [r for r in raw if isinstance(r, Mapping)] if isinstance(raw, list) else []
    arns = [a for r in found if (a := _text(r, "ARN") or _text(r, "arn"))]
    if len(set(arns)) > 1:
        arns = [a for a in arns if ":s3:::" in a and "/" in a]
    return arns[0] if len(set(arns)) == 1 else None


_ARN_MEMBERS = ("roleArn", "topicArn", "stateMachineArn", "functionArn", "resourceArn", "tableArn", "streamARN")


def _asked(asked: Mapping[str, Any], action: str, where: normalise.Place) -> str | None:
    for member in (*_ARN_MEMBERS, "secretId", "keyId", "functionName"):
        value = asked.get(member)
        if isinstance(value, str) and value.startswith("arn:"):
            return value
    if isinstance(url := asked.get("queueUrl"), str):
        return normalise.queue_arn(url, where.partition)
    bucket, key = asked.get("bucketName"), asked.get("key")
    if isinstance(bucket, str):
        return f"arn:{where.partition}:s3:::{bucket}" + (f"/{key}" if isinstance(key, str) else "")
    head = f"{where.region}:{where.account}"
    for service, member, kind in _NAMED:
        value = asked.get(member)
        if action.startswith(f"{service}:") and isinstance(value, str):
            return (
                f"arn:{where.partition}:{service}:{head}:{kind}{value.removeprefix('/') if service == 'ssm' else value}"
            )
    return None


_NAMED = (
    ("dynamodb", "tableName", "table/"),
    ("ssm", "name", "parameter/"),
    ("secretsmanager", "secretId", "secret:"),
    ("kinesis", "streamName", "stream/"),
    ("lambda", "functionName", "function:"),
    ("logs", "logGroupName", "log-group:"),
)


def _denial(detail: Mapping[str, Any], message: Message, ground: Ground, call: _Call) -> Denial:
    recovered = {"resource": call.source} if call.source else {}
    if not message.action:
        recovered["action"] = "eventName"
    event = _text(detail, "eventID")
    return Denial(
        witness=Witness.LOG,
        at=_time(detail),
        account=_account(detail, ground),
        region=_text(detail, "awsRegion") or ground.region,
        function=call.function,
        qualifier=call.qualifier or "$LATEST",
        principal=call.principal or None,
        action=call.action,
        resource=call.resource,
        scope=scope(call.action, call.resource),
        said=message,
        origin=event,
        excerpt=message.excerpt,
        recovered=recovered,
        kind=message.kind,
        context=_context(detail),
        event_id=event,
    )


def _context(detail: Mapping[str, Any]) -> dict[str, Words]:
    """The condition keys whose values CloudTrail itself records, never what the caller wrote."""
    identity = _mapping(detail, "userIdentity")
    address = _text(detail, "sourceIPAddress")
    found = {
        "aws:SourceVpce": _text(detail, "vpcEndpointId"),
        "aws:SourceIp": address if _IP.match(address) else "",
        "aws:RequestedRegion": _text(detail, "awsRegion"),
        "aws:PrincipalArn": _text(_mapping(_mapping(identity, "sessionContext"), "sessionIssuer"), "arn"),
    }
    return {key: (value,) for key, value in found.items() if value}


def _time(detail: Mapping[str, Any]) -> datetime:
    try:
        at = datetime.fromisoformat(_text(detail, "eventTime"))
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _account(detail: Mapping[str, Any], ground: Ground) -> str:
    return _text(detail, "recipientAccountId") or _text(_mapping(detail, "userIdentity"), "accountId") or ground.account


def _named(value: object) -> tuple[str, str]:
    match = _FUNCTION.match(value) if isinstance(value, str) else None
    return (match.group(1), match.group(2) or "$LATEST") if match else ("", "$LATEST")


def _mapping(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = raw.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""
