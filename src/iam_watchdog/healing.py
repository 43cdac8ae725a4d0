"""Why an incident is over without us: what it was about is gone, or somebody has mended it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from iam_watchdog.expect import Audit
from iam_watchdog.expect.audit import LATEST
from iam_watchdog.expect.needs import ENVIRONMENT_KEY_CODES, UNUSABLE
from iam_watchdog.model import Applied, Change, Denial, Evidence, Incident, Kind, Status, Witness
from iam_watchdog.remedy.callers import called, not_set
from iam_watchdog.status import derive, under_way

GONE = "the policies allow it now"
TAKING = ("Delete", "Detach", "Disable", "Remove", "Retire", "Revoke", "Schedule")
"""Events that mend by what they take away at most: a Deny, a boundary."""
OPEN = frozenset({Status.OPEN, Status.PROPOSED, Status.ADVISED, Status.STALE, Status.FAILED, Status.SNOOZED})
"""Incidents that may heal by themselves; what the write side has, it ends itself."""


def may(incident: Incident, now: datetime) -> bool:
    """Open, or given up by the trials without an answer and not refused since the change."""
    if derive(incident, now) in OPEN:
        return True
    applied = incident.last(Applied)
    kept = derive(incident, now) is Status.NOT_YET and not under_way(incident, now)
    return kept and applied is not None and incident.last_seen <= applied.at


def moot(denial: Denial, evidence: Evidence) -> str:
    """Say what is gone, or ""; only what AWS was asked about and denied counts, never what could not be read."""
    facts = evidence.facts
    if facts.get("function_exists") == "false":
        return f"function {called(denial)} is gone"
    started = denial.source_arn and (
        denial.by_trigger or denial.kind in (Kind.INVOKE_PERMISSION, Kind.LAMBDA_ASSUME_ROLE)
    )
    if started and facts.get("source_exists") == "false":
        return f"{denial.source_arn} is gone"
    if started and facts.get("source_targets_function") == "false":
        return f"{denial.source_arn} {not_set(denial)} any more"
    if denial.kind is Kind.LAMBDA_ENV_KMS and denial.witness is Witness.CONFIG and _key_is_well(denial, evidence):
        return "AWS does not report the environment's key any more"
    return ""


def spellings(denial: Denial) -> Iterator[Denial]:
    """The refusal, and the same call without `$LATEST`: the sweep takes either for enough (expect/audit.py)."""
    yield denial
    if denial.by_trigger and denial.resource and denial.resource.endswith(LATEST):
        yield replace(denial, resource=denial.resource.removesuffix(LATEST))


def outgrown(denial: Denial, found: Audit) -> str:
    """What the sweep alone had found, from the configuration, is asked for no more; "" while it may be.

    Of needs that fail together one is told: another one of the same resource keeps it open, and so does a function
    that does not start, of which nothing else is asked.
    """
    known = {denial.action, denial.resource, denial.fingerprint, Kind.LAMBDA_ASSUME_ROLE}
    left = any(known & {one.action, one.resource, one.fingerprint, one.kind} for one in found.denials)
    return "" if left or found.undecided else "nothing that is configured asks for it any more"


def _key_is_well(denial: Denial, evidence: Evidence) -> bool:
    function = evidence.function
    if function is None:
        return False
    codes = {function.state_reason_code, function.last_update_reason_code}
    states = {t.traits.get("state", "") for t in evidence.targets if t.arn in (function.key, denial.resource)}
    return not codes & ENVIRONMENT_KEY_CODES and bool(states) and not states & UNUSABLE


def by_whom(changes: Sequence[Change], since: datetime) -> str:
    """The newest change after the first refusal, one that can give before one that takes away; it may be another's."""
    later = [change for change in changes if change.at > since]
    who = max(later, key=lambda c: (not c.event.startswith(TAKING), c.at), default=None)
    return f"{GONE} (after {who.event} by {who.who})" if who else GONE
