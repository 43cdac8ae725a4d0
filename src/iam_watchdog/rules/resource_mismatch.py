"""The action is granted, on another ARN: another region, account, name, or a missing suffix."""

from __future__ import annotations

from iam_watchdog.model import Denial, Diagnosis, Evidence, Finding, Layer
from iam_watchdog.remedy.arns import part
from iam_watchdog.rules.case import open_case
from iam_watchdog.rules.case.finding import diagnosis, needed
from iam_watchdog.rules.case.words import refused, several, statement

NAME = "resource_mismatch"
PARTS = ((1, "partition"), (3, "region"), (4, "account"))


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when a statement would allow the action if only its resource covered this one."""
    case = open_case(denial, evidence)
    misses = case.near("resource")
    if not misses or Layer.IDENTITY not in case.missing:
        return None
    found = misses[0]
    expected = found.missed.expected if found.missed else ()
    because = (
        f"{refused(case)}: {statement(found)} allows it, but on {several(expected)}"
        f"{_difference(found, case.request.resource)}"
    )
    return diagnosis(case, NAME, Layer.IDENTITY, because, needed(case))


def _difference(found: Finding, resource: str) -> str:
    """Name the part that differs when there is exactly one statement resource to compare with."""
    expected = found.missed.expected if found.missed else ()
    if len(expected) != 1:
        return ""
    named = [
        f"{name} {part(expected[0], i) or '(none)'} instead of {part(resource, i) or '(none)'}"
        for i, name in PARTS
        if part(expected[0], i) not in (part(resource, i), "*")
    ]
    if named:
        return f": {', '.join(named)}"
    if resource.startswith((f"{expected[0]}/", f"{expected[0]}:")):
        return f": what is called lies below it and needs {resource[len(expected[0]) :][0]}* or its own ARN"
    return ""
