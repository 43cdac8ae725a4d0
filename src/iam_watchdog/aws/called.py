"""Which resource a refused call was about, where the text does not say: CloudTrail's own record of the same call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from iam_watchdog.aws import history
from iam_watchdog.aws.faults import NotRead
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
    """Data events are never listed, and any other up to 15 minutes late. Raises NotRead.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
    """
    request = denial.said.request_id if denial.said else None
    records, page = list[Mapping[str, Any]](), list[Mapping[str, Any]]()
    for page in _pages(denial, account):
        told = [history.record_of(event) for event in page]
        if request and (same := [record for record in told if record.get("requestID") == request]):
            return _named(same, denial, account, {"called_request": request})
        records += told
    if isinstance(page, history.Cut):
        raise NotRead("there are more calls of this name in that minute than were asked for: nobody knows which it was")
    return _named(records, denial, account, {})


def _pages(denial: Denial, account: Account) -> Iterator[list[Mapping[str, Any]]]:
    operation = denial.said.operation if denial.said else None
    name = operation or denial.action.partition(":")[2]
    wanted = [{"AttributeKey": "EventName", "AttributeValue": name}]
    start, end = denial.at - NEAR, denial.at + NEAR
    return history.pages(account, denial.region, LookupAttributes=wanted, StartTime=start, EndTime=end)


def _named(records: Iterable[Mapping[str, Any]], denial: Denial, account: Account, how: Mapping[str, str]) -> Piece:
    """The resource that all of these refusals name, if they name one and the same."""
    called = dict(_refused(records, denial, account))
    asked = [parse(arn) for arn in set(called.values())]
    if len(asked) != 1 or asked[0] is None:
        return Piece()
    event, arn = next(iter(called.items()))
    return Piece(facts={"called": arn, "called_event": event, **how}, then=target.reads(asked[0], account))


def _refused(records: Iterable[Mapping[str, Any]], denial: Denial, account: Account) -> Iterator[tuple[str, str]]:
    """Event id of each refusal of the same call by the same function, and the resource, "" if it names none."""
    ground = Ground(account.id, denial.region, account.settings.partition)
    named = (denial.resource or "*").removeprefix("*")
    for record in records:
        for told in cloudtrail.from_record(record, ground):
            by_it = told.function == denial.function and denial.principal in (None, told.principal)
            if by_it and told.action == denial.action and named in (told.resource or named):
                yield told.event_id, told.resource or ""
