"""Whether what was proposed is still to be done, was done, or was taken back: the tense in which people are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from iam_watchdog.model import WATCHDOG, Applied, Incident, Proposed, Status, Undone
from iam_watchdog.status import derive


class Standing(StrEnum):
    """What became of a proposal, in the words of its heading."""

    TO_DO = "what to do"
    IN_HAND = "what is being changed"
    MADE = "what was changed"
    TAKEN_BACK = "what was changed, and taken back"
    NOT_MADE = "what was proposed"


_PLAIN: Mapping[Status, Standing] = {
    Status.APPROVED: Standing.IN_HAND,
    Status.APPLIED: Standing.MADE,
    Status.NOT_YET: Standing.MADE,
    Status.VERIFIED: Standing.MADE,
    Status.FAILED: Standing.MADE,
    Status.UNDONE: Standing.TAKEN_BACK,
    Status.STALE: Standing.NOT_MADE,
    Status.DISMISSED: Standing.NOT_MADE,
    Status.SNOOZED: Standing.NOT_MADE,
}


def standing(incident: Incident, now: datetime) -> Standing:
    """What became of the present proposal; a change that stays while the rest heals was made all the same."""
    status = derive(incident, now)
    if status is Status.APPLIED and applied(incident) is None:
        return Standing.IN_HAND
    if status is Status.HEALED:
        return Standing.MADE if applied(incident) else Standing.NOT_MADE
    return _PLAIN.get(status, Standing.TO_DO)


def applied(incident: Incident) -> Applied | None:
    """The change of the present proposal, while it stands."""
    later = since_proposed(incident)
    made, undone = later.last(Applied), later.last(Undone)
    return None if made is None or (undone and not undone.refused) else made


def undone_by_person(incident: Incident) -> Undone | None:
    """A person's word took the present change back: that says nothing about whether it helped."""
    undone = since_proposed(incident).last(Undone)
    return undone if undone and undone.by != WATCHDOG and not undone.refused else None


def since_proposed(incident: Incident) -> Incident:
    """The incident with what happened since its present proposal alone."""
    places = [i for i, fact in enumerate(incident.facts) if isinstance(fact, Proposed)]
    return replace(incident, facts=incident.facts[places[-1] + 1 :]) if places else incident


def past(incident: Incident, now: datetime) -> bool:
    """True if the gates are told as they stood: a change was made since they were read, or they let it pass by now."""
    return standing(incident, now) is Standing.MADE or derive(incident, now) is Status.HEALED
