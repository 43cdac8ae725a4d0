"""The sweep: find what leaves no log line, close what healed, send again what stayed behind; it diagnoses nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from iam_watchdog import digests, story, tending
from iam_watchdog.expect import View, audit
from iam_watchdog.model import Digest
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
    tally = replace(tally, **tending.look_after(world, _time(BEGAN, world), _time(FIRST, world), until))
    _tell_together(tally, world, first=first)
    return tally


def _time(cursor: str, world: SweepWorld) -> datetime | None:
    text = world.facts.cursor(cursor)
    return datetime.fromisoformat(text) if text else None


def recheck(detail: Mapping[str, Any], world: SweepWorld) -> Tally:
    """A permission was just changed: audit the functions that it may break before they run next.

    What our own hands took back is no news: the incident is told with the undo, and the next full sweep looks again.
    """
    if _by_us(detail, world):
        return Tally()
    given = detail.get("requestParameters")
    named = given if isinstance(given, dict) else {}
    views = world.surveyor.touched(str(named.get("roleName") or ""), str(named.get("functionName") or ""))
    return _audited(Tally(), views, world, quietly=False)


def _by_us(detail: Mapping[str, Any], world: SweepWorld) -> bool:
    identity = detail.get("userIdentity") or {}
    issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
    return issuer.get("arn") in world.settings.own_roles


def _page(tally: Tally, page: Page, world: SweepWorld, *, first: bool, resumed: bool) -> Tally:
    """The many findings of a first sweep are one digest; a few are worth their own messages at once."""
    many = resumed or tally.denials > FEW
    quietly = first and (many or _count(page.views, world) > FEW)
    tally = _audited(tally, page.views, world, quietly=quietly)
    return replace(tally, finished=not page.cursor, unread=page.unread)


def _count(views: Iterable[View], world: SweepWorld) -> int:
    return sum(len(audit(view, world.clock.now()).denials) for view in _watched(views, world))


def _watched(views: Iterable[View], world: SweepWorld) -> Iterator[View]:
    for view in views:
        own = view.function.arn in world.settings.own_functions
        if not own and view.function.tags.get("iam-watchdog") != "ignore":
            yield view


def _audited(tally: Tally, views: Iterable[View], world: SweepWorld, *, quietly: bool) -> Tally:
    """Refusals are denials like any other."""
    for view in _watched(views, world):
        found = audit(view, world.clock.now())
        ports = NoticeWorld(world.facts, world.queue)
        sent = story.notice(found.denials, ports, quietly=quietly) if found.denials else 0
        tally = replace(
            tally,
            functions=tally.functions + 1,
            denials=tally.denials + len(found.denials),
            sent=tally.sent + sent,
            undecided=tally.undecided + len(found.undecided),
        )
    return tally


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
