"""The action is granted, on another ARN: another region, account, name, or a missing suffix."""

from __future__ import annotations

from iam_watchdog.model import Denial, Diagnosis, Evidence, Finding, Layer
from iam_watchdog.remedy.arns import part
from iam_watchdog.rules.case import open_case
from iam_watchdog.rules.case.finding import diagnosis, needed
from iam_watchdog.rules.case.words import expected, refused, statement

NAME = "resource_mismatch"
PARTS = ((1, "partition"), (3, "region"), (4, "account"))


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when a statement would allow the action if only its resource covered this one."""
    case = open_case(denial, evidence)
    misses = case.near("resource")
    if not misses or Layer.IDENTITY not in case.missing:
        return None
    found = misses[0]
    because = f"{refused(case)}: {statement(found)} {_allows(found)}{_difference(found, case.request.resource)}"
    return diagnosis(case, NAME, Layer.IDENTITY, because, needed(case))


def _allows(found: Finding) -> str:
    if found.missed is None:
        return "allows it elsewhere"
    return (
        f"{'leaves it out: it allows it on' if found.missed.inverted else 'allows it, but on'} {expected(found.missed)}"
    )


def _difference(found: Finding, resource: str) -> str:
    """Name the part that differs when there is exactly one statement resource to compare with."""
    if found.missed is None or found.missed.inverted or len(found.missed.expected) != 1:
        return ""
    only = found.missed.expected[0]
    named = [
        f"{name} {part(only, i) or '(none)'} instead of {part(resource, i) or '(none)'}"
        for i, name in PARTS
        if part(only, i) not in (part(resource, i), "*")
    ]
    if named:
        return f": {', '.join(named)}"
    if part(only, 2) == "secretsmanager" and resource.startswith(f"{only}-") and len(resource) == len(only) + 7:
        return ": a secret's ARN ends in six characters that Secrets Manager adds to its name"
    if resource.startswith((f"{only}/", f"{only}:")):
        return f": what is called lies below it and needs {resource[len(only) :][0]}* or its own ARN"
    return ""
