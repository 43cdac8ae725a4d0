"""What other roles were given lately: people mend the wrong one, and the function's own role shows no trace of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from iam_watchdog.aws.changes import IAM_HOME
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.managed import ManagedPolicies
from iam_watchdog.aws.read.piece import document
from iam_watchdog.model import Denial, Elsewhere, Evidence, Kind, Layer, Unread
from iam_watchdog.ports import CannotRead

ACTIONS = ("cloudtrail:LookupEvents",)
EVENTS = ("PutRolePolicy", "AttachRolePolicy")
LATELY = timedelta(days=1)
"""Somebody who has just mended something wonders within the day why it did not help."""
MOST = 5
"""So many of them are looked at, the newest."""
LONGEST = 20_000
"""Characters of a document; the largest that IAM takes inline for one role are 10,240 without white space."""


def added(denial: Denial, evidence: Evidence, account: Account, managed: ManagedPolicies, now: datetime) -> Evidence:
    """The same evidence with what other roles were given; asked only of a role that was given nothing. Never raises."""
    given = any(change.event in EVENTS and change.at > now - LATELY for change in evidence.changes)
    if evidence.role is None or denial.kind is not Kind.IAM_DENIAL or denial.by_trigger or given:
        return evidence
    found: list[Elsewhere] = []
    gaps: list[Unread] = []
    for name in EVENTS:
        try:
            found += _looked_up(name, evidence.role.name, account, managed, now)
        except CannotRead as no:
            gaps.append(Unread(Layer.IDENTITY, f"what other roles were given ({name})", str(no), decides=False))
    newest = sorted(found, key=lambda one: one.at, reverse=True)[:MOST]
    return replace(evidence, elsewhere=tuple(newest), unread=(*evidence.unread, *gaps))


def _looked_up(name: str, own: str, account: Account, managed: ManagedPolicies, now: datetime) -> Iterator[Elsewhere]:
    """One page of the newest; AWS answers newest first."""
    found = account.clients.read(
        "cloudtrail",
        "lookup_events",
        region=IAM_HOME.get(account.settings.partition, account.settings.region),
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}],
        StartTime=now - LATELY,
        EndTime=now,
        MaxResults=50,
    )
    records = (_record(event) for event in found.get("Events", ()))
    others = [(at, record) for at, record in records if at and _other(record, own)]
    for at, record in others[:MOST]:
        asked = record["requestParameters"]
        if text := _document(asked, account, managed):
            policy = str(asked.get("policyName") or asked.get("policyArn"))
            yield Elsewhere(at, _who(record), str(asked["roleName"]), policy, text)


def _record(event: Mapping[str, Any]) -> tuple[datetime | None, dict[str, Any]]:
    """The record of one event; what has an unknown form is passed over, it was only a hint."""
    try:
        record = json.loads(event.get("CloudTrailEvent") or "{}")
    except ValueError:
        return None, {}
    at = event.get("EventTime")
    if not isinstance(record, dict) or not isinstance(at, datetime):
        return None, {}
    return (at if at.tzinfo else at.replace(tzinfo=UTC)), record


def _other(record: Mapping[str, Any], own: str) -> bool:
    asked = record.get("requestParameters")
    role = asked.get("roleName") if isinstance(asked, dict) else None
    return isinstance(role, str) and role != own and not record.get("errorCode")


def _who(record: Mapping[str, Any]) -> str:
    identity = record.get("userIdentity")
    named = identity if isinstance(identity, dict) else {}
    return str(named.get("arn") or named.get("invokedBy") or "somebody")


def _document(asked: Mapping[str, Any], account: Account, managed: ManagedPolicies) -> str:
    """The inline document as it was put, or the managed policy's as it is now."""
    if inline := asked.get("policyDocument"):
        text = document(inline)
        return text if len(text) <= LONGEST else ""
    arn = asked.get("policyArn")
    return managed.text(account, arn) if isinstance(arn, str) and arn else ""
