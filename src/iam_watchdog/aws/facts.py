"""The incidents table: every fact is one item, written once by the one function that may write its kind."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from iam_watchdog import records, voices
from iam_watchdog.aws import counting, kinship
from iam_watchdog.aws.table import KIND_OF, KINDS, Item, expires, fact_item, key, packed, pages, refused, unpacked
from iam_watchdog.model import Denial, Digest, Fact, Incident, Proposed, Seen, Shown
from iam_watchdog.ports import Clock

ACTIONS = (
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:Scan",
)
_log = logging.getLogger(__name__)
_ORDER = (Seen, Proposed, Shown)
"""Facts of one instant are told in this order, the others after them."""


class TableFacts:
    """ports.Facts on DynamoDB; `shown_as` is the kind under which this function may note what people were told."""

    def __init__(self, client: Any, table: str, clock: Clock, shown_as: str = "plan") -> None:
        self.client = client
        self.table = table
        self.clock = clock
        self.shown_as = shown_as

    # ------------------------------------------------------------ denials

    def record(self, denials: Sequence[Denial]) -> tuple[Incident, ...]:
        """Count each distinct delivery once, open or continue its incident; returns those not yet enqueued."""
        each, rest = voices.told_apart(denials)
        counted: list[Incident | None] = []
        spoilt: list[records.Unreadable] = []
        for group in each:
            try:
                counted.append(counting.count(self, group))
            except records.Unreadable as strange:  # The others are counted: Sweep sends what stays behind.
                spoilt.append(strange)
        counted += [counting.flood(self, many) for many in rest]
        if spoilt:
            raise spoilt[0]
        return tuple({(i.id, i.cycle): i for i in counted if i is not None}.values())

    def enqueued(self, incident: Incident) -> None:
        """Note that the incident was sent to Diagnose."""
        self.client.update_item(
            TableName=self.table,
            Key=key("denial", incident.id, f"{incident.cycle:04d}"),
            UpdateExpression="SET enqueued_at = :now",
            ExpressionAttributeValues={":now": {"S": self.clock.now().isoformat()}},
        )

    # ------------------------------------------------------------ facts

    def load(self, incident: str, cycle: int | None = None) -> Incident:
        """The incident with all facts of its newest (or that) cycle. Raises LookupError."""
        head = self.head(incident, cycle)
        if head is None:
            which = f"with cycle {cycle}" if cycle else "at all"
            raise LookupError(f"incident: no {incident!r} {which} in table {self.table}; list them with incidents")
        return self.whole(head)

    def head(self, incident: str, cycle: int | None = None) -> Item | None:
        """The item that opens a cycle: what was denied, how often, since when."""
        if cycle is not None:
            where = key("denial", incident, f"{cycle:04d}")
            found = self.client.get_item(TableName=self.table, Key=where, ConsistentRead=True)
            return dict(found["Item"]) if "Item" in found else None
        items = [item for item in self._partition("denial", incident, "0") if "denial" in item]
        return max(items, key=lambda item: str(item["sk"]["S"]), default=None)

    def whole(self, head: Item) -> Incident:
        """A head with its facts, oldest first."""
        name, cycle = head["pk"]["S"].split("#", 1)[1], int(head["sk"]["S"])
        items = [i for kind in KINDS for i in self._partition(kind, name, f"{cycle:04d}#")]
        facts = [records.fact(unpacked(item["fact"])) for item in items if "fact" in item]
        return counting.incident(head, _in_order([counting.seen(head), *facts]))

    def _partition(self, kind: str, incident: str, prefix: str) -> list[Item]:
        names = {":pk": {"S": f"{kind}#{incident}"}, ":sk": {"S": prefix}}
        condition = "pk = :pk AND begins_with(sk, :sk)"
        arguments = {"KeyConditionExpression": condition, "ExpressionAttributeValues": names, "ConsistentRead": True}
        return list(pages(self.client, "query", TableName=self.table, **arguments))

    def add(self, incident: Incident, fact: Fact) -> Incident:
        """Store one fact, return the incident with it. The same fact twice is one fact."""
        kind = self.shown_as if isinstance(fact, Shown) else KIND_OF[type(fact)]
        item = fact_item(kind, incident.id, incident.cycle, fact)
        self.client.put_item(TableName=self.table, Item=item)
        if fact in incident.facts:
            return incident
        return counting.with_facts(incident, _in_order([*incident.facts, fact]))

    def once(self, incident: Incident, word: str, fact: Fact) -> bool:
        """Store one fact under a word that is good for a single fact; False if the word was used before."""
        item = fact_item(KIND_OF[type(fact)], incident.id, incident.cycle, fact)
        item["sk"] = {"S": f"{incident.cycle:04d}#once#{word}"}
        return self._conditional("put_item", item, "attribute_not_exists(pk)")

    def of_function(self, denial: Denial) -> Iterator[Incident]:
        """Incidents of the denial's function in their newest cycle, newest first, ten at the most."""
        heads = (self.head(name) for name in kinship.names(self, denial))
        yield from self._readable(head for head in heads if head)

    def lately(self, denial: Denial, seconds: int) -> frozenset[str]:
        """Names of the function's incidents that were opened by a denial within so many seconds of this one."""
        return frozenset(kinship.names(self, denial, timedelta(seconds=seconds)))

    def listing(self) -> tuple[Incident, ...]:
        """All incidents in their newest cycle."""
        newest: dict[str, Item] = {}
        condition = "begins_with(pk, :kind) AND attribute_exists(denial)"
        values = {":kind": {"S": "denial#"}}
        scan = {"FilterExpression": condition, "ExpressionAttributeValues": values, "ConsistentRead": True}
        for item in pages(self.client, "scan", TableName=self.table, **scan):
            name = item["pk"]["S"]
            if name not in newest or newest[name]["sk"]["S"] < item["sk"]["S"]:
                newest[name] = item
        return tuple(self._readable(newest.values()))

    def _readable(self, heads: Iterable[Item]) -> Iterator[Incident]:
        """Those whose facts can be read: what a later version wrote of one stops nothing for the others."""
        for head in heads:
            try:
                yield self.whole(head)
            except records.Unreadable as strange:
                _log.warning("%s is left out: %s", head["pk"]["S"], strange)

    # ------------------------------------------------------------ digests and cursors

    def keep(self, digest: Digest) -> None:
        """Store a digest until it is told."""
        item = {**key("denial", f"digest#{digest.name}", "digest"), "fact": packed(records.dump(digest))}
        self.client.put_item(TableName=self.table, Item={**item, "expires": expires(digest.at, timedelta(days=30))})

    def digest(self, name: str) -> Digest:
        """A stored digest. Raises LookupError."""
        where = key("denial", f"digest#{name}", "digest")
        found = self.client.get_item(TableName=self.table, Key=where, ConsistentRead=True)
        if "Item" not in found:
            raise LookupError(f"digest: no {name!r} in table {self.table}; it was told, or is older than 30 days")
        return records.load(Digest, unpacked(found["Item"]["fact"]))

    def cursor(self, name: str) -> str:
        """Where a long work stopped last time; "" is its beginning."""
        where = key("cursor", name, "cursor")
        found = self.client.get_item(TableName=self.table, Key=where, ConsistentRead=True)
        return str(found["Item"]["at"]["S"]) if "Item" in found else ""

    def move(self, name: str, cursor: str) -> None:
        """Note where a long work stands."""
        self.client.put_item(TableName=self.table, Item={**key("cursor", name, "cursor"), "at": {"S": cursor}})

    # ------------------------------------------------------------ locks and budgets

    def claim(self, name: str, seconds: int, owner: str) -> bool:
        """Take a lock that expires; the same owner may take it again."""
        now = self.clock.now()
        values = {":owner": {"S": owner}, ":now": {"N": str(int(now.timestamp()))}}
        item = {**key("lock", name, "lock"), "owner": {"S": owner}}
        item["expires"] = expires(now, timedelta(seconds=seconds))
        condition = "attribute_not_exists(pk) OR #owner = :owner OR expires < :now"
        return self._conditional("put_item", item, condition, values, {"#owner": "owner"})

    def release(self, name: str, owner: str) -> None:
        """Give a lock back; one that somebody else holds by now stays."""
        arguments = {"ExpressionAttributeNames": {"#owner": "owner"}, "ConditionExpression": "#owner = :owner"}
        try:
            self.client.delete_item(
                TableName=self.table,
                Key=key("lock", name, "lock"),
                ExpressionAttributeValues={":owner": {"S": owner}},
                **arguments,
            )
        except ClientError as error:
            if not refused(error):
                raise

    def spend(self, name: str, limit: int, seconds: int) -> bool:
        """Spend one of `limit` in a window; False when none is left."""
        return self.spend_as("budget", name, limit, seconds)

    def spend_as(self, kind: str, name: str, limit: int, seconds: int) -> bool:
        """Spend from a budget kept under a kind that this function may write."""
        now = self.clock.now()
        window = int(now.timestamp()) // seconds
        try:
            self.client.update_item(
                TableName=self.table,
                Key=key(kind, name, f"window#{window}"),
                UpdateExpression="ADD spent :one SET expires = :expires",
                ConditionExpression="attribute_not_exists(spent) OR spent < :limit",
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":limit": {"N": str(limit)},
                    ":expires": expires(now, timedelta(seconds=2 * seconds)),
                },
            )
        except ClientError as error:
            if refused(error):
                return False
            raise
        return True

    def _conditional(
        self,
        operation: str,
        item: Item,
        condition: str,
        values: Item | None = None,
        names: dict[str, str] | None = None,
    ) -> bool:
        call = getattr(self.client, operation)
        extra: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
        if values:
            extra["ExpressionAttributeValues"] = values
        try:
            call(TableName=self.table, Item=item, ConditionExpression=condition, **extra)
        except ClientError as error:
            if refused(error):
                return False
            raise
        return True


def _in_order(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    def place(fact: Fact) -> tuple[Any, int]:
        rank = _ORDER.index(type(fact)) if type(fact) in _ORDER else len(_ORDER)
        return fact.at, rank

    return tuple(sorted(facts, key=place))
