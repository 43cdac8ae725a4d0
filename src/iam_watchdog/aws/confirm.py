"""CloudTrail's own record of a denial, found again by its event id: the event that told us may be anybody's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.piece import Piece, Read
from iam_watchdog.aws.read.principal import role_of
from iam_watchdog.model import Denial, Witness

ACTIONS = ("cloudtrail:LookupEvents",)
EVENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def reads(denial: Denial, account: Account) -> tuple[Read, ...]:
    """One call for a denial that came from CloudTrail and is not yet confirmed."""
    unconfirmed = denial.witness is Witness.LOG and " " not in denial.origin
    if not unconfirmed or not EVENT_ID.fullmatch(denial.event_id):
        return ()
    return (Read(f"CloudTrail event {denial.event_id}", (), partial(_confirmed, denial, account)),)


def _confirmed(denial: Denial, account: Account) -> Piece:
    wanted = [{"AttributeKey": "EventId", "AttributeValue": denial.event_id}]
    found = account.clients.read("cloudtrail", "lookup_events", region=denial.region, LookupAttributes=wanted)
    records = [json.loads(event.get("CloudTrailEvent") or "{}") for event in found.get("Events", ())]
    record = next((each for each in records if each.get("eventID") == denial.event_id), None)
    if record is None:
        why = "CloudTrail does not list this event: it may come up to 15 minutes later, and data events never do"
        return Piece(facts={"witness_unconfirmed": why})
    if why := differs(denial, record):
        return Piece(facts={"witness_unconfirmed": f"CloudTrail's record of this event says otherwise: {why}"})
    return Piece(facts={"witness_confirmed": Witness.CLOUDTRAIL.value})


def differs(denial: Denial, record: Mapping[str, Any]) -> str:
    """Where CloudTrail's record and the denial part, or "".

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    """
    if not record.get("errorCode"):
        return "the call was not refused"
    if record.get("recipientAccountId", denial.account) != denial.account:
        return "it is another account's"
    if record.get("awsRegion", denial.region) != denial.region:
        return "it is another Region's"
    issuer = record.get("userIdentity", {}).get("sessionContext", {}).get("sessionIssuer", {}).get("arn")
    named, own = role_of(denial.principal), role_of(issuer)
    if named and own and named != own:
        return "it is another role's"
    service = str(record.get("eventSource", "")).removesuffix(".amazonaws.com")
    return _other_call(denial, service, record)


def _other_call(denial: Denial, service: str, record: Mapping[str, Any]) -> str:
    """The action of the text (kms:Decrypt behind a GetSecretValue) or the one of the event has to be the denial's."""
    text = str(record.get("errorMessage", ""))
    event = re.sub(r"(\d{8}(v\d)?|v\d+)$", "", str(record.get("eventName", "")))
    if denial.action.lower() == f"{service}:{event}".lower() or f": {denial.action} " in f"{text} ":
        return ""
    said = (denial.said.operation or "") if denial.said else ""
    return "" if said.lower() == event.lower() else f"it is a call of {service}:{event}"
