"""What other roles were given lately: people mend the wrong one, and the function's own role shows no trace of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from iam_watchdog.aws.history import IAM_HOME, Event, looked_up
from iam_watchdog.aws.read import managed, role
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.piece import document
from iam_watchdog.model import Denial, Elsewhere, Evidence, Kind, Layer, Unread
from iam_watchdog.ports import CannotRead
from iam_watchdog.remedy.arns import role_name

ACTIONS: tuple[str, ...] = ()
"""None by itself: history.py, read/managed.py and read/role.py ask."""
EVENTS = ("PutRolePolicy", "AttachRolePolicy")
LATELY = timedelta(days=1)
"""Somebody who has just mended something wonders within the day why it did not help."""
MOST = 5
"""So many of them are looked at, the newest of each kind."""
LONGEST = 20_000
"""Characters of a document; IAM takes 10,240 without white space inline for one role."""


def added(denial: Denial, evidence: Evidence, account: Account, now: datetime) -> Evidence:
    """The same evidence with what other roles were given; not where the own role was mended since. Never raises."""
    given = any(change.event in EVENTS and change.at > denial.at for change in evidence.changes)
    if evidence.role is None or denial.kind is not Kind.IAM_DENIAL or denial.by_trigger or given:
        return evidence
    home = IAM_HOME.get(account.settings.partition, account.settings.region)
    found: list[Elsewhere] = []
    gaps: list[Unread] = []
    for name in EVENTS:
        events = looked_up(name, home, account, now, by="EventName", back=LATELY)
        if isinstance(events, str):
            gaps.append(Unread(Layer.IDENTITY, f"what other roles were given ({name})", events, decides=False))
        else:
            found += _given(events, evidence.role.name, account)
    found = _without_new(found, home, account, now) if found else []
    newest = sorted(found, key=lambda one: one.at, reverse=True)
    return replace(evidence, elsewhere=tuple(newest), unread=(*evidence.unread, *gaps))


def _given(events: Iterable[Event], own: str, account: Account) -> Iterator[Elsewhere]:
    """By people, to others: a deployment gives each role what is that role's."""
    others = [e for e in events if e.text("roleName") not in ("", own) and not (e.service or e.own)]
    for event in others[:MOST]:
        if text := _document(event, account):
            policy = event.text("policyName") or event.text("policyArn")
            yield Elsewhere(event.at, event.who, event.text("roleName"), policy, text)


def _without_new(found: list[Elsewhere], home: str, account: Account, now: datetime) -> list[Elsewhere]:
    """Without what a role was given when it was made for another function: that is its own, and mends nobody's call.

    Where nobody can tell, nobody is blamed.
    """
    try:
        functions, more = role.functions(account)
    except CannotRead:
        return []
    used = {role_name(arn) for _, arn in functions}
    if not more and not any(one.role in used for one in found):
        return found
    made = looked_up("CreateRole", home, account, now, by="EventName", back=2 * LATELY)
    if isinstance(made, str):
        return []
    new = {event.text("roleName") for event in made}
    return [one for one in found if one.role not in new or not (more or one.role in used)]


def _document(event: Event, account: Account) -> str:
    """The inline document as it was put, or the managed policy's as it is now; "" if it cannot be read."""
    if event.name == "PutRolePolicy":
        text = document(event.text("policyDocument"))
        return text if len(text) <= LONGEST else ""
    try:
        return managed.text(account, event.text("policyArn")) if event.text("policyArn") else ""
    except CannotRead:
        return ""  # A hint that cannot be followed is none.
