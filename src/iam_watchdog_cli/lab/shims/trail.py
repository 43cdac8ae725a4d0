"""Keeps a trail: each denied management call and each change goes to EventBridge, and to LookupEvents.

Data events (S3 objects, items, messages, invocations, PutLogEvents) are left out, as a trail does unless told.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
"""

from __future__ import annotations

import contextvars
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from iam_watchdog_cli.lab.cloudtrail_record import READS, asked_for, management, named, record, sent
from iam_watchdog_cli.lab.shims import denial_words

CODES = {"ec2": "Client.UnauthorizedOperation"}
LAG = "IAM_WATCHDOG_LAB_TRAIL_LAG"
"""Names the seconds after which a change shows in the event history; AWS says about five minutes."""


def install() -> None:
    """Write an event for each denial and each change."""
    from ministack import app
    from ministack.core import iam_actions
    from ministack.services import cloudtrail

    iam_actions.access_denied_response = _recording(iam_actions.access_denied_response)
    app._dispatch_service_request = _following(app._dispatch_service_request)
    cloudtrail._get_event_queue = _visible(cloudtrail._get_event_queue)


def _visible(original: Callable[[], Any]) -> Callable[[], Any]:
    """Show an event only after its time; `keep` holds what is not shown yet."""
    _queue.append(original)
    return lambda: [event for event in original() if event["VisibleFrom"] <= time.time()]


_queue: list[Callable[[], Any]] = []


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
            _deliver(record(action, principal, request_id, arn) | failure)
        return answer

    return access_denied_response


def _deliver(event: dict[str, Any], resources: tuple[tuple[str, str], ...] = (), lag: float = 0) -> None:
    """Keep the event for LookupEvents, and put it on the default bus as CloudTrail does."""
    from ministack.services import eventbridge

    _keep(event, resources, lag)
    entry = {
        "Source": f"aws.{event['eventSource'].split('.')[0]}",
        "DetailType": "AWS API Call via CloudTrail",
        "Detail": json.dumps(event),
    }
    scope = contextvars.copy_context()
    put = lambda: eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)  # noqa: E731
    threading.Thread(target=scope.run, args=(put,), daemon=True).start()


def _keep(event: Mapping[str, Any], resources: tuple[tuple[str, str], ...], lag: float) -> None:
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


def _following(original: Callable[..., Any]) -> Callable[..., Any]:
    async def dispatch(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], request_id: str
    ) -> Any:
        answer = await original(method, path, headers, body, query, request_id)
        if answer[0] < 400:
            _record_change((method, path, headers, body), query, request_id)
        return answer

    return dispatch


def _record_change(request: tuple[str, str, dict[str, str], bytes], query: dict[str, Any], request_id: str) -> None:
    """Write an event for a change that was made; reads and data calls are many, and nobody asks for them."""
    from ministack import app
    from ministack.core import iam_actions, iam_evaluator
    from ministack.core.responses import get_account_id, get_region

    params = app._routing_params(*request, query)
    service = app.detect_service(*request[:3], params)
    action = iam_actions.extract_iam_action(service, *request, params)
    if not action or action.partition(":")[2].startswith(READS) or not management(action):
        return
    arn = iam_actions.extract_resource_arn(service, *request, params, get_region(), get_account_id())
    event = record(action, iam_evaluator.caller_arn(), request_id, arn)
    _, path, _, body = request
    event["requestParameters"] = asked_for(service, arn, params) | sent(service, path, body, query)
    _deliver(event, named(arn, event["requestParameters"]), float(os.environ.get(LAG, "300")))
