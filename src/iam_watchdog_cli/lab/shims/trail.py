"""Keeps a trail: each denied management call goes to EventBridge and to LookupEvents, each change to LookupEvents.

Data events (S3 objects, items, messages, invocations, PutLogEvents) are left out, as a trail does unless told.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
"""

from __future__ import annotations

import contextvars
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from iam_watchdog_cli.lab.shims import denial_words

DATA_PLANE = {
    "s3": ("GetObject", "PutObject", "DeleteObject", "ListBucket", "AbortMultipart", "ListMultipart", "RestoreObject"),
    "dynamodb": ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "Batch", "Transact", "PartiQL"),
    "sqs": ("SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"),
    "sns": ("Publish",),
    "lambda": ("Invoke",),
    "logs": ("PutLogEvents", "FilterLogEvents", "GetLogEvents"),
    "kinesis": ("PutRecord", "GetRecords", "GetShardIterator", "SubscribeToShard"),
}
READS = ("Get", "List", "Describe", "Lookup", "Simulate", "Filter", "Test", "Decrypt", "GenerateDataKey", "AssumeRole")
CODES = {"ec2": "Client.UnauthorizedOperation"}
LAG = "IAM_WATCHDOG_LAB_TRAIL_LAG"
"""Names the seconds after which a change shows in the event history; AWS says about five minutes."""


def install() -> None:
    """Write an event for each denial and each change."""
    from ministack import app
    from ministack.core import iam_actions
    from ministack.services import cloudtrail

    iam_actions.access_denied_response = _recording(iam_actions.access_denied_response)
    app._maybe_record_cloudtrail = _record_change
    cloudtrail._get_event_queue = _visible(cloudtrail._get_event_queue)


def _visible(original: Callable[[], Any]) -> Callable[[], Any]:
    """Show an event only after its time; `keep` holds what is not shown yet."""
    _queue.append(original)
    return lambda: [event for event in original() if event["VisibleFrom"] <= time.time()]


_queue: list[Callable[[], Any]] = []


def management(action: str) -> bool:
    """Tell whether a trail without data events holds this call."""
    service, _, name = action.partition(":")
    return not name.startswith(DATA_PLANE.get(service, ()))


def _recording(original: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
    def access_denied_response(
        service: str, action: str, principal: str, request_id: str, **options: Any
    ) -> tuple[Any, ...]:
        answer = original(service, action, principal, request_id, **options)
        if not options.get("error_code") and principal and management(action):
            found = denial_words.refused.get()
            arn = found.resource if found else str(options.get("resource_arn", "*"))
            action = found.action if found else action
            words = denial_words.sentence(service, principal, found) if found else ""
            failure = {"errorCode": CODES.get(service, "AccessDenied"), "errorMessage": words[:1024]}
            _deliver(_event(action, principal, request_id, arn) | failure)
        return answer

    return access_denied_response


def _event(action: str, principal: str, request_id: str, resource: str) -> dict[str, Any]:
    from ministack.core.responses import get_account_id, get_region

    service, _, name = action.partition(":")
    account = get_account_id()
    return {
        "eventVersion": "1.11",
        "userIdentity": _identity(principal, account),
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": get_region(),
        "sourceIPAddress": "127.0.0.1",
        "userAgent": "Boto3 exec-env/AWS_Lambda_python3.13",
        "requestParameters": None,
        "responseElements": None,
        "requestID": request_id,
        "eventID": str(uuid.uuid4()),
        "readOnly": name.startswith(READS),
        "resources": [{"ARN": resource, "accountId": account}] if resource not in ("", "*") else [],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "eventCategory": "Management",
        "recipientAccountId": account,
    }


def _identity(principal: str, account: str) -> dict[str, Any]:
    if ":assumed-role/" not in principal:
        kind = "Root" if principal.endswith(":root") else "IAMUser"
        name = principal.rsplit("/", 1)[-1] if kind == "IAMUser" else ""
        return {"type": kind, "arn": principal, "accountId": account} | ({"userName": name} if name else {})
    from ministack.services import iam

    _, role, session = principal.split("/", 2)
    known = iam._roles.get(role) or {}
    issuer = {"type": "Role", "principalId": known.get("RoleId", ""), "arn": known.get("Arn", ""), "userName": role}
    return {
        "type": "AssumedRole",
        "principalId": f"{known.get('RoleId', '')}:{session}",
        "arn": principal,
        "accountId": account,
        "sessionContext": {
            "sessionIssuer": issuer | {"accountId": account},
            "attributes": {"mfaAuthenticated": "false"},
        },
    }


def _deliver(event: dict[str, Any]) -> None:
    """Keep the event for LookupEvents, and put it on the default bus as CloudTrail does."""
    from ministack.services import eventbridge

    _keep(event)
    entry = {
        "Source": f"aws.{event['eventSource'].split('.')[0]}",
        "DetailType": "AWS API Call via CloudTrail",
        "Detail": json.dumps(event),
    }
    scope = contextvars.copy_context()
    put = lambda: eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)  # noqa: E731
    threading.Thread(target=scope.run, args=(put,), daemon=True).start()


def _keep(event: Mapping[str, Any], resources: tuple[tuple[str, str], ...] = (), lag: float = 0) -> None:
    identity = event["userIdentity"]
    issuer = identity.get("arn", "").rsplit("/", 1)[-1]
    _queue[0]().append(
        {
            "EventId": event["eventID"],
            "EventName": event["eventName"],
            "EventSource": event["eventSource"],
            "EventTime": time.time(),
            "Username": identity.get("userName") or issuer or "root",
            "AccessKeyId": "",
            "ReadOnly": str(event["readOnly"]).lower(),
            "Resources": [{"ResourceType": kind, "ResourceName": name} for kind, name in resources],
            "CloudTrailEvent": json.dumps(event),
            "VisibleFrom": time.time() + lag,
        }
    )


def _record_change(  # noqa: PLR0913, PLR0917 - the emulator's signature
    service: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query: dict[str, Any],
    request_id: str,
    region: str,
) -> None:
    """Note a change for LookupEvents; reads and data calls are many, and nobody asks for them."""
    from ministack import app
    from ministack.core import iam_actions, iam_evaluator
    from ministack.core.responses import get_account_id

    params = app._routing_params(method, path, headers, body, query)
    action = iam_actions.extract_iam_action(service, method, path, headers, body, params)
    if not action or action.partition(":")[2].startswith(READS) or not management(action):
        return
    arn = iam_actions.extract_resource_arn(service, method, path, headers, body, params, region, get_account_id())
    event = _event(action, iam_evaluator.caller_arn(), request_id, arn)
    plain = {k: v[0] if isinstance(v, list) else v for k, v in params.items()} if service == "iam" else {}
    event["requestParameters"] = {k[:1].lower() + k[1:]: v for k, v in plain.items() if k not in ("Action", "Version")}
    _keep(event, _named(arn, plain), float(os.environ.get(LAG, "300")))


def _named(arn: str, params: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = [("AWS::IAM::Role", params["RoleName"])] if params.get("RoleName") else []
    found += [("AWS::IAM::Policy", params["PolicyArn"])] if params.get("PolicyArn") else []
    if arn.startswith("arn:aws:s3:::"):
        found.append(("AWS::S3::Bucket", arn.removeprefix("arn:aws:s3:::").split("/")[0]))
    elif ":function:" in arn:
        found.append(("AWS::Lambda::Function", arn.split(":function:")[1].split(":")[0]))
    return tuple(found)
