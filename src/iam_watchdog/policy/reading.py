"""Reading one statement: what it holds, and what in it is malformed; an unreadable element may match or not."""

from __future__ import annotations

from typing import Any

from iam_watchdog.model import Words
from iam_watchdog.policy.elements import Reading, conditions, principals, texts
from iam_watchdog.policy.statement import Raw
from iam_watchdog.policy.truth import Truth
from iam_watchdog.policy.wildcards import everything

_ELEMENTS = frozenset(
    {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"}
)
_UNREAD = frozenset({"action", "resource", "principal", "condition"})


def statement(reading: Reading, index: int, found: Any) -> Raw:
    """Read one statement; whatever is malformed is noted, and the rest is read all the same."""
    reading.place = f"Statement[{index}]"
    reading.broken = set()
    if not isinstance(found, dict):
        reading.wrong("", "not an object")
        return unreadable(index)
    if not found.keys() <= _ELEMENTS:
        reading.wrong(", ".join(sorted(found.keys() - _ELEMENTS)), "unknown element", "condition")
    allow, sid = _effect(reading, found), found.get("Sid")
    actions, not_action = _one_of(reading, found, "Action", required=True)
    resources, not_resource = _one_of(reading, found, "Resource", required=reading.own)
    _check(reading, actions or (), resources or ())
    who, not_principal = principals(reading, found)
    return Raw(
        number=index,
        sid=sid if isinstance(sid, str) else None,
        allow=allow,
        actions=actions or (),
        not_action=not_action,
        resources=resources,
        not_resource=not_resource,
        principals=who,
        not_principal=not_principal,
        conditions=conditions(reading, found.get("Condition")),
        variables=reading.variables,
        completes=reading.side == "caller",
        broken=frozenset(reading.broken),
    )


def unreadable(index: int) -> Raw:
    """A statement of which nothing is known: it may allow or deny anything."""
    nothing: Words = ()
    return Raw(index, None, None, nothing, False, None, False, None, False, (), False, False, _UNREAD)


def _effect(reading: Reading, found: dict[str, Any]) -> Truth:
    effect = found.get("Effect")
    if effect in ("Allow", "Deny"):
        return bool(effect == "Allow")
    reading.wrong("Effect", "missing" if effect is None else f"{effect!r} is neither Allow nor Deny")
    return None


def _one_of(reading: Reading, found: dict[str, Any], name: str, required: bool) -> tuple[Words | None, bool]:
    """The element or its Not form, as texts."""
    given = [n for n in (name, f"Not{name}") if n in found]
    if len(given) != 1:
        if given or required:
            reading.wrong(name, "together with its Not form" if given else "missing", name.lower())
        return None, False
    return texts(reading, given[0], found[given[0]], name.lower()), given[0] != name


def _check(reading: Reading, actions: Words, resources: Words) -> None:
    for number, action in enumerate(actions):
        if ":" not in action and not everything(action):
            reading.wrong(f"Action[{number}]", f"{action!r} names no service", "action")
    for number, resource in enumerate(resources):
        if not resource.startswith(("arn:", "*")) or (resource[0] == "*" and not everything(resource)):
            reading.wrong(f"Resource[{number}]", f"{resource!r} is neither an ARN nor *", "resource")
