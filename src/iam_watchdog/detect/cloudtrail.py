"""A CloudTrail record of a denied call → a denial; what no policy refused, and our own doings, are left out.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iam_watchdog.detect import actions, binding, codes, negatives, normalise, parse, record
from iam_watchdog.detect.ground import Ground
from iam_watchdog.detect.record import text
from iam_watchdog.detect.scope import scope
from iam_watchdog.model import DENIALS, Denial, Kind, Message, Witness

_DEPLOYS = frozenset(
    {"CreateFunction", "UpdateFunctionConfiguration", "UpdateFunctionCode", "CreateEventSourceMapping"}
)
_POLLER = "awslambda_"
"""Session names of event source mappings begin so; the function is not in them."""


@dataclass(frozen=True, slots=True)
class _Call:
    """Who called what; source: where the resource was taken from, "" for the message."""

    function: str
    qualifier: str
    principal: str | None
    action: str
    resource: str | None = None
    source: str = ""


def from_record(detail: Mapping[str, Any], ground: Ground) -> tuple[Denial, ...]:
    """The denial that a record tells of, or (): no denial, none of a function's, a service's own role, or ours."""
    code, words = text(detail, "errorCode"), text(detail, "errorMessage")
    if not code or negatives.no_denial(negatives.folded(f"{code} {words}")):
        return ()
    message = _message(code, words)
    if message.kind not in DENIALS or record.issuer(detail) in ground.own_roles:
        return ()
    call = _deployment(detail, message) or (_call(detail, message, ground) if codes.denies(code) else None)
    if call is None or ground.owns(call.principal, call.function):
        return ()
    return (_denial(detail, message, call, ground),)


def _message(code: str, words: str) -> Message:
    """What the record's message says; a code alone is enough here, it stands in AWS's own field."""
    if told := parse.read(words):
        return told[0]
    kind = Kind.IAM_DENIAL if codes.denies(code) else Kind.OTHER
    if negatives.credentials(negatives.folded(words)):
        kind = Kind.CREDENTIALS
    return Message(kind, error_code=code, excerpt=words[: parse.EXCERPT])


def _deployment(detail: Mapping[str, Any], message: Message) -> _Call | None:
    """Lambda checks the execution role when a function is made: the caller is a person, the role is what fails."""
    about_role = message.kind in (Kind.LAMBDA_ASSUME_ROLE, Kind.LAMBDA_VPC_ENI) or "execution role" in message.excerpt
    if not about_role or record.source(detail) != "lambda" or record.event_name(detail) not in _DEPLOYS:
        return None
    asked = record.mapping(detail, "requestParameters")
    name, qualifier = record.function(asked.get("functionName"))
    role = text(asked, "role") or None
    if message.kind is Kind.LAMBDA_ASSUME_ROLE:
        return _Call(name, qualifier, record.LAMBDA, "sts:AssumeRole", role, "requestParameters" if role else "")
    if message.kind is Kind.LAMBDA_VPC_ENI:
        return _Call(name, qualifier, role, "ec2:CreateNetworkInterface")
    service = message.excerpt.rpartition(" on ")[2].strip(" .").split(" ")[0]
    return _Call(name, qualifier, role, actions.for_operation(service, message.operation or "") or "")


def _call(detail: Mapping[str, Any], message: Message, ground: Ground) -> _Call | None:
    who = record.identity(detail)
    if who.get("type") == "AWSService":
        return _trust(detail)
    if who.get("type") != "AssumedRole" or record.service_linked(detail) or not record.by_lambda(detail):
        return None
    action = actions.in_service_case(message.action or "")
    action = action or actions.for_operation(record.source(detail), record.event_name(detail)) or ""
    name, qualifier = record.function(record.mapping(who, "inScopeOf").get("credentialsIssuedTo"))
    session = binding.session_name(text(who, "arn")) or ""
    name = name or ("" if session.startswith(_POLLER) else session)
    resource, source = _resource(detail, message, action, ground)
    return _Call(name, qualifier, text(who, "arn"), action, resource, source)


def _trust(detail: Mapping[str, Any]) -> _Call | None:
    """Lambda itself may not assume the role: the function never starts and logs nothing."""
    asked = record.mapping(detail, "requestParameters")
    if text(record.identity(detail), "invokedBy") != record.LAMBDA or record.source(detail) != "sts":
        return None
    name, qualifier = record.function(asked.get("roleSessionName"))
    return _Call(name, qualifier, record.LAMBDA, "sts:AssumeRole", text(asked, "roleArn") or None, "requestParameters")


def _resource(detail: Mapping[str, Any], message: Message, action: str, ground: Ground) -> tuple[str | None, str]:
    """The resource and where it was found, "" for the message itself."""
    region, account = text(detail, "awsRegion") or ground.region, record.account(detail) or ground.account
    where = normalise.Place(ground.partition, region, account)
    if message.resource:
        return normalise.resource(action, message.resource, where), ""
    if found := record.listed(detail):
        return found, "resources"
    asked = record.asked(detail, action, where)
    return asked, "requestParameters" if asked else ""


def _denial(detail: Mapping[str, Any], message: Message, call: _Call, ground: Ground) -> Denial:
    trust = call.principal == record.LAMBDA
    named = {"action": "eventName"} if call.action and not message.action else {}
    found = {"resource": call.source} if call.source and call.resource else {}
    event = text(detail, "eventID")
    return Denial(
        witness=Witness.LOG,
        at=record.at(detail),
        account=record.account(detail) or ground.account,
        region=text(detail, "awsRegion") or ground.region,
        function=call.function,
        qualifier=call.qualifier,
        principal=call.principal or None,
        action=call.action,
        resource=call.resource,
        scope=scope(call.action, call.resource),
        said=message,
        origin=event,
        excerpt=message.excerpt,
        recovered=named | found,
        kind=Kind.LAMBDA_ASSUME_ROLE if trust else message.kind,
        context=record.context(detail),
        event_id=event,
    )
