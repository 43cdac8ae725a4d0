"""A policy document: JSON text → statements, with every malformed part reported at its place."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Literal

from iam_watchdog.model import Layer
from iam_watchdog.policy.elements import Reading
from iam_watchdog.policy.reading import statement, unreadable
from iam_watchdog.policy.statement import Statement
from iam_watchdog.policy.truth import Truth

_KEPT = 4096
"""Actions a document remembers the statements for."""


type Side = Literal["caller", "organization", "resource", "between"]
"""What a document is attached to: decides which elements it must and must not have, and how ARNs are completed.

organization: SCPs, as the caller's own policies but for incomplete ARNs; between: RCPs and endpoint policies, in which
Principal is allowed and not required.
"""
SIDES: dict[Layer, Side] = {
    Layer.IDENTITY: "caller",
    Layer.BOUNDARY: "caller",
    Layer.SESSION: "caller",
    Layer.SCP: "organization",
    Layer.RESOURCE: "resource",
    Layer.TRUST: "resource",
    Layer.INVOKE: "resource",
    Layer.RCP: "between",
    Layer.VPCE: "between",
}


class Document:
    """A prepared policy: its statements, and what is malformed in it."""

    __slots__ = ("_by_action", "problems", "statements")

    def __init__(self, statements: tuple[Statement, ...], problems: tuple[str, ...]) -> None:
        self.statements = statements
        self.problems = problems
        self._by_action: dict[str, tuple[tuple[Statement, Truth], ...]] = {}

    def about(self, action: str) -> tuple[tuple[Statement, Truth], ...]:
        """The statements that cover the action, or may do; remembered."""
        found = self._by_action.get(action)
        if found is None:
            if len(self._by_action) >= _KEPT:
                self._by_action.clear()
            acts = ((s, s.acts(action)) for s in self.statements)
            found = self._by_action[action] = tuple((s, answer) for s, answer in acts if answer is not False)
        return found


def prepare(text: str, layer: Layer = Layer.IDENTITY) -> Document:
    """Read and check one document; cached by its text. Nothing is ever raised: see `problems`."""
    return _prepare(text, SIDES[layer])


@lru_cache(maxsize=2048)
def _prepare(text: str, side: Side) -> Document:
    try:
        loaded = json.loads(text, parse_int=str, parse_float=str, object_pairs_hook=_once)
    except _Twice as twice:
        return _nothing(f"the key {twice.args[0]!r} stands twice in one object")
    except (ValueError, RecursionError) as fault:
        return _nothing(f"not JSON: {fault}")
    return _document(loaded, side)


def _nothing(*problems: str) -> Document:
    """Nothing could be read: it may allow or deny anything."""
    return Document((Statement(unreadable(0)),), problems)


class _Twice(Exception):
    """A JSON object holds a key twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return result


def _document(loaded: Any, side: Side) -> Document:
    if not isinstance(loaded, dict):
        return _nothing("the document is not a JSON object")
    problems = [f"{name}: unknown element" for name in loaded if name not in ("Version", "Id", "Statement")]
    version = loaded.get("Version", "2008-10-17")
    if version not in ("2012-10-17", "2008-10-17"):
        problems.append(f"Version: {version!r} is not a version of the policy language")
    found = loaded.get("Statement")
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list):
        return _nothing(*problems, "Statement: missing or neither object nor list")
    reading = Reading(problems, variables=version == "2012-10-17", side=side)
    statements = tuple(Statement(statement(reading, index, one)) for index, one in enumerate(found))
    return Document(statements, tuple(problems))
