"""The decision: every layer weighed, explicit denies first, then who has to say yes; unknown is never rounded."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from iam_watchdog.model import Answer, Finding, Layer, Policy, Request, Verdict
from iam_watchdog.policy.call import IDENTITIES, Call
from iam_watchdog.policy.document import prepare
from iam_watchdog.policy.explain import deciding, doubts, near
from iam_watchdog.policy.grant import Weights, allowed
from iam_watchdog.policy.public import blocked
from iam_watchdog.policy.refusals import always_allowed, refused
from iam_watchdog.policy.truth import Truth, any_of
from iam_watchdog.policy.weigh import weigh

_PUBLIC = "S3 Block Public Access keeps callers of other accounts out of a bucket whose policy is public"
_ABSENT = dict.fromkeys(Layer, Answer.ABSENT)


def decide(
    request: Request,
    policies: Sequence[Policy],
    unread: Collection[Layer] = (),
    *,
    tolerate: Collection[Layer] = (),
    grants: Truth = None,
    public_blocked: bool = False,
) -> Verdict:
    """Decide as AWS decides.

    Without an IDENTITY policy the caller has none; any other layer without a policy is not in play. An `unread` layer
    makes the answer UNKNOWN where it could matter, except those in `tolerate`, which are only named. `grants` says
    whether a grant on the KMS key covers the call: False if the grants were read or AWS refused the call, None if
    nobody looked (then a closed request has none, and an open one is UNKNOWN where only a grant could allow it).
    `public_blocked`: the bucket's or its account's RestrictPublicBuckets is on.
    """
    call, answer, weights = _judge(request, policies, unread, tolerate, grants, public_blocked)
    why = refused(call) or (_PUBLIC if public_blocked and blocked(call, policies) else "")
    if why and answer is Answer.IMPLICIT:
        return Verdict(answer, _layers(call, weights), (Finding(Layer.RESOURCE, "AWS", 0, why, "Deny"),))
    return Verdict(
        answer,
        _layers(call, weights),
        deciding(answer, weights),
        near(call, policies, weights) if answer in (Answer.IMPLICIT, Answer.UNKNOWN) else (),
        doubts(call, answer, weights, unread, tolerate, grants),
        _problems(policies),
    )


def answer(
    request: Request,
    policies: Sequence[Policy],
    unread: Collection[Layer] = (),
    *,
    tolerate: Collection[Layer] = (),
    grants: Truth = None,
    public_blocked: bool = False,
) -> Answer:
    """Only the answer, for those who ask thousands of times."""
    return _judge(request, policies, unread, tolerate, grants, public_blocked)[1]


def _judge(
    request: Request,
    policies: Sequence[Policy],
    unread: Collection[Layer],
    tolerate: Collection[Layer],
    grants: Truth,
    public_blocked: bool,
) -> tuple[Call, Answer, Weights]:
    counted = [layer for layer in unread if layer not in tolerate] if unread else ()
    bounded: Truth = any(policy.layer is Layer.BOUNDARY for policy in policies)
    call = Call(request, bounded or (None if Layer.BOUNDARY in counted else False))
    weights = weigh(call, policies, counted)
    if always_allowed(call):
        return call, Answer.ALLOWED, weights
    denied = any_of(weight.deny for weight in weights.values())
    if denied:
        return call, Answer.EXPLICIT, weights
    if refused(call) or (public_blocked and blocked(call, policies)):
        return call, Answer.IMPLICIT, weights
    known = False if grants is None and request.closed else grants
    granted = allowed(call, weights, known)
    if granted is False:
        return call, Answer.IMPLICIT, weights  # Refused for certain, whether or not an unknown Deny speaks as well.
    return call, Answer.ALLOWED if granted and denied is False else Answer.UNKNOWN, weights


def _layers(call: Call, weights: Weights) -> dict[Layer, Answer]:
    """Every layer's answer; an identity of an account has an identity side even without a policy."""
    present = {layer: weight.answer for layer, weight in weights.items()}
    if call.caller.who in IDENTITIES:
        present.setdefault(Layer.IDENTITY, Answer.IMPLICIT)
    return _ABSENT | present


def _problems(policies: Sequence[Policy]) -> tuple[str, ...]:
    return tuple(f"{p.name}: {problem}" for p in policies for problem in prepare(p.text, p.layer).problems)
