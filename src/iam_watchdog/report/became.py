"""What became of a proposal: what was changed by whom, what showed that it helped, and what is left to do."""

from __future__ import annotations

from datetime import datetime

from iam_watchdog.happened import ended_by, led_to
from iam_watchdog.model import (
    WATCHDOG,
    AddInvokePermission,
    AddRoleStatements,
    Applied,
    AttachManagedPolicy,
    Dismissed,
    Healed,
    Incident,
    Prepared,
    Receipt,
    Snoozed,
    Stale,
    Status,
    Tried,
    Undone,
    Words,
)
from iam_watchdog.report.escape import line
from iam_watchdog.report.remaining import remaining
from iam_watchdog.report.standing import since_proposed
from iam_watchdog.report.words import clock
from iam_watchdog.status import derive

HEADING = "What became of it"


def became(incident: Incident, now: datetime) -> tuple[tuple[str, str], ...]:
    """Label and sentence, in the order in which people ask; () while nothing has become of it."""
    rows = (
        ("Done", done(incident, now)),
        ("Tried", tried(incident, now)),
        ("Over", over(incident, now)),
        ("Left to do", " ".join(remaining(incident, now))),
    )
    return tuple((label, words) for label, words in rows if words) if rows[0][1] else ()


def people(incident: Incident) -> Words:
    """Whoever gave a word, as named in these sentences."""
    return tuple({str(getattr(fact, "by", "")) for fact in incident.facts} - {WATCHDOG, ""})


def done(incident: Incident, now: datetime) -> str:
    """What was changed, when, by whose order; or that nothing was, and why; "" where all is still to come."""
    later, status = since_proposed(incident), derive(incident, now)
    if made := later.last(Applied):
        return f"{_made(later, made, now)}{_taken_back(later, now)}."
    undone = later.last(Undone)
    if status is Status.UNDONE and undone:
        return f"a change that was begun was taken back at {clock(undone.at, now)}: {line(undone.because, 300)}."
    if status is Status.HEALED:
        other = line(ended_by(incident), 40)
        by_other = f"nothing for this incident alone: the change of incident {other} ended it as well."
        return by_other if other else "nothing by IAM Watchdog."
    return f"nothing: {why}." if (why := _why_not(later, status, now)) else ""


def _made(later: Incident, made: Applied, now: datetime) -> str:
    prepared = later.last(Prepared)
    receipts = prepared.receipts if prepared else ()
    what = " and ".join(named(receipt) for receipt in receipts) or "the change was made"
    who = "unasked, as mode auto allows" if made.by == WATCHDOG else f"by order of {line(made.by, 200)}"
    return f"{what}, at {clock(made.at, now)}, {who}"


def named(receipt: Receipt) -> str:
    """One change in words, with the name under which it is found in the account."""
    name = line(receipt.name, 200)
    match receipt.grant:
        case AttachManagedPolicy(role=role):
            return f"the managed policy {name.rsplit('/', 1)[-1]} was attached to the role {_last(role)}"
        case AddRoleStatements(role=role):
            return f"the inline policy {name} was put on the role {_last(role)}"
        case AddInvokePermission(function=function):
            return f"the permission {name} was added to the function {line(function.split(':')[-1], 140)}"


def _last(arn: str) -> str:
    return line(arn.rsplit("/", 1)[-1], 140)


def _taken_back(later: Incident, now: datetime) -> str:
    undone = later.last(Undone)
    if undone is None:
        return ""
    if undone.refused:
        return f"; taking it back was refused at {clock(undone.at, now)}: {line(undone.refused, 300)}"
    return f"; taken back at {clock(undone.at, now)}, because {line(undone.because, 300)}"


def _why_not(later: Incident, status: Status, now: datetime) -> str:
    stale = later.last(Stale)
    said = later.last(Dismissed) if status is Status.DISMISSED else later.last(Snoozed)
    if status is Status.STALE and stale:
        return line(stale.because, 300)
    if status in (Status.DISMISSED, Status.SNOOZED) and said:
        return f"{line(said.by, 200)} {status} it at {clock(said.at, now)}"
    return ""


def over(incident: Incident, now: datetime) -> str:
    """What closed it without a verified change of its own."""
    healed = incident.last(Healed)
    if healed is None or derive(incident, now) is not Status.HEALED:
        return ""
    return f"{line(healed.because, 300) or 'it is refused no more'}, as of {clock(healed.at, now)}."


def tried(incident: Incident, now: datetime) -> str:
    """The trials since the change and what they showed; "" where nothing was tried."""
    trials = [fact for fact in since_proposed(incident).facts if isinstance(fact, Tried)]
    if not trials:
        return ""
    if derive(incident, now) is Status.VERIFIED:
        return _verified(trials, now)
    last, at = trials[-1].trial, clock(trials[-1].at, now)
    if not last.ok and (after := led_to(incident)):
        return f"it came further at {at}; what was refused next is incident {after}."
    return f"the last time at {at}, by {_HOW.get(last.how, last.how)}: {line(last.detail, 300)}."


_HOW = {"invoke": "running it again", "observe": "watching its own runs", "simulate": "evaluating its policies again"}


def _verified(trials: list[Tried], now: datetime) -> str:
    """Two successes apart, and that what can be read agrees: trial.py calls nothing verified without both."""
    good = [fact for fact in trials if fact.trial.ok][-2:]
    times = dict.fromkeys(clock(fact.at, now) for fact in good)
    at = f"{'twice ' if len(good) > len(times) else ''}at {' and '.join(times)}"
    how = _HOW.get(good[-1].trial.how, good[-1].trial.how)
    agrees = "" if good[-1].trial.how == "simulate" else "; what can be read of the policies allows the call too"
    return f"by {how}, {at}: {line(good[-1].trial.detail, 300)}{agrees}."
