"""How an incident came to stand where it does: what happened when, and which incidents came before and after it."""

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
    Tried,
    Undone,
    Words,
)

ENDED_BY = "ended by the verified fix of incident "
"""How the reason begins for which an incident is over that another one's change ended."""


def ended_by(incident: Incident) -> str:
    """The incident whose change ended this one as well; "" for none."""
    healed = incident.last(Healed)
    because = healed.because if healed else ""
    return because.removeprefix(ENDED_BY) if because.startswith(ENDED_BY) else ""


def led_to(incident: Incident) -> str:
    """The incident of what a trial met instead, once the change had ended this one's refusal; "" for none."""
    others = (f.trial.other_denial for f in reversed(incident.facts) if isinstance(f, Tried) and f.final)
    return next((other.fingerprint for other in others if other), "")


def background(incident: Incident) -> Words:
    """Which incidents came before and after this one, and why it is told again, in words that follow its name."""
    follows, after, found = incident.denial.follows, led_to(incident), incident.last(Proposed)
    return (
        *((f"is told again: since it was put aside, {_changed(found)}",) if found and found.lifted else ()),
        *((f"follows incident {follows}, whose fix let the function come this far",) if follows else ()),
        *((f"led to incident {after}: with the fix the function came further and was refused there",) if after else ()),
    )


def _changed(found: Proposed) -> str:
    return f"{' and '.join(found.lifted)} changed"


def learned(incident: Incident, found: Proposed) -> str:
    """Who changed what before it began, where a proposal knows of it and the one before did not; "" for nothing new."""
    place = incident.facts.index(found)
    earlier = [fact for fact in incident.facts[:place] if isinstance(fact, Proposed)]
    if not earlier:
        return ""
    new = [c for c in found.changes if c not in earlier[-1].changes and c.at <= incident.first_seen]
    cause = max(new, key=lambda change: change.at, default=None)
    return f"{cause.who} did {cause.event} on {cause.on} at {cause.at:%Y-%m-%d %H:%M} UTC" if cause else ""


def timeline(incident: Incident) -> tuple[tuple[datetime, str], ...]:
    """What happened when, in plain words, oldest first."""
    told = ((fact.at, f"{_tells(fact)}{_cause(incident, fact)}") for fact in incident.facts)
    return tuple((at, words) for at, words in told if words)


def _cause(incident: Incident, fact: Fact) -> str:
    cause = learned(incident, fact) if isinstance(fact, Proposed) else ""
    return f"; by now it is known that {cause}" if cause else ""


def _tells(fact: Fact) -> str:  # noqa: C901 - one line a fact is the clearest form of this table
    match fact:
        case Seen(denial=denial, occurrences=times):
            after = f", follows incident {denial.follows}" if denial.follows else ""
            return f"seen {times} time{'s' if times != 1 else ''}, first by {denial.witness} ({denial.origin}){after}"
        case Healed(because=because):
            return f"healed: {because}" if because else "healed"
        case Proposed(diagnosis=diagnosis, plan=plan):
            again = f"; no longer put aside, since {_changed(fact)}" if fact.lifted else ""
            made = "a fix is proposed" if plan else "advice given"
            return f"diagnosed {diagnosis.rule}: {made}{_with_whom(fact)}{again}"
        case Shown(what=what, channel=channel):
            where = " through SNS" if channel == "sns" else f" in {channel}" if channel else ""
            return f"told people{where}: {what}" if what else f"told people{where}"
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
        case Tried(trial=trial, attempt=attempt, final=final):
            other = f"; led to incident {trial.other_denial.fingerprint}" if final and trial.other_denial else ""
            return f"trial {attempt + 1} ({trial.how}): {trial.detail}{other}"
    return ""


def _with_whom(found: Proposed) -> str:
    if found.carried_by:
        return f" together with incident {found.carried_by}, whose message tells of both"
    others = ", ".join(one.incident for one in found.also)
    return f" that also ends {others}" if others else ""
