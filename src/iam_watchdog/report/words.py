"""The first line: what the person woken at three in the morning needs, whole, without the rest."""

from __future__ import annotations

from datetime import datetime, timedelta

from iam_watchdog.model import Change, Denial, Incident, Kind, Proposed, Status, Witness, Words
from iam_watchdog.ports import Settings
from iam_watchdog.remedy.before import roles_told
from iam_watchdog.remedy.callers import EDGE
from iam_watchdog.remedy.put_back import person
from iam_watchdog.report.escape import line
from iam_watchdog.report.outcome import ready
from iam_watchdog.report.standing import applied, undone_by_person
from iam_watchdog.status import derive

RECENT = timedelta(minutes=15)
"""A refusal younger than this counts as going on."""
NOW = "just now"
CLAIM = "only this function's own log claims this"


_OVER = {
    Status.VERIFIED: "works again",
    Status.HEALED: "refused no more",
}


def first_line(incident: Incident, settings: Settings, now: datetime) -> str:
    """Account, Region, function, what is refused on what, how often since when, going on or not, who, fix or not."""
    denial = incident.denial
    parts = [
        f"{account(denial, settings)} {line(denial.region, 30)} {name(denial)}: {refused(denial)}{more(incident)}",
        often(incident, now),
        still(incident, now),
        changed(incident),
        CLAIM if incident.witness is Witness.LOG else "",
        ready(incident, settings, now),
    ]
    return " · ".join(part for part in parts if part)


def account(denial: Denial, settings: Settings) -> str:
    """The alias, if this is the account that has it, and always the number."""
    alias = settings.account_alias if denial.account == settings.account else ""
    number = line(denial.account, 12) or "unknown account"
    return f"{line(alias, 63)} ({number})" if alias else number


def name(denial: Denial) -> str:
    """The function, with the version or alias that failed where it is not the plain one."""
    if not denial.function:
        return "a function that could not be told"
    plain = denial.qualifier in ("", "$LATEST")
    return line(denial.function, 140) + ("" if plain else f" ({line(denial.qualifier, 60)})")


def refused(denial: Denial) -> str:
    """What is refused on what, in the words of the symptom."""
    what = line(denial.resource or "a resource that is not named", 300)
    match denial.kind:
        case Kind.LAMBDA_ASSUME_ROLE:
            who, does = ("Lambda@Edge", "run at the edge") if denial.principal == EDGE else ("Lambda", "start")
            return f"does not {does}, {who} may not assume its role {what}"
        case Kind.LAMBDA_ENV_KMS:
            return f"does not start, its environment variables cannot be decrypted ({what})"
        case Kind.INVOKE_PERMISSION:
            return f"{_caller(denial)} may not start it"
    if not denial.action and not denial.resource:
        return "a call was refused, it is not said which"
    return f"{line(denial.action or 'a call that is not named', 128)} refused on {what}"


def more(incident: Incident) -> str:
    """How many other calls the same fix ends."""
    others = len(_calls(incident)) - 1
    return f" and {others} more call{'s' if others > 1 else ''}" if others else ""


def together(incident: Incident) -> Words:
    """Every call that the one fix ends, () for a single one, which the first line tells."""
    calls = _calls(incident)
    return tuple(refused(denial) for denial in calls) if len(calls) > 1 else ()


def _calls(incident: Incident) -> tuple[Denial, ...]:
    """What healed without a change of ours healed by itself: of the others nobody knows that."""
    alone = derive(incident, incident.last_seen) is Status.HEALED and applied(incident) is None
    return (incident.denial,) if alone else incident.denials


TOGETHER = "One fix ends all of these:"


def _caller(denial: Denial) -> str:
    who = line(denial.principal or "its trigger", 120)
    return f"{who} ({line(denial.source_arn, 200)})" if denial.source_arn else who


def often(incident: Incident, now: datetime) -> str:
    """How often, since when."""
    times = "once" if incident.occurrences <= 1 else f"{incident.occurrences:,} times"
    if incident.occurrences <= 1:
        return f"{times} at {clock(incident.first_seen, now)}"
    if derive(incident, now) in _OVER:
        return f"{times} from {clock(incident.first_seen, now)} to {clock(incident.last_seen, now)}"
    return f"{times} since {clock(incident.first_seen, now)}"


def clock(at: datetime, now: datetime) -> str:
    """A time of today as such, an older one with its date; always UTC."""
    return f"{at:%H:%M} UTC" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M} UTC"


def ago(at: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that says enough."""
    seconds = max(int((now - at).total_seconds()), 0)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return NOW


def still(incident: Incident, now: datetime) -> str:
    """Still failing or not, as far as can be known."""
    status = derive(incident, now)
    if status in _OVER:
        return _OVER[status]
    made, last = applied(incident), ago(incident.last_seen, now)
    if made and incident.last_seen <= made.at:
        return "not refused since the change"
    if (undone := undone_by_person(incident)) and status is Status.UNDONE and incident.last_seen <= undone.at:
        return "not refused since it was taken back"
    if now - incident.last_seen > RECENT or _allowed_now(incident):
        return f"last refused {last}"
    return f"still failing, {last if last == NOW else f'last {last}'}"


def _allowed_now(incident: Incident) -> bool:
    found = incident.last(Proposed)
    return found is not None and found.diagnosis.rule == "already_allowed"


def changed(incident: Incident) -> str:
    """Who changed what, if a change came before the first refusal; the newest of those."""
    found = incident.last(Proposed)
    before = [c for c in found.changes if c.at <= incident.first_seen] if found else []
    if not before:
        return ""
    change = max(before, key=lambda c: c.at)
    return f"{who(change)} {_did(change)} {_gap(change, incident)} before it began"


def _did(change: Change) -> str:
    """The event by its name, or what it meant: a function's other role is no change of any policy."""
    if roles := roles_told(change):
        return f"moved {_short(change.on)} from role {_short(roles[1])} to role {_short(roles[0])}"
    return f"did {line(change.event, 80)} on {_short(change.on)}"


def who(change: Change) -> str:
    """The person or role, without the ARN around it."""
    return line(person(change.who), 160) or "somebody"


def _short(arn: str) -> str:
    return line(arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1], 80)


def _gap(change: Change, incident: Incident) -> str:
    return ago(change.at, incident.first_seen).replace(" ago", "").replace("just now", "moments")
