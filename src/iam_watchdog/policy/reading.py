"""Reading one statement: what it holds, and what in it is malformed; an unreadable element may match or not."""

from __future__ import annotations

from typing import Any

from iam_watchdog.model import Words
from iam_watchdog.policy.conditions import known
from iam_watchdog.policy.statement import Raw
from iam_watchdog.policy.truth import Truth
from iam_watchdog.policy.wildcards import everything

_ELEMENTS = frozenset(
    {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"}
)
_PRINCIPALS = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})


class Reading:
    """One document while it is read: where problems are collected, and which rules hold for it."""

    __slots__ = ("broken", "own", "place", "problems", "side", "variables")

    def __init__(self, problems: list[str], variables: bool, side: str) -> None:
        self.problems = problems
        self.variables = variables
        self.side = side
        self.own = side in ("caller", "organization")
        self.place = ""
        self.broken: set[str] = set()

    def wrong(self, where: str, what: str, *elements: str) -> None:
        """Note a problem; the named elements of this statement count as unreadable."""
        self.problems.append(f"{self.place}{where and '.'}{where}: {what}")
        self.broken.update(elements)


def statement(reading: Reading, index: int, found: Any) -> Raw:
    """Read one statement; whatever is malformed is noted, and the rest is read all the same."""
    reading.place = f"Statement[{index}]"
    reading.broken = set()
    if not isinstance(found, dict):
        reading.wrong("", "not an object", "action", "resource", "principal", "condition")
        found = {"Effect": None}
    if not found.keys() <= _ELEMENTS:
        reading.wrong(", ".join(sorted(found.keys() - _ELEMENTS)), "unknown element", "condition")
    allow, sid = _effect(reading, found), found.get("Sid")
    actions, not_action = _one_of(reading, found, "Action", required=True)
    resources, not_resource = _one_of(reading, found, "Resource", required=reading.own)
    _check(reading, actions or (), resources or ())
    principals, not_principal = _principals(reading, found)
    return Raw(
        number=index,
        sid=sid if isinstance(sid, str) else None,
        allow=allow,
        actions=actions or (),
        not_action=not_action,
        resources=resources,
        not_resource=not_resource,
        principals=principals,
        not_principal=not_principal,
        conditions=_conditions(reading, found.get("Condition")),
        variables=reading.variables,
        completes=reading.side == "caller",
        broken=frozenset(reading.broken),
    )


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
    return _texts(reading, given[0], found[given[0]], name.lower()), given[0] != name


def _texts(reading: Reading, where: str, value: Any, element: str) -> Words:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and set(map(type, value)) == {str}:
        return tuple(value)
    reading.wrong(where, "neither a text nor a list of texts", element)
    return ()


def _check(reading: Reading, actions: Words, resources: Words) -> None:
    for number, action in enumerate(actions):
        if ":" not in action and not everything(action):
            reading.wrong(f"Action[{number}]", f"{action!r} names no service", "action")
    for number, resource in enumerate(resources):
        if not resource.startswith(("arn:", "*")) or (resource[0] == "*" and not everything(resource)):
            reading.wrong(f"Resource[{number}]", f"{resource!r} is neither an ARN nor *", "resource")


def _principals(reading: Reading, found: dict[str, Any]) -> tuple[tuple[tuple[str, str], ...] | None, bool]:
    given = [name for name in ("Principal", "NotPrincipal") if name in found]
    if not given and reading.side == "resource":
        reading.wrong("Principal", "missing in a policy of a resource", "principal")
    if given and reading.own:
        reading.wrong(given[0], "not allowed in a policy of the caller's side", "principal")
    if len(given) > 1:
        reading.wrong("Principal", "together with NotPrincipal", "principal")
    if not given:
        return None, False
    return _entries(reading, given[0], found[given[0]]), given[0] == "NotPrincipal"


def _entries(reading: Reading, name: str, value: Any) -> tuple[tuple[str, str], ...]:
    if value == "*":
        return (("AWS", "*"),)
    if not isinstance(value, dict) or not value:
        reading.wrong(name, 'neither "*" nor an object', "principal")
        return ()
    for kind in value.keys() - _PRINCIPALS:
        reading.wrong(f"{name}.{kind}", "unknown kind of principal", "principal")
    return tuple(
        (kind, text)
        for kind, values in value.items()
        for text in _texts(reading, f"{name}.{kind}", values, "principal")
    )


def _conditions(reading: Reading, found: Any) -> tuple[tuple[str, str, Words], ...]:
    if found is None:
        return ()
    if not isinstance(found, dict):
        reading.wrong("Condition", "not an object", "condition")
        return ()
    return tuple(
        (operator, key, values)
        for operator, keys in found.items()
        if _operator(reading, operator, keys)
        for key, value in keys.items()
        if (values := _values(reading, f"Condition.{operator}.{key}", value)) is not None
    )


def _operator(reading: Reading, operator: str, keys: Any) -> bool:
    if not known(operator):
        reading.wrong(f"Condition.{operator}", "unknown operator", "condition")
    elif not isinstance(keys, dict):
        reading.wrong(f"Condition.{operator}", "not an object", "condition")
    return known(operator) and isinstance(keys, dict)


def _values(reading: Reading, where: str, value: Any) -> Words | None:
    """Texts, numbers and booleans, one or several."""
    several = value if isinstance(value, list) else [value]
    kinds = set(map(type, several))
    if kinds <= {str, bool}:
        return (
            tuple(several)
            if bool not in kinds
            else tuple(str(one).lower() if one in (True, False) else one for one in several)
        )
    reading.wrong(where, "neither texts, numbers nor booleans", "condition")
    return None
