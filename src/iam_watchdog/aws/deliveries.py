"""Each delivery counts once: its marker is written in the same transaction as the count."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from iam_watchdog import records
from iam_watchdog.aws.table import Item, expires, key, refused
from iam_watchdog.model import Denial

if TYPE_CHECKING:
    from iam_watchdog.aws.facts import TableFacts

REMEMBERED = timedelta(days=15)
"""How long a delivery is remembered: Lambda retries for 6 hours, a dead-letter queue keeps 14 days."""


def marker(name: str, group: Sequence[Denial]) -> Item:
    """One item a delivery: its events' ids, whatever order they came in."""
    ids = sorted(d.event_id or records.digest(records.dump(d)) for d in group)
    return key("denial", name, f"seen#{hashlib.sha256(records.canonical(ids).encode()).hexdigest()[:32]}")


def delivered(facts: TableFacts, name: str, group: Sequence[Denial]) -> bool:
    """True for a delivery that was counted in a cycle before: a late retry does not open a new one."""
    where = marker(name, group)
    return "Item" in facts.client.get_item(TableName=facts.table, Key=where, ConsistentRead=True)


def write(facts: TableFacts, name: str, group: Sequence[Denial], *changes: Item) -> bool | None:
    """Count in one transaction with the delivery's marker. None: counted before; False: the head is not as thought."""
    item = {**marker(name, group), "expires": expires(facts.clock.now(), REMEMBERED)}
    once = {"TableName": facts.table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    try:
        facts.client.transact_write_items(TransactItems=[{"Put": once}, *changes])
    except ClientError as error:
        if not refused(error, "ConditionalCheckFailed"):
            raise
        reasons: Any = error.response.get("CancellationReasons", [{}])
        return None if reasons[0].get("Code") == "ConditionalCheckFailed" else False
    return True
