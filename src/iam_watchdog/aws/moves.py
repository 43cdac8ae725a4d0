"""Whether the function was moved to another role lately: by whom, from which role, and what that one still allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from iam_watchdog.aws.changes import LATELY
from iam_watchdog.aws.history import Cut, Event, looked_up
from iam_watchdog.aws.read import identity
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn, parse
from iam_watchdog.aws.written import LONGEST
from iam_watchdog.model import Change, Denial, Evidence, Function, Kind, Layer, Policy, Unread
from iam_watchdog.ports import CannotRead
from iam_watchdog.records import canonical
from iam_watchdog.remedy.before import MOVE, NOT_LOOKED_UP, move_told

ACTIONS: tuple[str, ...] = ()
"""None by itself: history.py and read/identity.py ask."""
EVENT = "UpdateFunctionConfiguration20150331v2"
"""By the call's name and not the function's: a function that is read often hides its changes behind the reads.

https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
"""
MOST_READS = 10
"""Listings and documents of the earlier role; one with more of them is named and not looked into."""


def added(denial: Denial, evidence: Evidence, account: Account, now: datetime) -> Evidence:
    """The same evidence with the function's newest move to its present role, if there was one. Never raises."""
    function, role = evidence.function, evidence.role
    named = parse(function.arn) if function else None
    if named is None or function is None or role is None or denial.kind is not Kind.IAM_DENIAL or denial.by_trigger:
        return evidence
    if _untouched(function, now) or any(gap.what == f"recent changes of {role.name}" for gap in evidence.unread):
        return evidence  # A history that does not tell of the role is asked no more, and nothing is done unasked then.
    events = _events(named, role.arn, account, now)
    if isinstance(events, str):
        gap = Unread(Layer.IDENTITY, f"recent changes of {function.name}", events, decides=False)
        return replace(evidence, unread=(*evidence.unread, gap))
    event, earlier = _move(events, role.arn, now)
    if event is None:
        return evidence
    if not earlier and not (event.service or event.own):  # Perhaps a person moved it: nothing is done unasked then.
        return replace(evidence, facts={**evidence.facts, NOT_LOOKED_UP: function.name})
    made = (_change(event, earlier, function, account),) if earlier else ()
    newest = sorted((*evidence.changes, *made), key=lambda change: change.at, reverse=True)
    return replace(evidence, changes=tuple(newest))


def _untouched(function: Function, now: datetime) -> bool:
    """Lambda says when it was changed last: most functions cost no look-up."""
    try:
        return datetime.fromisoformat(function.last_modified) < now - LATELY
    except (ValueError, TypeError):
        return False


def _events(named: Arn, role: str, account: Account, now: datetime) -> list[Event] | str:
    """This function's, newest first; its own history as well where the account's does not tell the role before."""
    name = named.rest.split(":")[1]
    found = looked_up(EVENT, named.region, account, now, by="EventName")
    if isinstance(found, str):
        return found
    events = [event for event in found if _is(name, event)]
    hidden = isinstance(found, Cut) and all(event.at > now - LATELY for event in found)
    event, earlier = _move(events, role, now)
    if not hidden and (event is None or earlier):
        return events
    more = looked_up(name, named.region, account, now)
    if isinstance(more, str):
        return more
    if hidden and isinstance(more, Cut) and all(event.at > now - LATELY for event in more):
        return "there are more events than were asked for, and the older ones are not looked at"
    return [*events, *(event for event in more if event not in events and _is(name, event))]


def _is(name: str, event: Event) -> bool:
    """A caller names the function by its name or ARN, with or without a version."""
    given = event.text("functionName")
    return name in (given.split(":")[0], given.rpartition("function:")[2].split(":")[0])


def _move(events: Sequence[Event], role: str, now: datetime) -> tuple[Event | None, str]:
    """The newest move to this role and the role before, "" if nobody tells; (None, "") where the role stayed."""
    ordered = sorted(events, key=lambda event: event.at, reverse=True)
    for number, event in enumerate(ordered):
        if event.at < now - LATELY or event.name != MOVE or event.text("role") != role:
            continue
        earlier = next(_roles(ordered[number + 1 :]), "")
        if earlier != role:
            return event, earlier
    return None, ""


def _roles(events: Sequence[Event]) -> Iterator[str]:
    for event in events:
        told: Any = event.answer.get("role") or event.params.get("role")
        if isinstance(told, str):
            yield told


def _change(event: Event, earlier: str, function: Function, account: Account) -> Change:
    held = _held(earlier, account)
    known: dict[str, Any] = {"role": earlier, **({"via": event.service} if event.service else {})}
    whole = canonical({**known, "policies": [[policy.name, policy.text] for policy in held]})
    return Change(
        at=event.at,
        who=event.who,
        event=event.name,
        on=function.name,
        detail=move_told(event.text("role"), earlier),
        by_person=not (event.service or event.own),
        before=whole if held and len(whole) <= LONGEST else canonical(known),
    )


def _held(role: str, account: Account) -> tuple[Policy, ...]:
    """All of its identity policies as they are today; () if one cannot be read: half of them would say half."""
    named = parse(role)
    if named is None or not account.owns(named) or not named.rest.startswith("role/"):
        return ()
    reads, found = list(identity.reads(account, role)), list[Policy]()
    try:
        for number in range(MOST_READS + 1):
            if not reads:
                return tuple(found)
            piece = reads.pop(0).call() if number < MOST_READS else None
            if piece is None:
                break
            reads += piece.then
            found += piece.policies
    except (CannotRead, LookupError, TypeError, ValueError, AttributeError):
        return ()
    return ()
