"""How a denial is counted: each delivery once, one item a cycle, a new cycle after a finished one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from iam_watchdog import canary, records, voices
from iam_watchdog.aws import kinship
from iam_watchdog.aws.deliveries import delivered, write
from iam_watchdog.aws.table import KEPT, Item, expires, key, packed, unpacked
from iam_watchdog.model import Confidence, Denial, Fact, Incident, Kind, Proposed, Seen, Shown, Status, Witness
from iam_watchdog.status import FINISHED, derive, lifted, quieted

if TYPE_CHECKING:
    from iam_watchdog.aws.facts import TableFacts

FLOOD = 20
"""Distinct incidents of one function and hour that a log may open; the rest is one `flood`."""
GROUP_FLOOD = 100
"""The same for a log group in which many functions write, or one that names its streams after others."""
ASK_AGAIN = timedelta(minutes=10)
"""A denial that repeats without ever having been told is diagnosed again after this time."""
LOOK_AGAIN = timedelta(hours=1)
"""The same for one whose diagnosis is incomplete, and for one put aside: what could not be read or stood may differ."""


def count(facts: TableFacts, group: Sequence[Denial]) -> Incident | None:
    """Count one voice's denials of one delivery; the incident if Diagnose has to look at it, else None."""
    strongest = min(group, key=lambda d: (d.witness is Witness.LOG, d.at))
    name, head = _place(facts, strongest)
    whole = facts.whole(head) if head else None
    if head is None or whole is None or derive(whole, facts.clock.now()) in FINISHED:
        if delivered(facts, name, group):
            return _pending(head)
        if strongest.witness is Witness.LOG and not _may_open(facts, strongest):
            return flood(facts, group)
        return _open(facts, name, strongest, group, 1 if head is None else int(head["sk"]["S"]) + 1)
    return _again(facts, head, strongest, group, ask=_worth_asking(facts, head, whole))


def _place(facts: TableFacts, denial: Denial) -> tuple[str, Item | None]:
    """The incident's name and its newest head: the fingerprint, unless another voice has spoken there first."""
    name = denial.fingerprint
    head = facts.head(name)
    if head is None or voices.same(_denial(head), denial):
        return name, head
    name = voices.apart(denial)
    return name, facts.head(name)


def incident(head: Item, facts: tuple[Fact, ...] = ()) -> Incident:
    """The incident that a head opens."""
    return Incident(
        id=head["pk"]["S"].split("#", 1)[1],
        cycle=int(head["sk"]["S"]),
        denial=_denial(head),
        occurrences=int(head["occurrences"]["N"]),
        first_seen=_time(head, "first_seen"),
        last_seen=_time(head, "last_seen"),
        facts=facts,
    )


def _denial(head: Item) -> Denial:
    """The denial as it was recorded."""
    return records.load(Denial, unpacked(head["denial"]))


def seen(head: Item) -> Seen:
    """The head as the first fact of its cycle."""
    enqueued = _time(head, "enqueued_at") if "enqueued_at" in head else None
    times = int(head["occurrences"]["N"])
    return Seen(_time(head, "first_seen"), _denial(head), times, _time(head, "last_seen"), enqueued)


def with_facts(of: Incident, facts: tuple[Fact, ...]) -> Incident:
    """The incident with other facts."""
    return replace(of, facts=facts)


def _time(item: Item, name: str) -> datetime:
    return datetime.fromisoformat(item[name]["S"])


def _pending(head: Item | None) -> Incident | None:
    return incident(head) if head is not None and "enqueued_at" not in head else None


def _open(facts: TableFacts, name: str, first: Denial, group: Sequence[Denial], cycle: int) -> Incident | None:
    times = {"first_seen": min(d.at for d in group), "last_seen": max(d.at for d in group)}
    head: Item = {
        **key("denial", name, f"{cycle:04d}"),
        "denial": packed(records.dump(first)),
        "occurrences": {"N": str(len(group))},
        "expires": expires(facts.clock.now(), canary.KEPT if canary.is_one(first) else KEPT),
        **{word: {"S": at.isoformat()} for word, at in times.items()},
    }
    put = {"TableName": facts.table, "Item": head, "ConditionExpression": "attribute_not_exists(pk)"}
    listed = {"Put": {"TableName": facts.table, "Item": kinship.item(name, first, head["expires"])}}
    written = write(facts, name, group, {"Put": put}, *([listed] if kinship.worth(first) else []))
    if written is False:  # Another delivery opened the cycle in this moment: count in it.
        opened = facts.head(name, cycle)
        return _again(facts, opened, first, group) if opened else None
    return incident(head) if written else _pending(facts.head(name))


def _again(
    facts: TableFacts, head: Item, strongest: Denial, group: Sequence[Denial], *, ask: bool = False
) -> Incident | None:
    """Count in the open cycle; a stronger witness, or a plan gone stale, brings it before Diagnose once more."""
    known = _denial(head)
    renew = known.witness is Witness.LOG and strongest.witness is not Witness.LOG
    ask = ask or renew
    told = _linked(strongest if renew else known, (known, *group))
    values: Item = {":n": {"N": str(len(group))}, ":last": {"S": max(d.at for d in group).isoformat()}}
    sets = "last_seen = :last"
    if told != known:
        values[":denial"], sets = packed(records.dump(told)), f"{sets}, denial = :denial"
    update = {
        "TableName": facts.table,
        "Key": {"pk": head["pk"], "sk": head["sk"]},
        "UpdateExpression": f"ADD occurrences :n SET {sets}" + (" REMOVE enqueued_at" if ask else ""),
        "ExpressionAttributeValues": values,
    }
    name = head["pk"]["S"].split("#", 1)[1]
    if write(facts, name, group, {"Update": update}) is None:
        return _pending(head)
    return _pending(facts.head(name, int(head["sk"]["S"])))


def _linked(told: Denial, group: Sequence[Denial]) -> Denial:
    """A trial's log line may come before the trial's own word on which incident it follows."""
    return replace(told, follows=next((d.follows for d in group if d.follows), None))


def _worth_asking(facts: TableFacts, head: Item, whole: Incident) -> bool:
    """True for what was never told, went stale, could not be read whole, or was put aside as it stood then."""
    if "enqueued_at" not in head:
        return False
    now = facts.clock.now()
    waited, found = now - _time(head, "enqueued_at"), whole.last(Proposed)
    if found and found.diagnosis.confidence is Confidence.INCOMPLETE and waited >= LOOK_AGAIN:
        return True
    if quieted(whole, now):
        return waited >= LOOK_AGAIN
    told = whole.last(Shown) and derive(whole, now) is not Status.STALE and not lifted(whole, now)
    return waited >= ASK_AGAIN and not told


def _may_open(facts: TableFacts, first: Denial) -> bool:
    """A stream may be named after another function: what comes through one group never spends another's budget."""
    where = f"flood#{first.account}#{voices.log_group(first)}"
    mine = facts.spend_as("denial", f"{where}#{first.function}", FLOOD, 3600)
    return mine and facts.spend_as("denial", where, GROUP_FLOOD, 3600)


def flood(facts: TableFacts, group: Sequence[Denial]) -> Incident | None:
    """Beyond the bound, what one function's log claims is one incident an hour that says so."""
    first = min(group, key=lambda d: d.at)
    hour = facts.clock.now().strftime("%Y-%m-%dT%H")
    one = replace(
        first,
        action="",
        resource=None,
        scope=f"flood {hour}",
        kind=Kind.OTHER,
        said=None,
        recovered={},
        truncated=False,
    )
    same = [replace(one, event_id=d.event_id or records.digest(records.dump(d)), at=d.at) for d in group]
    head = facts.head(one.fingerprint)
    return _again(facts, head, same[0], same) if head else _open(facts, one.fingerprint, same[0], same, 1)
