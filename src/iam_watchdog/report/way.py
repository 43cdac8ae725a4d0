"""The way of a call: caller, gates, function, gates, target; where it ends; and the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from iam_watchdog.model import Denial, Kind, Layer
from iam_watchdog.report.escape import line
from iam_watchdog.report.gates import Gate, State, Stretch

SHORT = {
    Layer.INVOKE: "invoke permission",
    Layer.TRUST: "role trust",
    Layer.IDENTITY: "role's policies",
    Layer.BOUNDARY: "boundary",
    Layer.SESSION: "session policy",
    Layer.SCP: "SCPs",
    Layer.VPCE: "endpoint policy",
    Layer.RCP: "RCPs",
    Layer.RESOURCE: "target's policy",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A node (a thing) or a gate on the way."""

    kind: str
    label: str
    small: str = ""
    gate: Gate | None = None


def way(gates: Sequence[Gate], denial: Denial) -> tuple[Place, ...]:
    """Caller, gates, function, gates, target."""
    of = {
        stretch: [Place("gate", SHORT[g.layer], gate=g) for g in gates if g.stretch is stretch] for stretch in Stretch
    }
    caller = Place("node", _caller(denial), "caller")
    function = Place("node", line(denial.function or "?", 80), "function")
    target = Place("node", _target(denial), "target")
    return (caller, *of[Stretch.CALLER], function, *of[Stretch.FUNCTION], *of[Stretch.TARGET], target)


def _caller(denial: Denial) -> str:
    invoke = denial.kind in (Kind.INVOKE_PERMISSION, Kind.LAMBDA_ASSUME_ROLE)
    return line(denial.principal or "its trigger", 80) if invoke else "its callers"


def _target(denial: Denial) -> str:
    if denial.kind in (Kind.INVOKE_PERMISSION, Kind.LAMBDA_ASSUME_ROLE):
        return "whatever it calls"
    return line((denial.resource or "?").split(":", 5)[-1], 200)


def stops_at(places: Sequence[Place]) -> int:
    """Index of the gate where the call stops: the one the diagnosis names, else the first shut one; -1: none."""
    named = [i for i, p in enumerate(places) if p.gate and p.gate.decides and p.gate.state is not State.OPEN]
    shut = [i for i, p in enumerate(places) if p.gate and p.gate.state is State.SHUT]
    return (named or shut or [-1])[0]


def described(places: Sequence[Place]) -> str:
    """The drawing in words."""
    stop = stops_at(places)
    said = [f"{p.gate.title}: {p.gate.word}" for p in places if p.gate and p.gate.state is not State.ABSENT]
    where = places[stop].gate if stop >= 0 else None
    stops = "stopped" if where and where.past else "stops"
    end = f" The call {stops} at the {where.title}." if where else ""
    return f"On the way from the caller over the function to the target. {'; '.join(said)}.{end}"
