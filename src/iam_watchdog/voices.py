"""Whose word an incident is: what a stranger prints must not speak for what the function really meets.

A fingerprint leaves out who was refused and how, so that logs, CloudTrail and the sweep meet in one incident. A line
with another principal, another log group or an invented explicit deny would meet them there as well, and whoever came
first would be diagnosed. Lines that cannot tell of one refusal are therefore counted apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from iam_watchdog.model import Denial, Effect, Witness, Words
from iam_watchdog.remedy.arns import account_of, role_name, session_name

LAMBDAS_OWN = "awslambda_"
"""How Lambda names the sessions of its own calls with the execution role."""

AT_ONCE = 40
"""Distinct denials of one function's log that are looked up one by one in a delivery: it may hold ten thousand."""


def same(one: Denial, other: Denial) -> bool:
    """True if both may tell of one refusal; what a stranger cannot write speaks for every voice."""
    if Witness.LOG not in (one.witness, other.witness) or one.witness is not other.witness:
        return True
    groups = {group for group in (log_group(one), log_group(other)) if group}
    return _said(one) == _said(other) and len(groups) < 2


def key(denial: Denial) -> Words:
    """Denials of one key are the same voice."""
    return () if denial.witness is not Witness.LOG else (*_said(denial), log_group(denial))


def apart(denial: Denial) -> str:
    """The name of the incident of a voice that is not the first one of its fingerprint."""
    text = "".join(f"{len(word)}:{word}" for word in (denial.fingerprint, *key(denial)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def log_group(denial: Denial) -> str:
    """The log group that a line came through, "" for what came from elsewhere."""
    group, _, stream = denial.origin.partition(" ")
    return group if stream else ""


def _said(denial: Denial) -> Words:
    """Who was refused, and an explicit deny by which layer: implicit ones differ by what lacks first."""
    told = denial.said
    explicit = str(told.layer) if told and told.effect is Effect.EXPLICIT else ""
    return (denial.kind, *_who(denial), explicit)


def _who(denial: Denial) -> Words:
    """The role and whether it is the function's own session; other sessions' names change with every run."""
    principal = denial.principal or ""
    role = role_name(principal)
    if not role:
        return (principal, "", "")
    session = session_name(principal)
    own = session in ("", denial.function) or session.startswith(LAMBDAS_OWN)
    return (account_of(principal), role.lower(), "own" if own else "other")


def told_apart(denials: Sequence[Denial]) -> tuple[list[list[Denial]], list[list[Denial]]]:
    """Group a delivery's denials by voice; what is to be counted one by one, and for each log the rest.

    What repeats comes first: who invents refusals prints each of them once.
    """
    groups: dict[Words, list[Denial]] = {}
    for denial in denials:
        groups.setdefault((denial.fingerprint, *key(denial)), []).append(denial)
    logs: dict[Words, list[list[Denial]]] = {}
    for group in sorted(groups.values(), key=lambda g: -len(g)):
        d = group[0]
        logs.setdefault((d.account, log_group(d), d.function, d.witness), []).append(group)
    bound = {name: AT_ONCE if name[-1] == Witness.LOG else len(log) for name, log in logs.items()}
    each = [group for name, log in logs.items() for group in log[: bound[name]]]
    rest = [[d for group in log[bound[name] :] for d in group] for name, log in logs.items()]
    return each, [many for many in rest if many]
