"""CloudTrail's own record of a denial, found again by its event id: whatever told us of the event may be anybody's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.piece import Piece, Read
from iam_watchdog.detect import cloudtrail
from iam_watchdog.detect.ground import Ground
from iam_watchdog.model import Denial, Layer, Witness

ACTIONS = ("cloudtrail:LookupEvents",)
EVENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def reads(denial: Denial, account: Account) -> tuple[Read, ...]:
    """One call for a denial that came from CloudTrail and is not yet confirmed."""
    unconfirmed = denial.witness is Witness.LOG and denial.origin == denial.event_id
    if not unconfirmed or not EVENT_ID.fullmatch(denial.event_id):
        return ()
    call = partial(_confirmed, denial, account)
    return (Read(f"CloudTrail event {denial.event_id}", (Layer.IDENTITY,), call, decides=False),)


def _confirmed(denial: Denial, account: Account) -> Piece:
    wanted = [{"AttributeKey": "EventId", "AttributeValue": denial.event_id}]
    found = account.clients.read("cloudtrail", "lookup_events", region=denial.region, LookupAttributes=wanted)
    records = [json.loads(event.get("CloudTrailEvent") or "{}") for event in found.get("Events", ())]
    record = next((each for each in records if each.get("eventID") == denial.event_id), None)
    if record is None:
        why = "CloudTrail does not list this event: it may come up to 15 minutes later, and data events never do"
        return Piece(facts={"witness_unconfirmed": why})
    if why := differs(denial, record, account):
        return Piece(facts={"witness_unconfirmed": f"CloudTrail's own record of this event says otherwise: {why}"})
    return Piece(facts={"witness_confirmed": Witness.CLOUDTRAIL.value})


def differs(denial: Denial, record: Mapping[str, Any], account: Account) -> str:
    """Where the denial parts from what the same reading makes of CloudTrail's own record, or ""."""
    settings = account.settings
    if record.get("recipientAccountId", denial.account) != denial.account:
        return "it is another account's"
    ground = Ground(settings.account, denial.region, settings.partition)
    told = cloudtrail.from_record(record, ground)
    if not told:
        return "it tells of no refused call of a function"
    for name in ("principal", "action", "resource", "function", "kind", "region", "at"):
        if all(getattr(each, name) != getattr(denial, name) for each in told):
            return f"its {name} is {getattr(told[0], name)}"
    return ""
