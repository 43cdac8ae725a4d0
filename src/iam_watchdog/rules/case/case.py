"""One denial with its evidence, evaluated once: what every rule examines."""

from __future__ import annotations

from dataclasses import dataclass, replace

from iam_watchdog import policy
from iam_watchdog.model import Allow, Answer, Denial, Effect, Evidence, Finding, Layer, Policy, Request, Verdict
from iam_watchdog.policy.document import prepare
from iam_watchdog.remedy import in_play, prove
from iam_watchdog.remedy.arns import is_arn
from iam_watchdog.remedy.companions import implied
from iam_watchdog.remedy.narrow import unnamed
from iam_watchdog.rules.case.binding import bound
from iam_watchdog.rules.case.request import request_of

CERTAIN_ALONE = (Layer.IDENTITY, Layer.BOUNDARY)
"""An implicit no of these stays one whatever the rest would have said, given that the call was refused."""

AS_SAID = {Layer.TRUST: Layer.RESOURCE, Layer.INVOKE: Layer.RESOURCE}
"""Messages call these two a resource-based policy."""


@dataclass(frozen=True, slots=True)
class Case:
    """A denial, its evidence, the request behind it and the verdict on that request."""

    denial: Denial
    evidence: Evidence
    request: Request
    policies: tuple[Policy, ...]
    unread: tuple[Layer, ...]
    verdict: Verdict
    bound: bool
    lacking: tuple[tuple[Layer, Allow], ...]
    """What an Allow is missing in, layer by layer; empty for an explicit deny."""

    @property
    def missing(self) -> tuple[Layer, ...]:
        """The layers that an Allow is missing in; where something is unknown, those that are certain by themselves."""
        if self.unnamed and (is_arn(self.request.resource) or not is_arn(self.request.principal)):
            return ()  # A part of it is hidden: it may be a stranger's. Or a service asks, and no role has a say.
        if self.unnamed:
            return tuple(layer for layer in CERTAIN_ALONE if self._names_nowhere(layer))
        if self.undecidable:
            return tuple(layer for layer in CERTAIN_ALONE if self._lacks(layer))
        return tuple(layer for layer, _ in self.lacking)

    @property
    def other_side(self) -> tuple[Layer, ...]:
        """The unread policy of another account's resource, which has to allow as well what the role lacks."""
        foreign = self.request.resource_account != self.denial.account
        if not foreign or Layer.IDENTITY not in self.missing:
            return ()
        return tuple(x for x in in_play.OF_RESOURCES if x in self.unread and x not in self.missing)

    def _names_nowhere(self, layer: Layer) -> bool:
        """No statement of the layer allows the action on anything at all, so it does not matter on what."""
        if layer in self.unread or self.said_layer not in (None, layer) or self.said_effect is Effect.EXPLICIT:
            return False
        documents = [prepare(p.text, p.layer) for p in self.policies if p.layer is layer]
        acting = (statement for document in documents for statement, _ in document.about(self.request.action.lower()))
        return bool(documents or layer is Layer.IDENTITY) and all(s.raw.allow is False for s in acting)

    def _lacks(self, layer: Layer) -> bool:
        """A role without any policy lacks the Allow; a layer that was not read says nothing."""
        none = (Answer.IMPLICIT, Answer.ABSENT) if layer is Layer.IDENTITY else (Answer.IMPLICIT,)
        return layer not in self.unread and self.answer(layer) in none

    @property
    def said_layer(self) -> Layer | None:
        """The layer that the message names; it may be wrong."""
        return self.denial.said.layer if self.denial.said else None

    @property
    def said_effect(self) -> Effect | None:
        """How the message says no."""
        return self.denial.said.effect if self.denial.said else None

    @property
    def operation(self) -> str | None:
        """The SDK's operation, as the message names it."""
        return self.denial.said.operation if self.denial.said else None

    @property
    def unnamed(self) -> bool:
        """The action takes a resource, and neither text nor reader told which."""
        return bool(self.request.action) and unnamed(self.request.action, self.request.resource)

    @property
    def undecidable(self) -> bool:
        """What could not be read or known may decide it."""
        return self.verdict.answer is Answer.UNKNOWN

    def was_read(self, layer: Layer) -> bool:
        """True if a document of this layer is in play."""
        return any(p.layer is layer for p in self.policies)

    def blamed(self, layer: Layer) -> bool:
        """AWS says that this layer lacks an Allow, nobody could see whether, and nothing else is certain to lack."""
        said = self.said_layer is AS_SAID.get(layer, layer) and self.said_effect is not Effect.EXPLICIT
        unseen = layer in self.unread or self.may_be_unseen(layer) or self.doubtful(layer)
        return said and not self.missing and unseen

    def doubtful(self, layer: Layer) -> bool:
        """Whether what was read of it allows the call hangs on a value that nobody knows."""
        return layer not in self.unread and self.answer(layer) is Answer.UNKNOWN

    def may_be_unseen(self, layer: Layer) -> bool:
        """A session policy is never stored; an endpoint stands between only for a function inside a VPC."""
        function = self.evidence.function
        return layer is Layer.SESSION or (layer is Layer.VPCE and (function is None or function.in_vpc))

    def near(self, *elements: str, layer: Layer = Layer.IDENTITY) -> tuple[Finding, ...]:
        """Allow statements of a layer that nearly matched: only one of these elements did not."""
        return tuple(
            f
            for f in self.verdict.near
            if f.layer is layer and f.effect == "Allow" and f.missed and f.missed.element in elements
        )

    def answer(self, layer: Layer) -> Answer:
        """What one layer says."""
        return self.verdict.layers.get(layer, Answer.ABSENT)

    def asking(self, action: str, resource: str) -> Request:
        """The same caller's request for another action or resource of the same owner."""
        return replace(self.request, action=action, resource=resource)

    def about(self, request: Request) -> Case:
        """The same function and evidence, another request: what the denied call needs besides."""
        return _evaluated(self.denial, self.evidence, request)

    def implied(self) -> tuple[Case, ...]:
        """What the denied call needs besides."""
        return tuple(self.about(request) for request in implied(self.request, self.evidence))

    def companions(self) -> tuple[Case, ...]:
        """What the denied call needs besides and is refused as well."""
        return tuple(case for case in self.implied() if case.verdict.denied)

    def culprits(self) -> tuple[Case, ...]:
        """What AWS may have refused: the call itself, or where that is allowed what it needs besides."""
        return self.companions() if self.verdict.answer is Answer.ALLOWED else (self,)


def open_case(denial: Denial, evidence: Evidence) -> Case:
    """Evaluate the request behind a denial on everything that was read."""
    return _evaluated(denial, evidence, request_of(denial, evidence))


def _evaluated(denial: Denial, evidence: Evidence, request: Request) -> Case:
    policies = in_play.documents(request, denial.kind, evidence)
    unread = in_play.unread(request, denial.kind, evidence)
    grants = in_play.granted(request, denial, evidence)
    verdict = policy.decide(request, policies, unread, tolerate=in_play.TOLERATED, grants=grants)
    if unnamed(request.action, request.resource):
        verdict = replace(
            verdict, answer=Answer.UNKNOWN, unknown=("the text does not name the resource", *verdict.unknown)
        )
    lacking = prove.missing(request, policies, unread, in_play.TOLERATED, grants=grants) if verdict.denied else ()
    return Case(denial, evidence, request, policies, unread, verdict, bound(denial, evidence), tuple(lacking))
