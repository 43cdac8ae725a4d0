"""What `iam-watchdog doctor` looks at: one module a subject, each check says ok, warn or fail and the remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from iam_watchdog_cli.checks import authority, blind, letters, limits, people, roles, subscription, trail
from iam_watchdog_cli.checks.desk import FAIL, OK, WARN, Check, Desk, look

type Examination = Callable[[Desk], Iterator[Check]]

ALWAYS: tuple[tuple[str, Examination], ...] = (
    ("pattern", subscription.pattern),
    ("account policy", subscription.owner),
    ("trail", trail.trail),
    ("quotas", limits.quotas),
    ("blind spots", blind.spots),
)
"""Before deploying and after."""
DEPLOYED: tuple[tuple[str, Examination], ...] = (
    ("stack", letters.stack),
    ("delivery", subscription.may_call),
    ("subscriber", people.subscriber),
    ("slack", people.slack),
    ("own roles", roles.own),
    ("hands", roles.hands),
    ("kill switch", authority.switch),
    ("allow-list", authority.pins),
    ("boundary", authority.boundary),
    ("dead letters", letters.dead),
)
"""Only where the stack stands."""

__all__ = ["ALWAYS", "DEPLOYED", "FAIL", "OK", "WARN", "Check", "Desk", "examine"]


def examine(desk: Desk) -> Iterator[Check]:
    """Make every check that applies, in order; one that cannot be made is a warning, never silence."""
    for name, examination in (*ALWAYS, *(DEPLOYED if desk.deployed else ())):
        yield from look(name, examination, desk)
