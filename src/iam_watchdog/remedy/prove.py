"""Proof of a proposal: denied before, allowed after, and nothing else gained."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence

from iam_watchdog.model import Allow, Answer, Layer, Policy, Proof, Request
from iam_watchdog.policy.call import Call
from iam_watchdog.policy.decide import answer
from iam_watchdog.policy.document import Document, prepare
from iam_watchdog.policy.truth import Truth, all_of
from iam_watchdog.remedy.document import policy_document
from iam_watchdog.remedy.lacking import missing
from iam_watchdog.remedy.probes import Probe, probes

__all__ = ["missing", "prove"]

_RANK = {Answer.EXPLICIT: 0, Answer.IMPLICIT: 0, Answer.ABSENT: 0, Answer.UNKNOWN: 1, Answer.ALLOWED: 2}
_LISTED = 100
"""Gains listed at most; one is enough to refuse."""


def prove(  # noqa: PLR0913 (three things to judge; the rest are named and optional)
    request: Request,
    policies: Sequence[Policy],
    additions: Sequence[Policy],
    *,
    own: Sequence[Allow] = (),
    unread: Collection[Layer] = (),
    tolerate: Collection[Layer] = (),
    full: bool = False,
    managed: bool = False,
    actions: Sequence[str] = (),
    grants: Truth = None,
) -> Proof:
    """Decide before and after the additions, and try other requests on both.

    `own` is what the proposal says of itself, () meaning this one request: whatever else becomes allowed, or can no
    longer be said to be refused, is gained (for a managed policy: surplus). `full` also tries all of `actions`, the
    service's own list, which the caller knows.
    """
    after = [*policies, *additions]
    judge = _Judge(policies, after, unread, tolerate, grants)
    shown = [prepare(json.dumps(policy_document([allow])), _side(allow)) for allow in own]
    tried = list(probes(request, additions, own, actions if full else ()))
    gained = [probe.text for probe in tried if judge.gains(probe) and not _within(probe, request, shown)]
    listed = tuple(dict.fromkeys(gained))[:_LISTED]
    return Proof(
        before=judge.says(request, policies),
        after=judge.says(request, after),
        gained=() if managed else listed,
        surplus=_whole(additions) if managed and listed else (),
        probes=len(tried),
    )


def _whole(additions: Sequence[Policy]) -> tuple[str, ...]:
    """Everything that the documents allow, in their own words: a managed policy comes whole."""
    raws = [s.raw for p in additions for s in prepare(p.text, p.layer).statements if s.raw.allow]
    return tuple(
        dict.fromkeys(
            f"{'all but ' if raw.not_action else ''}{action} on {'all but ' if raw.not_resource else ''}{resource}"
            for raw in raws
            for action in raw.actions
            for resource in raw.resources or ("*",)
        )
    )


class _Judge:
    """Asks the evaluator about the time before and the time after."""

    def __init__(
        self,
        before: Sequence[Policy],
        after: Sequence[Policy],
        unread: Collection[Layer],
        tolerate: Collection[Layer],
        grants: Truth,
    ) -> None:
        self.before, self.after = before, after
        self.unread, self.tolerate, self.grants = unread, tolerate, grants

    def says(self, request: Request, policies: Sequence[Policy]) -> Answer:
        return answer(request, policies, self.unread, tolerate=self.tolerate, grants=self.grants)

    def gains(self, probe: Probe) -> bool:
        """Is the request nearer to being allowed than it was?"""
        after = self.says(probe.request, probe.sees(self.after))
        return _RANK[after] > 0 and _RANK[after] > _RANK[self.says(probe.request, probe.sees(self.before))]


def _side(allow: Allow) -> Layer:
    return Layer.RESOURCE if allow.principals else Layer.IDENTITY


def _within(probe: Probe, request: Request, shown: Iterable[Document]) -> bool:
    """Is the probe part of what the proposal openly says?"""
    call = Call(probe.request)
    if not shown:
        same = (call.action, call.resource) == (request.action.lower(), request.resource)
        return same and not probe.stranger
    return any(_covers(document, call) for document in shown)


def _covers(document: Document, call: Call) -> bool:
    return any(
        all_of((acts, statement.covers(call), statement.names(call)[1], statement.holds(call)))
        for statement, acts in document.about(call.action)
    )
