"""What has been said already: one key for each plan and status, so that a retry does not say it twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from iam_watchdog.happened import learned
from iam_watchdog.model import Fact, Incident, Proposed, Seen, Shown
from iam_watchdog.records import digest, dump
from iam_watchdog.status import derive

FORMS = "other forms of"
CLOSED = "closed the message of"
GROUPED = "in the list of another function's message:"


def plan_id(incident: Incident) -> str:
    """Twelve digits that name the plan, or the advice by what it advises: small print may change, the message stays."""
    found = incident.last(Proposed)
    if found is None:
        return "none"
    if found.plan_hash:
        return found.plan_hash[:12]
    diagnosis = found.diagnosis
    fixes = [dump(fix) for fix in diagnosis.fixes]
    return digest([diagnosis.rule, diagnosis.layer, diagnosis.confidence, fixes])[:12]


def key(incident: Incident, now: datetime) -> str:
    """What there is to say now."""
    return f"{derive(incident, now)} {plan_id(incident)}"


def said_since(incident: Incident, channel: str, *, buttons: bool = True) -> frozenset[str]:
    """What a channel was told since the last thing happened: a status that comes back is news again.

    Where there are no buttons to draw anew, the same plan proposed once more is none, unless it knows who did it.
    """
    news = [i for i, fact in enumerate(incident.facts) if _is_news(incident, fact, buttons=buttons)]
    later = incident.facts[news[-1] + 1 if news else 0 :]
    return frozenset(fact.what for fact in later if isinstance(fact, Shown) and fact.channel == channel)


def _is_news(incident: Incident, fact: Fact, *, buttons: bool) -> bool:
    if isinstance(fact, Proposed):
        return buttons or bool(learned(incident, fact))
    return not isinstance(fact, Shown | Seen)


def root(incident: Incident, channel: str) -> str:
    """The ts of the message that shows the present plan in a channel, "" if there is none."""
    return roots(incident, channel).get(plan_id(incident), "")


def roots(incident: Incident, channel: str) -> dict[str, str]:
    """The first message of each plan: plan id → ts."""
    found: dict[str, str] = {}
    for fact in incident.facts:
        if isinstance(fact, Shown) and fact.channel == channel and fact.ts and not fact.what.startswith(GROUPED):
            found.setdefault(fact.what.rsplit(" ", 1)[-1], fact.ts)
    return found


def ever_said(incident: Incident, channel: str) -> frozenset[str]:
    """All that a channel was told about this cycle."""
    return frozenset(f.what for f in incident.facts if isinstance(f, Shown) and f.channel == channel)


def heard_of(incident: Incident, channel: str) -> bool:
    """True if the channel knows the present plan already."""
    return any(what.endswith(f" {plan_id(incident)}") for what in ever_said(incident, channel))


def as_of(incident: Incident, ts: str) -> Incident:
    """The incident as it was when a message was posted."""
    place = next((i for i, f in enumerate(incident.facts) if isinstance(f, Shown) and f.ts == ts), 0)
    return replace(incident, facts=incident.facts[:place])


def ever(incident: Incident) -> bool:
    """True if anybody was told anything about this cycle."""
    return incident.last(Shown) is not None


def grouped(incident: Incident) -> str:
    """Said instead of the key where the incident stands in another one's list."""
    return f"{GROUPED} {plan_id(incident)}"


def thread(incident: Incident, channel: str) -> str:
    """The ts of the message in whose list the incident stands, "" if there is none."""
    named = (f for f in incident.facts if isinstance(f, Shown) and f.channel == channel)
    return next((f.ts for f in named if f.what == grouped(incident)), "")
