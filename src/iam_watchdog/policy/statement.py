"""One statement: which elements match a call; compiled when it is first needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from iam_watchdog.model import Words
from iam_watchdog.policy.arns import Resources
from iam_watchdog.policy.call import Call
from iam_watchdog.policy.conditions import Condition
from iam_watchdog.policy.principals import Named, Principals
from iam_watchdog.policy.truth import Truth, all_of, negate
from iam_watchdog.policy.wildcards import compiled, everything, expression, pieces, wild


class Raw(NamedTuple):
    """A statement as read from JSON: every element as a tuple of texts; `broken` elements could not be read."""

    number: int
    """Its place in the document, from 0."""
    sid: str | None
    allow: Truth
    """None: the Effect could not be read."""
    actions: Words
    not_action: bool
    resources: Words | None
    not_resource: bool
    principals: tuple[tuple[str, str], ...] | None
    not_principal: bool
    conditions: tuple[tuple[str, str, Words], ...]
    variables: bool
    completes: bool
    """It stands in a policy in which AWS completes an incomplete ARN with stars."""
    broken: frozenset[str] = frozenset()


class Statement:
    """A statement ready to be matched."""

    __slots__ = ("_conditions", "_principals", "_ready", "_resources", "_services", "raw")

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self._services: frozenset[str] | None = None
        self._ready = False

    def acts(self, action: str) -> Truth:
        """Does Action or NotAction cover the action (in lower case)?"""
        covered = self._covered(action)
        answer = negate(covered) if self.raw.not_action else covered
        return self._sound("action", answer, self.raw.not_action)

    def _sound(self, element: str, answer: Truth, inverted: bool) -> Truth:
        """An element that could only be read in part is sure of nothing but what the readable part covers."""
        return answer if element not in self.raw.broken or (answer and not inverted) else None

    def _covered(self, action: str) -> Truth:
        result: Truth = False
        for text in self.raw.actions:
            pattern = text.lower()
            if pattern == action or everything(pattern):
                return True
            if wild(pattern) and compiled(expression(pieces(pattern))).fullmatch(action):
                if self.raw.allow is False or not wild(pattern.partition(":")[0]):
                    return True
                result = None  # AWS does not take a wildcard for the service's own name.
        return result

    def _prepare(self) -> None:
        raw = self.raw
        self._resources = None
        if raw.resources is not None:
            self._resources = Resources(
                raw.resources, inverted=raw.not_resource, variables=raw.variables, completes=raw.completes
            )
        self._principals = None if raw.principals is None else Principals(raw.principals, raw.not_principal)
        self._conditions = tuple(Condition(*condition, raw.variables) for condition in raw.conditions)
        self._ready = True

    @property
    def services(self) -> frozenset[str]:
        """The services whose actions it lists, in lower case."""
        if self._services is None:
            self._services = frozenset(action.partition(":")[0].lower() for action in self.raw.actions)
        return self._services

    @property
    def resources(self) -> Resources | None:
        """The Resource or NotResource element."""
        if not self._ready:
            self._prepare()
        return self._resources

    @property
    def principals(self) -> Principals | None:
        """The Principal or NotPrincipal element."""
        if not self._ready:
            self._prepare()
        return self._principals

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions; every one has to be met."""
        if not self._ready:
            self._prepare()
        return self._conditions

    def names(self, call: Call) -> tuple[Named, Truth]:
        """How it names the caller; without the element it is about whoever the policy is attached to."""
        if "principal" in self.raw.broken:
            return Named.DIRECT, None
        principals = self.principals
        return (Named.DIRECT, True) if principals is None else principals.match(call, self.raw.allow is True)

    def covers(self, call: Call) -> Truth:
        """Does it cover the resource? Without the element it is about what the policy is attached to."""
        resources = self.resources
        if resources is None:
            return None if "resource" in self.raw.broken else True
        return self._sound("resource", resources.match(call, self.raw.allow is True), resources.inverted)

    def holds(self, call: Call) -> Truth:
        """Are all conditions met?"""
        if "condition" in self.raw.broken:
            return None
        conditions = self.conditions
        return all_of(condition.holds(call) for condition in conditions) if conditions else True

    def elements(self, call: Call) -> Iterator[tuple[str, Truth]]:
        """Every element with its answer, for people."""
        yield "action", self.acts(call.action)
        yield "resource", self.covers(call)
        yield "principal", self.names(call)[1]
        yield "condition", self.holds(call)
