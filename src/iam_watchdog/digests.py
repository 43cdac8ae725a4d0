"""What is said together rather than one by one: the first sweep, a day's open ends, a week's blind spots."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from iam_watchdog.model import Digest, Dismissed, Incident, Proposed, Seen, Snoozed, Stale, Status, Tried, Undone, Words
from iam_watchdog.status import derive, under_way

WAITING = timedelta(days=1)
"""A proposal that nobody has answered for so long, or a change nothing was heard of, is named in the daily digest."""


def first_sweep(incidents: Iterable[Incident], functions: int, now: datetime) -> Digest:
    """What an account looked like when the watchdog first walked through it."""
    found = tuple(f"{i.denial.excerpt}: {i.denial.action} on {i.denial.resource}" for i in incidents)
    title = f"first sweep: {functions} functions, {len(found)} things that cannot work as configured"
    return Digest("first-sweep", now, title, found)


def daily(incidents: Iterable[Incident], now: datetime) -> Digest:
    """Proposals that wait for an answer, what came to no clear end, and what people have put aside, with who did."""
    waiting, ends, aside = [], [], []
    for incident in incidents:
        status = derive(incident, now)
        if status in (Status.PROPOSED, Status.ADVISED) and _asked(incident) + WAITING <= now:
            waiting.append(
                f"waiting since {_asked(incident):%Y-%m-%d}: {_about(incident)} ({incident.occurrences} times)"
            )
        elif end := _open_end(incident, status, now):
            ends.append(end)
        elif status in (Status.DISMISSED, Status.SNOOZED):
            aside.append(f"{status} by {_by(incident)}: {_about(incident)}")
    title = f"{len(waiting)} proposals wait for an answer, {len(ends)} need a person, {len(aside)} are put aside"
    return Digest(f"daily-{now:%Y-%m-%d}", now, title, (*waiting, *ends, *aside))


def _open_end(incident: Incident, status: Status, now: datetime) -> str:
    """Since when it stands without an end, what, and why; "" where somebody works on it or it is over."""
    stale, tried, undone = incident.last(Stale), incident.last(Tried), incident.last(Undone)
    if status is Status.STALE and stale:
        return _line("not applied", stale.at, incident, stale.because)
    if status is Status.FAILED and undone and undone.refused:
        return _line("undo refused", undone.at, incident, undone.refused)
    if tried and (status is Status.FAILED or (status is Status.NOT_YET and not under_way(incident, now))):
        words = "failed" if status is Status.FAILED else "not verified"
        return _line(words, tried.at, incident, tried.trial.detail)
    heard = max(fact.at for fact in incident.facts) if incident.facts else now
    if under_way(incident, now) and heard + WAITING <= now:
        return _line(f"{status} and nothing heard", heard, incident, "its next step may lie among the dead letters")
    return ""


def _line(words: str, since: datetime, incident: Incident, why: str) -> str:
    return f"{words} since {since:%Y-%m-%d}: {_about(incident)}: {why}"


def weekly(spots: Words, now: datetime) -> Digest:
    """Where the watchdog is blind."""
    return Digest(f"weekly-{now:%G-W%V}", now, f"{len(spots)} blind spots", spots)


def _asked(incident: Incident) -> datetime:
    proposed = incident.last(Proposed)
    return proposed.at if proposed else incident.first_seen


def _about(incident: Incident) -> str:
    denial = incident.denial
    return f"{denial.function or 'a function that could not be told'} {denial.action} on {denial.resource}"


def _by(incident: Incident) -> str:
    said = next((f for f in reversed(incident.facts) if isinstance(f, Dismissed | Snoozed)), None)
    return said.by if said else "somebody"


def opened_by_sweep(incident: Incident) -> bool:
    """True for what the sweep found."""
    return any(isinstance(fact, Seen) and fact.denial.origin == "sweep" for fact in incident.facts)
