"""Which resource a refused call was about, where the text does not say: CloudTrail's own record of the same call."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from iam_watchdog.aws.read import target
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import parse
from iam_watchdog.aws.read.piece import Piece, Read
from iam_watchdog.detect import cloudtrail
from iam_watchdog.detect.ground import Ground
from iam_watchdog.model import Denial, Layer
from iam_watchdog.remedy.likely import bare

ACTIONS = ("cloudtrail:LookupEvents",)
NEAR = timedelta(minutes=1)
"""A line is written when the call was refused; clocks differ a little."""


def reads(denial: Denial, account: Account) -> tuple[Read, ...]:
    """One call for a log's denial that names an action and no resource."""
    said = denial.said
    told = denial.origin == denial.event_id or (said and (said.encoded or said.authorization_id))  # AWS says it there.
    if told or denial.account != account.id or not bare(denial):
        return ()
    call = partial(_called, denial, account)
    return (Read(f"CloudTrail's record of {denial.action}", (Layer.IDENTITY,), call, decides=False),)


def _called(denial: Denial, account: Account) -> Piece:
    """Data events are never listed, and any other up to 15 minutes late.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
    """
    operation = denial.said.operation if denial.said else None
    name = operation or denial.action.partition(":")[2]
    found = account.clients.read(
        "cloudtrail",
        "lookup_events",
        region=denial.region,
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}],
        StartTime=denial.at - NEAR,
        EndTime=denial.at + NEAR,
        MaxResults=50,
    )
    records = [json.loads(event.get("CloudTrailEvent") or "{}") for event in found.get("Events", ())]
    called = dict(_same(records, denial, account))
    if len(set(called.values())) != 1:
        return Piece()
    event, arn = next(iter(called.items()))
    asked = parse(arn)
    then = target.reads(asked, account) if asked else ()
    return Piece(facts={"called": arn, "called_event": event}, then=then)


def _same(records: list[Mapping[str, Any]], denial: Denial, account: Account) -> Iterator[tuple[str, str]]:
    """Event id and resource of each refusal of the same call; of the same request alone, if the text tells its id."""
    request = denial.said.request_id if denial.said else None
    exact = [record for record in records if request and record.get("requestID") == request]
    ground = Ground(account.id, denial.region, account.settings.partition)
    for record in exact or records:
        for told in cloudtrail.from_record(record, ground):
            by_it = told.function == denial.function and denial.principal in (None, told.principal)
            if by_it and told.action == denial.action and parse(told.resource):
                yield told.event_id, told.resource or ""
