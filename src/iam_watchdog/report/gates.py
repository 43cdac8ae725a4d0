"""The gates on the way from caller to function to target, as data: for a page, a message and a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from iam_watchdog.model import Answer, Confidence, Diagnosis, Finding, Layer, Unread, Verdict


class State(StrEnum):
    """How a gate stands; unread is said, not rounded."""

    OPEN = "open"
    SHUT = "shut"
    UNREAD = "unread"
    ABSENT = "absent"


class Stretch(StrEnum):
    """The part of the way on which a gate stands."""

    CALLER = "caller to function"
    FUNCTION = "function to AWS"
    TARGET = "at the target"


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate: `because` is a whole sentence, `decides` marks the one that the diagnosis names."""

    layer: Layer
    title: str
    stretch: Stretch
    state: State
    because: str
    decides: bool = False
    past: bool = False
    """Something was changed since it was read."""

    @property
    def word(self) -> str:
        """How it stands, or stood."""
        return f"was {self.state}" if self.past and self.state is State.SHUT else self.state.value


WAY: tuple[tuple[Layer, str, Stretch], ...] = (
    (Layer.INVOKE, "function's resource policy", Stretch.CALLER),
    (Layer.TRUST, "role's trust policy", Stretch.CALLER),
    (Layer.IDENTITY, "role's policies", Stretch.FUNCTION),
    (Layer.BOUNDARY, "permissions boundary", Stretch.FUNCTION),
    (Layer.SESSION, "session policy", Stretch.FUNCTION),
    (Layer.SCP, "service control policies", Stretch.FUNCTION),
    (Layer.VPCE, "VPC endpoint policy", Stretch.FUNCTION),
    (Layer.RCP, "resource control policies", Stretch.TARGET),
    (Layer.RESOURCE, "target's policy", Stretch.TARGET),
)
"""In the order in which a request meets them; all must be open (a resource policy may stand in for an identity one)."""

TITLES = {layer: title for layer, title, _ in WAY}
_STATES = {
    Answer.ALLOWED: State.OPEN,
    Answer.IMPLICIT: State.SHUT,
    Answer.EXPLICIT: State.SHUT,
    Answer.UNKNOWN: State.UNREAD,
    Answer.ABSENT: State.ABSENT,
}


def gates(diagnosis: Diagnosis, unread: Sequence[Unread] = (), *, past: bool = False) -> tuple[Gate, ...]:
    """All nine gates in the order of the way."""
    drawn = (_gate(layer, title, stretch, diagnosis, unread) for layer, title, stretch in WAY)
    return tuple(replace(gate, past=past) for gate in drawn)


def _gate(layer: Layer, title: str, stretch: Stretch, diagnosis: Diagnosis, unread: Sequence[Unread]) -> Gate:
    verdict = diagnosis.verdict
    state = _STATES[verdict.layers.get(layer, Answer.ABSENT)]
    missing = tuple(
        u for u in unread if u.layer is layer and u.decides
    )  # A detail is named elsewhere, not at the gate.
    if state is State.ABSENT and missing:
        state = State.UNREAD
    decides = diagnosis.layer is layer
    if state is State.ABSENT and decides:
        return _named(layer, title, stretch, diagnosis)
    if state is State.SHUT and not decides and _not_needed(layer, diagnosis):
        return Gate(
            layer, title, stretch, State.ABSENT, "Says nothing about this call, and need not: another allows it."
        )
    return Gate(layer, title, stretch, state, _because(layer, state, verdict, missing), decides)


def _named(layer: Layer, title: str, stretch: Stretch, diagnosis: Diagnosis) -> Gate:
    """The gate that the diagnosis names, where no document was found: shut if we are sure of it, else unread."""
    if diagnosis.confidence is Confidence.VERIFIED:
        return Gate(layer, title, stretch, State.SHUT, "No policy here allows it.", decides=True)
    return Gate(layer, title, stretch, State.UNREAD, _PLAIN[State.UNREAD], decides=True)


def _not_needed(layer: Layer, diagnosis: Diagnosis) -> bool:
    """Within one account an identity or a resource policy is enough, but for keys (POLICY: KMS key policies)."""
    pair = {Layer.IDENTITY: Layer.RESOURCE, Layer.RESOURCE: Layer.IDENTITY}
    verdict, request = diagnosis.verdict, diagnosis.request
    if layer not in pair or verdict.layers[layer] is Answer.EXPLICIT or request is None:
        return False
    same = f":{request.resource_account}:" in request.principal and not request.action.lower().startswith("kms:")
    return same and verdict.layers.get(pair[layer]) is Answer.ALLOWED


def _because(layer: Layer, state: State, verdict: Verdict, missing: Sequence[Unread]) -> str:
    deciding = [f for f in verdict.deciding if f.layer is layer]
    if deciding:
        return "; ".join(statement(f) for f in deciding[:4]) + "."
    near = [f for f in verdict.near if f.layer is layer]
    if near and state is State.SHUT:
        return f"Nothing allows it. Nearest: {'; '.join(statement(f) for f in near[:2])}."
    if missing:
        words = "; ".join(f"{u.what} could not be read: {u.why}" for u in missing[:4])
        return f"{words[:1].upper()}{words[1:]}."
    return _PLAIN[state]


NOT_IN_PLAY = "Not in play."
_PLAIN = {
    State.OPEN: "Lets the call pass.",
    State.SHUT: "No statement allows it.",
    State.UNREAD: "Could not be decided from what was read.",
    State.ABSENT: NOT_IN_PLAY,
}


def statement(found: Finding) -> str:
    """Name one statement, and what kept it from matching."""
    sid = f" ({found.sid})" if found.sid else ""
    words = f"{found.effect} in {found.policy}, statement {found.index + 1}{sid}"
    if found.missed is None:
        return words
    missed = found.missed
    but = "all but " if missed.inverted else ""
    element = f"condition {missed.key}" if missed.key else missed.element
    return f"{words}: its {element} is {but}{_some(missed.expected)}, the call has {_some(missed.actual)}"


def _some(values: Sequence[str]) -> str:
    if not values:
        return "none"
    return ", ".join(values[:3]) + (f" and {len(values) - 3} more" if len(values) > 3 else "")
