"""Which incidents one function has: an item beside each head, so that those of one function are found by a Query."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from iam_watchdog.aws.table import Item, key
from iam_watchdog.model import Denial

if TYPE_CHECKING:
    from iam_watchdog.aws.facts import TableFacts

MOST = 10
"""Incidents that are looked at: whoever invents more of them gains that they are told one by one."""


def worth(denial: Denial) -> bool:
    """True if the call and its function could be told."""
    return bool(denial.function and denial.action)


def item(name: str, denial: Denial, forgotten: Item) -> Item:
    """One incident of a function, by the time at which its cycle began; of kind `denial`, as the head is."""
    return {**key("denial", _function(denial), f"{denial.at.isoformat()}#{name}"), "expires": forgotten}


def names(facts: TableFacts, denial: Denial, within: timedelta = timedelta.max) -> Iterator[str]:
    """Names of the function's incidents, newest first, each once; `within` so much time of this denial."""
    values = {":pk": key("denial", _function(denial), "")["pk"]}
    condition = "pk = :pk"
    if within < timedelta.max:
        condition += " AND sk BETWEEN :from AND :to"
        first, last = (moment.isoformat() for moment in _around(denial.at, within))
        values |= {":from": {"S": first}, ":to": {"S": f"{last}$"}}  # "$" comes after the "#" before the name.
    answer = facts.client.query(
        TableName=facts.table,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        ScanIndexForward=False,
        Limit=MOST,
        ConsistentRead=True,
    )
    yield from dict.fromkeys(str(found["sk"]["S"]).rsplit("#", 1)[1] for found in answer["Items"])


def _around(at: datetime, within: timedelta) -> tuple[datetime, datetime]:
    """From then till then; whoever forges a line may date it at the end of all time."""
    earliest, latest = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    return at - min(within, at - earliest), at + min(within, latest - at)


def _function(denial: Denial) -> str:
    """No incident is named so: a name of theirs holds no "#"."""
    return f"of#{denial.account}#{denial.region}#{denial.function}"
