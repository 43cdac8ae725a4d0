"""CloudTrail's event history of one resource: what was done to it, by whom, with which parameters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from iam_watchdog.aws.read.account import Account
from iam_watchdog.ports import CannotRead
from iam_watchdog.remedy.arns import role_name

ACTIONS = ("cloudtrail:LookupEvents",)
KEPT = timedelta(days=89)
"""A day less than the event history goes back: a start beyond its range is refused (InvalidTimeRangeException).

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
"""
IAM_HOME: Mapping[str, str] = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Where IAM's events are recorded, partition by partition."""
A_PAGE = 50
MOST_PAGES = 3
"""Reads are events too, our own among them; LookupEvents answers twice a second in an account and Region."""
_PARTS = (LookupError, TypeError, ValueError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Event:
    """One call that succeeded; `name` without the date that Lambda puts behind it."""

    id: str
    at: datetime
    name: str
    source: str
    region: str
    who: str
    params: Mapping[str, Any]
    answer: Mapping[str, Any]
    service: str = ""
    """The AWS service that made the call, for itself or on somebody's behalf (CloudFormation)."""
    own: bool = False
    """Made by this deployment's own hands."""

    def text(self, name: str) -> str:
        """A parameter that is a text, "" for any other."""
        value = self.params.get(name)
        return value if isinstance(value, str) else ""

    def like(self, other: Event, *names: str) -> bool:
        """True if both name the same things in these parameters."""
        return all(self.text(name) == other.text(name) for name in names)


class Cut[T](list[T]):
    """Events behind which there are older ones."""


def looked_up(
    name: str, region: str, account: Account, now: datetime, *, by: str = "ResourceName", back: timedelta = KEPT
) -> list[Event] | str:
    """The newest pages of what was done to one resource, or of one kind of call, or why it is not known. Never raises.

    by: ResourceName or EventName; back: how far. A `Cut` list has older events behind it that were not asked for.
    """
    wanted = [{"AttributeKey": by, "AttributeValue": name}]
    params: dict[str, Any] = {"LookupAttributes": wanted, "StartTime": now - back, "EndTime": now}
    try:
        return account.lately(("history", by, name, region, back), partial(_all, account, region, params))
    except CannotRead as no:
        return str(no)
    except _PARTS as strange:
        return f"CloudTrail answered in an unknown form: {type(strange).__name__}"


def pages(account: Account, region: str, **params: Any) -> Iterator[list[Mapping[str, Any]]]:
    """The newest pages, each asked for as it is wanted; a `Cut` one has older events behind it. Raises NotRead."""
    more: dict[str, Any] = {}
    for _ in range(MOST_PAGES):
        page = account.clients.read("cloudtrail", "lookup_events", region=region, MaxResults=A_PAGE, **params, **more)
        if not page.get("NextToken"):
            yield page.get("Events", [])
            return
        yield Cut(page.get("Events", []))
        more = {"NextToken": page["NextToken"]}


def record_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """CloudTrail's own record of a call."""
    found: Mapping[str, Any] = json.loads(event.get("CloudTrailEvent") or "{}")
    return found


def _all(account: Account, region: str, params: Mapping[str, Any]) -> list[Event]:
    found, page = list[Event](), list[Mapping[str, Any]]()
    for page in pages(account, region, **params):
        found += _events(page, account)
    return Cut(found) if isinstance(page, Cut) else found


def _events(found: Iterable[Mapping[str, Any]], account: Account) -> Iterable[Event]:
    for event in found:
        record = record_of(event)
        if not record.get("errorCode"):
            yield _event(event, record, account)


def _event(event: Mapping[str, Any], record: Mapping[str, Any], account: Account) -> Event:
    who = record.get("userIdentity") or {}
    at = event.get("EventTime") or datetime.fromisoformat(record["eventTime"])
    return Event(
        id=str(record.get("eventID") or event.get("EventId") or ""),
        at=at if at.tzinfo else at.replace(tzinfo=UTC),
        name=str(record.get("eventName") or event.get("EventName", "")).rstrip("0123456789v"),
        source=str(record.get("eventSource") or event.get("EventSource") or ""),
        region=str(record.get("awsRegion") or ""),
        who=str(who.get("arn") or event.get("Username") or who.get("invokedBy") or "unknown"),
        params=_object(record.get("requestParameters")),
        answer=_object(record.get("responseElements")),
        service=_service(record, who),
        own=ours(str(who.get("arn", "")), account),
    )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _service(record: Mapping[str, Any], who: Mapping[str, Any]) -> str:
    """A session name alone proves nothing: whoever assumes a role chooses it, so only what AWS itself writes counts."""
    named = (str(record.get("sourceIPAddress", "")), str(who.get("invokedBy", "")))
    service = next((name for name in named if name.endswith(".amazonaws.com")), "")
    return service or ("an AWS service" if who.get("type") == "AWSService" else "")


def ours(arn: str, account: Account) -> bool:
    """True for a session `wd-…` of one of this stack's hands roles; the session's name alone proves nothing."""
    role, _, session = arn.partition(":assumed-role/")[2].partition("/")
    known = {role_name(each) for each in account.settings.own_roles if "-hands-" in each}
    return role in known and session.startswith("wd-") and f":{account.id}:" in arn
