"""Where an incident stands: one pure function over its facts, never stored."""

from __future__ import annotations

from datetime import datetime, timedelta

from iam_watchdog.model import (
    Applied,
    Approved,
    Dismissed,
    Fact,
    Healed,
    Incident,
    Prepared,
    Proposed,
    Snoozed,
    Stale,
    Status,
    Tried,
    Undone,
    Witness,
)

FINISHED = frozenset({Status.VERIFIED, Status.UNDONE, Status.HEALED})
"""Seen again after one of these, a denial opens the next cycle."""
UNDER_WAY = frozenset({Status.APPROVED, Status.APPLIED, Status.NOT_YET})
"""The write side has it: Diagnose decides nothing anew."""
LOUDER = 10
"""A dismissed or snoozed denial that is refused this many times as often is heard again."""


def derive(incident: Incident, now: datetime) -> Status:
    """Say where the incident stands: the newest fact that says anything wins."""
    for fact in reversed(incident.facts):
        if (status := _says(fact, now)) is not None:
            return status
    return Status.OPEN


def _says(fact: Fact, now: datetime) -> Status | None:
    match fact:
        case Proposed(plan=plan):
            return Status.PROPOSED if plan else Status.ADVISED
        case Dismissed(until=until):
            return Status.DISMISSED if until is None or until > now else None
        case Snoozed(until=until):
            return Status.SNOOZED if until > now else None
        case Undone(refused=refused):
            return Status.FAILED if refused else Status.UNDONE
        case Tried():
            return _tried(fact)
    return _PLAIN.get(type(fact))


_PLAIN: dict[type, Status] = {
    Approved: Status.APPROVED,
    Prepared: Status.APPLIED,
    Applied: Status.APPLIED,
    Stale: Status.STALE,
    Healed: Status.HEALED,
}


def _tried(fact: Tried) -> Status:
    """A different denial, or no clear answer, is neither success nor failure; the same one is about to be undone."""
    trial = fact.trial
    if trial.ok and fact.final:
        return Status.VERIFIED
    open_end = trial.other_denial is not None or trial.same_denial or not trial.clear
    return Status.FAILED if fact.final and not open_end else Status.NOT_YET


def under_way(incident: Incident, now: datetime) -> bool:
    """True while the write side works on the incident: Diagnose decides nothing anew then."""
    tried = incident.last(Tried)
    waits_for_a_person = tried is not None and tried.final and not tried.trial.same_denial
    return derive(incident, now) in UNDER_WAY and not waits_for_a_person


def quieted(incident: Incident, now: datetime) -> bool:
    """True while a person's word keeps it quiet."""
    return word(incident, now) is not None


def word(incident: Incident, now: datetime) -> Dismissed | Snoozed | None:
    """The word that keeps it quiet: none after its time, a tenfold rate, a stronger witness, or a new proposal."""
    said = _last_word(incident)
    if not isinstance(said, Dismissed | Snoozed) or (said.until is not None and said.until <= now):
        return None
    return None if louder(said, incident) or stronger(said, incident) else said


def louder(said: Dismissed | Snoozed, incident: Incident) -> bool:
    """True if it is refused ten times as often as before the word, hour for hour: what only goes on is no news."""
    if not said.occurrences or incident.occurrences < LOUDER * said.occurrences:
        return False
    before = said.occurrences / _hours(said.at - incident.first_seen)
    return incident.occurrences / _hours(incident.last_seen - said.at) >= LOUDER * before


def _hours(span: timedelta) -> float:
    """At least one: what is seen for the first time has no rate yet."""
    return max(span / timedelta(hours=1), 1.0)


def stronger(said: Dismissed | Snoozed, incident: Incident) -> bool:
    """True if by then only a log said so, and now AWS does."""
    return said.witness is Witness.LOG and incident.witness is not Witness.LOG


def lifted(incident: Incident, now: datetime) -> bool:
    """True when a person's word kept it quiet and no longer does, and nothing was proposed since."""
    return isinstance(_last_word(incident), Dismissed | Snoozed) and not quieted(incident, now)


def _last_word(incident: Incident) -> Fact | None:
    return next((f for f in reversed(incident.facts) if isinstance(f, Dismissed | Snoozed | Proposed)), None)
