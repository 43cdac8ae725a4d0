"""Fix ready or not, and what became of it: the end of the first line."""

from __future__ import annotations

from datetime import datetime

from iam_watchdog.happened import led_to
from iam_watchdog.model import WATCHDOG, Advice, Dismissed, Incident, Proposed, Snoozed, Stale, Status, Tried, Undone
from iam_watchdog.ports import Settings
from iam_watchdog.report.escape import line
from iam_watchdog.report.gates import TITLES
from iam_watchdog.report.standing import applied
from iam_watchdog.status import derive, under_way


def ready(incident: Incident, settings: Settings, now: datetime) -> str:
    """Fix ready or not, and what comes next."""
    status = derive(incident, now)
    found = incident.last(Proposed)
    if status is Status.PROPOSED and found:
        return _proposed(found, settings)
    if status is Status.ADVISED and found:
        return f"not ours to change: {_owners(found)}" if found.diagnosis.fixes else nothing(found)
    return _later(incident, status, now)


def _owners(found: Proposed) -> str:
    """Whose turn it is: an advice names the layer of the document that has to change."""
    layers = dict.fromkeys(fix.layer for fix in found.diagnosis.fixes if isinstance(fix, Advice))
    return f"advice for the owner of the {' and the '.join(TITLES[layer] for layer in layers)}"


def nothing(found: Proposed) -> str:
    """Why there is no fix."""
    said = {"undecided": "not understood yet: see what to check", "already_allowed": "allowed by now, nothing to grant"}
    return said.get(found.diagnosis.rule, "nothing to grant: see why")


def _proposed(found: Proposed, settings: Settings) -> str:
    if not found.refusals.get(WATCHDOG, ("unknown",)):
        return "fix ready, being applied"
    if settings.approvals and not found.refusals.get("person", ("unknown",)):
        return "fix ready, waiting for Apply"
    return "fix ready, to be applied by hand"


_LATER = {
    Status.OPEN: "not diagnosed yet",
    Status.APPROVED: "fix approved, being applied",
    Status.APPLIED: "fix applied, being tried",
    Status.NOT_YET: "fix applied, not verified yet",
    Status.VERIFIED: "fix verified",
}


def _later(incident: Incident, status: Status, now: datetime) -> str:
    if status in (Status.DISMISSED, Status.SNOOZED):
        return _put_aside(incident, status)
    if status is Status.HEALED:
        return "the change stays" if applied(incident) else "nothing to do"
    stale, undone, tried = incident.last(Stale), incident.last(Undone), incident.last(Tried)
    if status is Status.STALE and stale:
        return f"fix not applied: {line(stale.because, 300)}"
    if status is Status.UNDONE and undone:
        return f"fix undone: {line(undone.because, 300)}"
    if status is Status.FAILED and undone and undone.refused:
        return f"UNDO REFUSED: {line(undone.refused, 300)}"
    if status is Status.FAILED and tried:
        return f"fix did not help: {line(tried.trial.detail, 300)}"
    if status is Status.NOT_YET and tried and not under_way(incident, now):
        return _open_end(incident, tried)
    return _LATER.get(status, status.value)


def _put_aside(incident: Incident, status: Status) -> str:
    said = incident.last(Dismissed) if status is Status.DISMISSED else incident.last(Snoozed)
    return f"{status} until {said.until:%Y-%m-%d %H:%M} UTC" if said and said.until else status.value


def _open_end(incident: Incident, tried: Tried) -> str:
    """The trials are over, the change stays, and nobody could see that it is enough."""
    if after := led_to(incident):
        return f"fix applied, and what was refused next is incident {after}"
    return f"fix kept, not verified: {line(tried.trial.detail, 300)}"
