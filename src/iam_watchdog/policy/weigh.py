"""What each layer says to a call: allow and deny apart, each true, false or unknown, and the statements that say so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from iam_watchdog.model import Answer, Layer, Policy
from iam_watchdog.policy.call import IDENTITIES, Call
from iam_watchdog.policy.document import prepare
from iam_watchdog.policy.organization import rcps_bind, scps_bind
from iam_watchdog.policy.principals import Named
from iam_watchdog.policy.statement import Statement
from iam_watchdog.policy.truth import Truth, all_of

CALLERS = frozenset({Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION})
RESOURCES = frozenset({Layer.RESOURCE, Layer.TRUST, Layer.INVOKE})
_NAMING = RESOURCES | {Layer.RCP, Layer.VPCE}


@dataclass(frozen=True, slots=True)
class Hit:
    """A statement that matched, or may have."""

    policy: Policy
    statement: Statement
    held: Truth

    @property
    def sure(self) -> bool:
        """Is it certain what it says?"""
        return self.held is True and self.statement.raw.allow is not None


class Weight:
    """One layer's answer while it is gathered; an SCP must allow at each level, so levels are kept apart."""

    __slots__ = ("account", "deny", "direct", "hits", "layer", "levels", "named", "role", "whole")

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.deny: Truth = False
        self.direct: Truth = False
        self.role: Truth = False
        self.account: Truth = False
        self.named: Truth = False
        """Any of the three."""
        self.levels: dict[int, Truth] = {}
        self.hits: list[Hit] = []
        self.whole = False
        """Was one of its policies read whole, or is one unread? Captured ones alone say no more than their Denies."""

    @property
    def allow(self) -> Truth:
        """Does the layer allow, however it names the caller?"""
        if self.layer is Layer.SCP:
            return all_of(self.levels.values())
        # RCPFullAWSAccess is always attached, and nothing but a Deny has an effect in an RCP.
        limits = self.whole or self.layer in RESOURCES
        return self.named if limits and self.layer is not Layer.RCP else True

    @property
    def answer(self) -> Answer:
        """The layer's answer as people read it."""
        if self.deny:
            return Answer.EXPLICIT
        allow = self.allow
        if allow is False:
            return Answer.IMPLICIT
        return Answer.ALLOWED if allow and self.deny is False and self.whole else Answer.UNKNOWN

    def blur(self, level: int = -1) -> None:
        """A policy of this layer is not known: it may allow, and it may deny."""
        self.whole = True
        self.deny = self.deny or None
        self.direct = self.direct or None
        self.named = self.named or None
        if self.layer is Layer.SCP:
            self.levels[level] = self.levels.get(level, False) or None

    def add(self, policy: Policy, call: Call) -> None:
        """Let one policy speak."""
        document = prepare(policy.text, policy.layer)
        level = policy.level
        if level >= 0:
            self.whole = True
            self.levels.setdefault(level, False)
        for statement, acts in document.about(call.action):
            if level < 0 and statement.raw.allow is True:
                continue
            named, held = _held(statement, acts, call, self.layer in _NAMING)
            if held is not False:
                self.hits.append(Hit(policy, statement, held))
                self._count(statement.raw.allow, named, held, level)

    def _count(self, allow: Truth, named: Named, held: Truth, level: int) -> None:
        if allow is not True:
            self.deny = self.deny or (held if allow is False else None)
        if allow is False or level < 0:
            return
        says = (held if allow else None) or None
        self.levels[level] = self.levels[level] or says
        self.named = self.named or says
        if named is Named.DIRECT:
            self.direct = self.direct or says
        elif named is Named.ROLE:
            self.role = self.role or says
        else:
            self.account = self.account or says


def _held(statement: Statement, acts: Truth, call: Call, naming: bool) -> tuple[Named, Truth]:
    """Does the statement match as a whole, and how does it name the caller?"""
    covers = statement.covers(call)
    if covers is False:
        return Named.NOT, False
    named, names = (
        statement.names(call) if naming else (Named.DIRECT, None if "principal" in statement.raw.broken else True)
    )
    if names is False:
        return Named.NOT, False
    return named, all_of((acts, covers, names, statement.holds(call)))


def applies(layer: Layer, call: Call) -> bool:
    """Is a policy of this layer in play for this caller and this service?"""
    if layer in CALLERS:
        return call.caller.who in IDENTITIES
    if layer is Layer.SCP:
        return scps_bind(call)
    return layer is not Layer.RCP or rcps_bind(call)


def weigh(call: Call, policies: Sequence[Policy], unread: Collection[Layer]) -> dict[Layer, Weight]:
    """Every layer in play with what it says; an unread layer may say anything."""
    weights: dict[Layer, Weight] = {}
    for policy in policies:
        layer = policy.layer
        weight = weights.get(layer)
        if weight is None:
            if not applies(layer, call):
                continue
            weight = weights[layer] = Weight(layer)
        weight.add(policy, call)
    for layer in unread:
        if applies(layer, call):
            weights.setdefault(layer, Weight(layer)).blur()
    return weights
