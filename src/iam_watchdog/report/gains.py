"""What else a fix would allow, in words."""

from __future__ import annotations

from iam_watchdog.model import Proof, Words
from iam_watchdog.report.escape import line


def gains(proof: Proof) -> str:
    """What else would be allowed: nothing, or the surplus by name."""
    tried = f" ({proof.probes} other requests tried)" if proof.probes else ""
    if proof.gained:
        return f"gains also: {_listed(proof.gained)}{tried}"
    if proof.surplus:
        return f"also allows, because a managed policy comes whole: {_listed(summed(proof.surplus))}{tried}"
    return f"gains: nothing else{tried}"


def summed(surplus: Words) -> Words:
    """Action by action: on what, or on how much more; the full list stands in the report."""
    by_action: dict[str, list[str]] = {}
    for entry in surplus:
        action, _, resource = entry.partition(" on ")
        by_action.setdefault(action, []).append(resource)
    return tuple(_sum(action, resources) for action, resources in by_action.items())


def _sum(action: str, resources: list[str]) -> str:
    if resources == [""]:
        return action
    if "*" in resources:
        return f"{action} on any resource"
    return f"{action} on {resources[0]}" if len(resources) == 1 else f"{action} on {len(resources)} other resources"


def _listed(items: Words, most: int = 12) -> str:
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(line(i, 200) for i in items[:most]) + more
