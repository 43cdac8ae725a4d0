"""What one read brings, and how the pieces of many reads become one picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from typing import Any
from urllib.parse import unquote

from iam_watchdog.model import Function, Layer, Policy, Role, Target, Unread
from iam_watchdog.records import canonical


@dataclass(frozen=True, slots=True)
class Read:
    """One call (or two that need each other), and what is in doubt if it fails."""

    what: str
    """Names the thing by its ARN, so that a rule can tell whose policy is missing."""
    layers: tuple[Layer, ...]
    call: Callable[[], Piece]
    decides: bool = True
    otherwise: Piece | None = None
    """What stands in its place if it fails, besides the reason."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the evidence; `then` are the reads that became possible by it, made in the next round."""

    function: Function | None = None
    role: Role | None = None
    targets: tuple[Target, ...] = ()
    policies: tuple[Policy, ...] = ()
    unread: tuple[Unread, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    then: tuple[Read, ...] = ()


def together(pieces: Iterable[Piece]) -> Piece:
    """One piece of many: the same function, role or target read in parts is put together field by field."""
    whole = Piece()
    for piece in pieces:
        whole = Piece(
            function=_joined(whole.function, piece.function),
            role=_joined(whole.role, piece.role),
            targets=_targets(whole.targets, piece.targets),
            policies=(*whole.policies, *(p for p in piece.policies if p not in whole.policies)),
            unread=(*whole.unread, *(u for u in piece.unread if u not in whole.unread)),
            facts={**whole.facts, **piece.facts},
        )
    return whole


def _targets(known: tuple[Target, ...], more: tuple[Target, ...]) -> tuple[Target, ...]:
    found = {target.arn: target for target in known}
    for target in more:
        found[target.arn] = _joined(found.get(target.arn), target) or target
    return tuple(found.values())


def _joined[T: (Function, Role, Target)](first: T | None, second: T | None) -> T | None:
    if first is None or second is None:
        return first or second
    given: dict[str, Any] = {}
    for entry in fields(second):
        old, new = getattr(first, entry.name), getattr(second, entry.name)
        if isinstance(old, Mapping):
            given[entry.name] = {**old, **new}
        elif not _at_default(entry, new):
            given[entry.name] = new
    return replace(first, **given)


def _at_default(entry: Field[Any], value: object) -> bool:
    return entry.default is not MISSING and bool(value == entry.default)


def policy_on(arn: str, name: str, value: object, layer: Layer = Layer.RESOURCE) -> tuple[Policy, ...]:
    """The policy of one resource, nothing if it has none."""
    text = document(value) if value else ""
    return (Policy(layer, name, text, arn),) if text.strip(" {}") else ()


def document(value: object) -> str:
    """A policy as text: a string as AWS returned it, IAM's decoded document as canonical JSON.

    IAM URL-encodes documents (RFC 3986): https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
    """
    if isinstance(value, str):
        return unquote(value) if value.lstrip()[:3].upper() == "%7B" else value
    return canonical(value)
