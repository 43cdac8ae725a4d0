"""Our own canary: a line that the subscription must deliver, Detect record, the queue carry and Diagnose note, unheard.

It ends as an incident that nobody is told of; Sweep closes it, or says that none has come. Whoever may write to its log
group can keep it singing, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from iam_watchdog.model import Denial, Incident, Kind, Shown, Witness

ACTION = "iam-watchdog:Canary"
CHANNEL = "canary"
KEPT = timedelta(days=3)
LATE = timedelta(hours=13)
"""Two of its lines, which come every six hours, and an hour for the sweep."""
HEARD = "the canary was heard: subscription, Detect, table, queue and Diagnose work"


def sings(group: str) -> bool:
    """True for a group that may be a canary's: worth the look at whose it is."""
    return group.startswith("/aws/events/") and group.endswith("-canary")


def song(at: datetime, account: str, region: str, origin: str, event: str) -> Denial:
    """One line as the incident of its hour; it is no denial, and no text can make one of this kind and action."""
    return Denial(
        witness=Witness.LOG,
        at=at,
        account=account,
        region=region,
        function="",
        qualifier="$LATEST",
        principal=None,
        action=ACTION,
        resource=None,
        scope=f"canary {at:%Y-%m-%dT%H}",
        origin=origin,
        excerpt="our own canary",
        kind=Kind.OTHER,
        event_id=event,
    )


def is_one(denial: Denial) -> bool:
    """True for our own canary; what a text says is never of this kind and has an action at once."""
    return denial.kind is Kind.OTHER and denial.action == ACTION


def noted(now: datetime) -> Shown:
    """The fact that Diagnose leaves in place of a diagnosis."""
    return Shown(now, CHANNEL, "", "heard")


def heard(incident: Incident) -> str:
    """Why a canary's incident is over, "" while Diagnose has not noted it."""
    told = incident.last(Shown)
    return HEARD if told and told.channel == CHANNEL else ""


def missing(incidents: Iterable[Incident], since: datetime, now: datetime) -> bool:
    """True when none was noted lately, although the watchdog has been up for so long."""
    notes = [i.last(Shown) for i in incidents if is_one(i.denial) and heard(i)]
    return max((note.at for note in notes if note), default=since) + LATE < now
