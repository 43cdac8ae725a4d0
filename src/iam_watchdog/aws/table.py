"""The incidents table as items: how keys are built and values written, and nothing else."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from iam_watchdog import records
from iam_watchdog.model import (
    Applied,
    Approved,
    Dismissed,
    Fact,
    Healed,
    Prepared,
    Proposed,
    Seen,
    Shown,
    Snoozed,
    Stale,
    Tried,
    Undone,
)

KINDS = ("denial", "plan", "approval", "receipt", "verification")
"""The partitions of one incident; each function's role may write its own only (dynamodb:LeadingKeys)."""
KIND_OF: Mapping[type, str] = {
    **dict.fromkeys((Seen, Healed), "denial"),
    **dict.fromkeys((Proposed, Shown), "plan"),
    **dict.fromkeys((Approved, Dismissed, Snoozed), "approval"),
    **dict.fromkeys((Prepared, Applied, Stale, Undone), "receipt"),
    Tried: "verification",
}
KEPT = timedelta(days=400)
"""How long an incident's facts are kept: a year and a quarter's review."""
BIG = 60_000
"""Characters from which a fact is stored compressed: an item holds 400 KB at the most."""

type Item = dict[str, Any]


def key(kind: str, name: str, sort: str) -> Item:
    """The two strings that name an item."""
    return {"pk": {"S": f"{kind}#{name}"}, "sk": {"S": sort}}


def expires(at: datetime, kept: timedelta = KEPT) -> Item:
    """When DynamoDB may forget the item, in epoch seconds."""
    return {"N": str(int((at + kept).timestamp()))}


def packed(value: object) -> Item:
    """JSON as a string, or compressed when it is long."""
    text = records.canonical(value)
    return {"S": text} if len(text) < BIG else {"B": zlib.compress(text.encode())}


def unpacked(value: Item) -> Any:
    """What `packed` wrote."""
    return json.loads(value["S"] if "S" in value else zlib.decompress(bytes(value["B"])))


def fact_item(kind: str, incident: str, cycle: int, fact: Fact) -> Item:
    """A fact under its cycle, time and content: the same fact twice is the same item."""
    data = records.dump(fact)
    sort = f"{cycle:04d}#{fact.at.isoformat()}#{records.digest(data)[:12]}"
    return {**key(kind, incident, sort), "fact": packed(data), "expires": expires(fact.at)}


def pages(client: Any, operation: str, **arguments: Any) -> Iterator[Item]:
    """All items of a Query or Scan, page after page."""
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page["Items"]


def refused(error: ClientError, *reasons: str) -> bool:
    """True when a condition of ours said no, in a single write or at one of a transaction's places."""
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return True
    said = [str(r.get("Code")) for r in error.response.get("CancellationReasons", [])]
    return code == "TransactionCanceledException" and any(reason in said for reason in reasons)
