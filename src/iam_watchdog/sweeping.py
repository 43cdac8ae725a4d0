"""The sweep: find what leaves no log line, close what healed, send again what stayed behind; it diagnoses nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from iam_watchdog import canary, closing, digests, healing, story
from iam_watchdog.expect import Audit, View, audit
from iam_watchdog.model import Digest, Incident, Seen, Witness
from iam_watchdog.ports import NoticeWorld, Page, SweepWorld

PLACE, BEGAN, FIRST, DAILY, WEEKLY = "sweep", "sweep-began", "first-sweep", "daily", "weekly"
"""Cursors: where the sweep stands, when it began, when the first one ended, which day and week were told."""
FEW = 5
"""So many findings of a first sweep are told one by one, more of them in one digest."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What one run of the sweep did; finished: it reached the last function."""

    functions: int = 0
    denials: int = 0
    sent: int = 0
    undecided: int = 0
    healed: int = 0
    resent: int = 0
    canary_missing: bool = False
    finished: bool = False
    unread: tuple[str, ...] = ()


def sweep(world: SweepWorld, until: datetime) -> Tally:
    """Audit functions from the stored cursor on until the time is up; after the last page look after old incidents."""
    tally = Tally()
    start = world.facts.cursor(PLACE)
    if not start:
        world.facts.move(BEGAN, world.clock.now().isoformat())
    first = not world.facts.cursor(FIRST)
    for page in world.surveyor.pages(start):
        tally = _page(tally, page, world, first=first, resumed=bool(start))
        world.facts.move(PLACE, page.cursor)
        if world.clock.now() >= until:
            break
    if not tally.finished:
        return tally
    tally = _look_after(tally, world, until)
    _tell_together(tally, world, first=first)
    return tally


def recheck(detail: Mapping[str, Any], world: SweepWorld) -> Tally:
    """A permission was just changed: audit the functions that it may break before they run next.

    What our own hands took back is no news: the incident is told with the undo, and the next full sweep looks again.
    """
    if _by_us(detail, world):
        return Tally()
    given = detail.get("requestParameters")
    named = given if isinstance(given, dict) else {}
    if detail.get("eventName") == "CreatePolicyVersion" and not named.get("setAsDefault"):
        return Tally()  # Only a policy's default version counts.
    views = world.surveyor.touched(*(str(named.get(key) or "") for key in ("roleName", "functionName", "policyArn")))
    return _noted(Tally(), _audits(views, world), world, quietly=False)


def _by_us(detail: Mapping[str, Any], world: SweepWorld) -> bool:
    identity = detail.get("userIdentity") or {}
    issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
    return issuer.get("arn") in world.settings.own_roles


def _page(tally: Tally, page: Page, world: SweepWorld, *, first: bool, resumed: bool) -> Tally:
    """The many findings of a first sweep are one digest; a few are worth their own messages at once."""
    found = tuple(_audits(page.views, world))
    many = resumed or tally.denials > FEW or sum(len(one.denials) for one in found) > FEW
    tally = _noted(tally, found, world, quietly=first and many)
    return replace(tally, finished=not page.cursor, unread=page.unread)


def _audits(views: Iterable[View], world: SweepWorld) -> Iterator[Audit]:
    return (audit(view, world.clock.now()) for view in _watched(views, world))


def _watched(views: Iterable[View], world: SweepWorld) -> Iterator[View]:
    for view in views:
        own = view.function.arn in world.settings.own_functions
        marks = (view.function.tags, view.tags.get(view.function.role, {}))
        if not own and all(tags.get("iam-watchdog") != "ignore" for tags in marks):
            yield view


def _noted(tally: Tally, audits: Iterable[Audit], world: SweepWorld, *, quietly: bool) -> Tally:
    """Refusals are denials like any other."""
    ports = NoticeWorld(world.facts, world.queue)
    for found in audits:
        sent = story.notice(found.denials, ports, quietly=quietly) if found.denials else 0
        tally = replace(
            tally,
            functions=tally.functions + 1,
            denials=tally.denials + len(found.denials),
            sent=tally.sent + sent,
            undecided=tally.undecided + len(found.undecided),
        )
    return tally


def _look_after(tally: Tally, world: SweepWorld, until: datetime) -> Tally:
    """Send again what stayed behind, close what healed; what this sweep has just seen is not healed."""
    now, began = world.clock.now(), _time(world.facts.cursor(BEGAN))
    incidents = world.facts.listing()
    if since := _time(world.facts.cursor(FIRST)):
        tally = replace(tally, canary_missing=canary.missing(incidents, since, now))
    for incident in incidents:
        if world.clock.now() >= until:
            break
        if not healing.may(incident, now):
            continue
        if _left_behind(incident, now):
            world.queue.diagnose(incident)
            world.facts.enqueued(incident)
            tally = replace(tally, resent=tally.resent + 1)
        elif began and _seen_since(incident, began):
            continue
        elif why := closing.why(incident, world):
            closing.close(incident, why, world)
            tally = replace(tally, healed=tally.healed + 1)
    return tally


def _time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _seen_since(incident: Incident, began: datetime) -> bool:
    return incident.denial.witness is Witness.CONFIG and incident.last_seen >= began


def _left_behind(incident: Incident, now: datetime) -> bool:
    opened = incident.last(Seen)
    return opened is not None and opened.enqueued_at is None and incident.last_seen < now - closing.LOST


def _tell_together(tally: Tally, world: SweepWorld, *, first: bool) -> None:
    """Each digest once: a mark is moved only after it was sent."""
    now = world.clock.now()
    today, week = f"{now:%Y-%m-%d}", f"{now:%G-W%V}"
    if first:
        found = [i for i in world.facts.listing() if digests.opened_by_sweep(i)]
        _send(digests.first_sweep(found, tally.functions, now) if len(found) > FEW else None, world)
        world.facts.move(FIRST, now.isoformat())
    elif world.facts.cursor(DAILY) != today:
        _send(digests.daily(world.facts.listing(), now), world)
    world.facts.move(DAILY, today)
    if not first and world.facts.cursor(WEEKLY) != week:
        _send(digests.weekly((*world.surveyor.blind_spots(), *tally.unread), now), world)
    world.facts.move(WEEKLY, week)


def _send(digest: Digest | None, world: SweepWorld) -> None:
    if digest and digest.lines:
        world.facts.keep(digest)
        world.queue.digest(digest.name)
