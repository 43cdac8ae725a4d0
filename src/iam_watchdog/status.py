"""Where an incident stands and how it got there: one pure function over its facts, never stored."""

from __future__ import annotations

from datetime import datetime

from iam_watchdog.model import (
    Applied,
    Approved,
    Dismissed,
    Fact,
    Healed,
    Incident,
    Prepared,
    Proposed,
    Seen,
    Shown,
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
"""A dismissed or snoozed denial that is seen this many times as often is heard again (DESIGN section 9)."""


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
    """True while a person's word keeps it quiet: not after its time, a tenfold rate, or a stronger witness."""
    said = _last_word(incident)
    if not isinstance(said, Dismissed | Snoozed) or (said.until is not None and said.until <= now):
        return False
    louder = bool(said.occurrences) and incident.occurrences >= LOUDER * said.occurrences
    stronger = said.witness is Witness.LOG and incident.witness is not Witness.LOG
    return not louder and not stronger


def lifted(incident: Incident, now: datetime) -> bool:
    """True when a person's word kept it quiet and no longer does, and nothing was proposed since."""
    return isinstance(_last_word(incident), Dismissed | Snoozed) and not quieted(incident, now)


def _last_word(incident: Incident) -> Fact | None:
    return next((f for f in reversed(incident.facts) if isinstance(f, Dismissed | Snoozed | Proposed)), None)


def timeline(incident: Incident) -> tuple[tuple[datetime, str], ...]:
    """What happened when, in plain words, oldest first."""
    return tuple((fact.at, words) for fact in incident.facts if (words := _tells(fact)))


def _tells(fact: Fact) -> str:  # noqa: C901 - one line a fact is the clearest form of this table
    match fact:
        case Seen(denial=denial, occurrences=times):
            return f"seen {times} time{'s' if times != 1 else ''}, first by {denial.witness} ({denial.origin})"
        case Healed(because=because):
            return f"healed: {because}" if because else "healed"
        case Proposed(diagnosis=diagnosis, plan=plan):
            return f"diagnosed {diagnosis.rule}: {'a fix is proposed' if plan else 'advice given'}{_with_whom(fact)}"
        case Shown(what=what):
            return f"told people: {what}" if what else "told people"
        case Approved(by=by):
            return f"approved by {by}"
        case Dismissed(by=by):
            return f"dismissed by {by}"
        case Snoozed(by=by, until=until):
            return f"snoozed by {by} until {until:%Y-%m-%d %H:%M} UTC"
        case Prepared(receipts=receipts):
            return f"stored how to undo {len(receipts)} change{'s' if len(receipts) != 1 else ''}"
        case Applied(by=by):
            return f"applied by order of {by}"
        case Stale(because=because):
            return f"not applied: {because}"
        case Undone(because=because, refused=refused):
            return f"undo refused: {refused}" if refused else f"undone: {because}"
        case Tried(trial=trial, attempt=attempt):
            return f"trial {attempt + 1} ({trial.how}): {trial.detail}"
    return ""


def _with_whom(found: Proposed) -> str:
    if found.carried_by:
        return f" together with incident {found.carried_by}, whose message tells of both"
    others = ", ".join(one.incident for one in found.also)
    return f" that also ends {others}" if others else ""
