"""The gates of one decision, one under another, as a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterator

from iam_watchdog.model import Answer, Layer, Missed, Request, Verdict
from iam_watchdog.report.escape import terminal

ORDER = (
    Layer.SCP,
    Layer.RCP,
    Layer.VPCE,
    Layer.RESOURCE,
    Layer.IDENTITY,
    Layer.BOUNDARY,
    Layer.SESSION,
)
"""The gates in the order in which AWS describes them."""
EFFECTS = {Answer.EXPLICIT: "explicit", Answer.IMPLICIT: "implicit"}
_SIGNS = {
    Answer.ALLOWED: "open   ",
    Answer.IMPLICIT: "shut   ",
    Answer.EXPLICIT: "BARRED ",
    Answer.UNKNOWN: "unknown",
    Answer.ABSENT: "-      ",
}


def drawing(name: str, request: Request, verdict: Verdict) -> str:
    """The gates one under another, each open, shut, barred or unknown, with the statements that say so."""
    head = f"{name} {request.principal}".strip(), f"  {request.action} on {request.resource}"
    return "\n".join([*(terminal(text) for text in (*head, *_gates(verdict), *_end(verdict))), ""])


def _gates(verdict: Verdict) -> Iterator[str]:
    for layer in ORDER:
        yield f"    [{_SIGNS[verdict.layers[layer]]}] {layer.value}"
        for finding in verdict.deciding:
            if finding.layer is layer:
                sid = f" ({finding.sid})" if finding.sid else ""
                yield f"               {finding.effect} by {finding.policy} statement {finding.index + 1}{sid}"
        for finding in verdict.near:
            if finding.layer is layer and finding.missed:
                yield f"               not by {finding.policy} statement {finding.index + 1}: {_miss(finding.missed)}"


def _miss(missed: Missed) -> str:
    what = f"{missed.operator} {missed.key}" if missed.key else missed.element
    actual = ", ".join(missed.actual) or "nothing"
    return f"{what} wants {', '.join(missed.expected)}, the call has {actual}"


def _end(verdict: Verdict) -> Iterator[str]:
    effect = EFFECTS.get(verdict.answer)
    yield f"  => {'DENIED' if verdict.denied else verdict.answer.value.upper()}{f' ({effect})' if effect else ''}"
    yield from (f"     not known: {reason}" for reason in verdict.unknown)
    yield from (f"     malformed: {problem}" for problem in verdict.problems)
