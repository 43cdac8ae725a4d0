"""Reading the elements of a statement; what is malformed is noted with its place, and the rest is kept."""

from __future__ import annotations

from typing import Any

from iam_watchdog.model import Words
from iam_watchdog.policy.conditions import known

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


def texts(reading: Reading, where: str, value: Any, element: str) -> Words:
    """One text or a list of texts."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and set(map(type, value)) == {str}:
        return tuple(value)
    reading.wrong(where, "neither a text nor a list of texts", element)
    return ()


def principals(reading: Reading, found: dict[str, Any]) -> tuple[tuple[tuple[str, str], ...] | None, bool]:
    """Principal or NotPrincipal as (type, value) pairs, and whether it is the Not form; None where there is neither."""
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
        (kind, text) for kind, values in value.items() for text in texts(reading, f"{name}.{kind}", values, "principal")
    )


def conditions(reading: Reading, found: Any) -> tuple[tuple[str, str, Words], ...]:
    """Condition as (operator, key, values), the unreadable ones left out."""
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
