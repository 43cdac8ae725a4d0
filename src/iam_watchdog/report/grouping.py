"""Many functions refused by one statement are one alert that lists them."""

from __future__ import annotations

from dataclasses import dataclass

from iam_watchdog.model import Finding, Incident, Layer, Proposed, Words
from iam_watchdog.records import digest
from iam_watchdog.report.escape import line
from iam_watchdog.report.words import name, refused

DRAWN_AT = frozenset({20, 50, 100, 200, 500, 1_000, 2_000, 5_000})
"""Beyond ten the list is drawn anew only at these sizes: Slack takes about one call a second for a channel."""
SENT_AT = frozenset({2, 5, 20, 100, 500, 2_000})
"""Sizes at which the topic hears of it again."""


@dataclass(frozen=True, slots=True)
class Group:
    """The incident that was first, and one line for each that met the same statement, in the order of their coming."""

    lead: Incident
    rows: Words

    @property
    def drawn(self) -> bool:
        """Worth drawing the list anew."""
        return len(self.rows) <= 10 or len(self.rows) in DRAWN_AT

    @property
    def sent(self) -> bool:
        """Worth another notification."""
        return len(self.rows) in SENT_AT


def statement(incident: Incident) -> str:
    """Name the statement that refused, the same for every function that meets it; "" where each has its own plan.

    A grant is each role's own, with its own button. What nobody here can apply (a guardrail, a boundary, a resource
    policy that denies) is one thing to look at, however many functions meet it.
    """
    found = incident.last(Proposed)
    if found is None or found.plan is not None:
        return ""
    deciding = [f for f in found.diagnosis.verdict.deciding if f.effect == "Deny"]
    return digest([_named(f, incident, found) for f in deciding[:3]])[:20] if deciding else ""


def _named(found: Finding, incident: Incident, proposed: Proposed) -> list[str]:
    where = [incident.denial.account, found.layer, found.policy, str(found.index), found.sid or ""]
    if found.layer is Layer.IDENTITY and not found.policy.startswith("arn:"):
        return [*where, proposed.role.arn if proposed.role else ""]
    if found.layer in (Layer.RESOURCE, Layer.TRUST, Layer.INVOKE):
        return [*where, (incident.denial.resource or "").split("/")[0]]
    return where


def row(incident: Incident) -> str:
    """One line about one function."""
    return line(f"{name(incident.denial)}: {refused(incident.denial)}", 250)
