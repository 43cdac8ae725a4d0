"""Sentences for a person at 3 a.m.: who was refused what, and which statement decides."""

from __future__ import annotations

from iam_watchdog.model import Finding, Layer, Missed, Witness
from iam_watchdog.rules.case.case import Case

LAYER_NAMES = {
    Layer.IDENTITY: "identity-based policy",
    Layer.BOUNDARY: "permissions boundary",
    Layer.SESSION: "session policy",
    Layer.RESOURCE: "resource-based policy",
    Layer.SCP: "service control policy",
    Layer.RCP: "resource control policy",
    Layer.VPCE: "VPC endpoint policy",
    Layer.TRUST: "role trust policy",
    Layer.INVOKE: "function's resource-based policy",
}
SHOWN = 3


def function(case: Case) -> str:
    """The function by name."""
    return f"Function {case.denial.function}" if case.denial.function else "A function"


def role(case: Case) -> str:
    """Its execution role by name."""
    return case.evidence.role.name if case.evidence.role else "(not read)"


def reported(case: Case) -> str:
    """What AWS itself states about the function's configuration (a state reason, a poller's last result), or ""."""
    told = case.denial.said
    return told.excerpt if told and case.denial.witness is Witness.CONFIG else ""


def refused(case: Case) -> str:
    """The beginning of every sentence: who may not do what on what."""
    on = "" if case.request.resource in ("", "*") else f" on {case.request.resource}"
    return f"{function(case)} (role {role(case)}) may not call {case.request.action or 'AWS'}{on}"


def statement(finding: Finding) -> str:
    """Name one statement by policy and Sid, or by its place, counted from 1 as people count."""
    which = f'statement "{finding.sid}"' if finding.sid else f"statement {finding.index + 1}"
    return f"{which} of {document(finding.layer, finding.policy)}"


def document(layer: Layer, name: str) -> str:
    """Name one document the way its owner would."""
    kind, _, rest = name.partition("/")
    if kind == "inline":
        return f"inline policy {rest}"
    if name.endswith("policy"):
        return f"the {name}"
    return f"{LAYER_NAMES[layer]} {name}" if layer is not Layer.IDENTITY else f"policy {name}"


def several(values: tuple[str, ...]) -> str:
    """A few values, and how many more there are."""
    shown = ", ".join(values[:SHOWN])
    return f"{shown} and {len(values) - SHOWN} more" if len(values) > SHOWN else shown


def near_miss(finding: Finding) -> str:
    """What kept the nearest statement from matching, side by side."""
    missed = finding.missed
    if missed is None:
        return statement(finding)
    if missed.element == "condition":
        actual = several(missed.actual) or "not sent at all"
        return (
            f"{statement(finding)} allows it only when {missed.key} is {several(missed.expected)}; here it is {actual}"
        )
    actual = several(missed.actual)
    return f"{statement(finding)} allows {expected(missed)}, which does not cover {actual}"


def expected(missed: Missed) -> str:
    """What a statement names; NotAction and NotResource name what it leaves out."""
    return f"{'all but ' if missed.inverted else ''}{several(missed.expected)}"


def nearest(case: Case, layer: Layer = Layer.IDENTITY) -> str:
    """The end of a sentence about a missing Allow: the near miss if there is one."""
    found = case.near("resource", "condition", "action", "principal", layer=layer)
    return f"; the nearest, {near_miss(found[0])}" if found else ""
