"""The literal Allow that each layer lacks, found again and again until nothing else is missing."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence

from iam_watchdog.model import Allow, Answer, Layer, Policy, Request, Words
from iam_watchdog.policy.call import Call, Who
from iam_watchdog.policy.decide import answer
from iam_watchdog.policy.grant import assumes, must_take_part
from iam_watchdog.policy.truth import Truth
from iam_watchdog.policy.weigh import RESOURCES, Weight, weigh
from iam_watchdog.remedy.document import policy_document

_ROUNDS = 12
"""An organization has at most seven levels; beside them there are five layers."""
_SERVICE_KEYS = (("ArnEquals", "aws:SourceArn"), ("StringEquals", "aws:SourceAccount"))
type Lack = tuple[Layer, Allow]


def missing(
    request: Request,
    policies: Sequence[Policy],
    unread: Collection[Layer] = (),
    tolerate: Collection[Layer] = (),
    *,
    grants: Truth = None,
) -> tuple[Lack, ...]:
    """The Allows without which the request stays implicitly denied; () if it is not, or if nothing would help."""
    given = list(policies)
    found: list[Lack] = []
    for _ in range(_ROUNDS):
        if answer(request, given, unread, tolerate=tolerate, grants=grants) is not Answer.IMPLICIT:
            return tuple(found)
        lack = next(_lacks(request, given, [layer for layer in unread if layer not in tolerate]), None)
        if lack is None:
            return ()  # AWS itself refuses: no statement helps.
        level, layer, allow = lack
        found.append((layer, allow))
        given.append(Policy(layer, "missing", json.dumps(policy_document([allow])), level=level))
    return ()


def _lacks(
    request: Request, policies: Sequence[Policy], unread: Collection[Layer]
) -> Iterator[tuple[int, Layer, Allow]]:
    """What blocks now, one layer after another, the narrowest way first."""
    call = Call(request, any(policy.layer is Layer.BOUNDARY for policy in policies))
    weights = weigh(call, policies, unread)
    for level, says in sorted(weights[Layer.SCP].levels.items()) if Layer.SCP in weights else ():
        if says is False:
            yield level, Layer.SCP, _literal(request)
    for layer in (Layer.VPCE, *_blocking(call, weights)):
        if layer in RESOURCES:
            yield 0, layer, _literal(request, _principal(call), bare=layer is Layer.TRUST)
        elif _silent(weights.get(layer), present=layer is not Layer.IDENTITY):
            yield 0, layer, _literal(request)


def _silent(weight: Weight | None, present: bool) -> bool:
    """Does the layer fail to allow? Only an identity policy is missed when there is none at all."""
    return weight.allow is False if weight else not present


def _blocking(call: Call, weights: dict[Layer, Weight]) -> Iterator[Layer]:
    """The layers of the grant itself that still have to speak."""
    found = [weight for layer, weight in weights.items() if layer in RESOURCES]
    resource = next((weight.layer for weight in found), _resource_layer(call))
    named = any(weight.allow is not False for weight in found)
    if call.caller.who in (Who.SERVICE, Who.OTHER):
        yield resource
        return
    same = call.account == call.caller.account
    if not named and (not same or must_take_part(call)):
        yield resource
    if not same or not any(weight.role is not False for weight in found):
        yield Layer.IDENTITY
    yield from (Layer.BOUNDARY, Layer.SESSION)


def _resource_layer(call: Call) -> Layer:
    if assumes(call.action):
        return Layer.TRUST
    return Layer.INVOKE if call.action.startswith("lambda:invoke") else Layer.RESOURCE


def _literal(request: Request, principal: tuple[str, str] | None = None, bare: bool = False) -> Allow:
    """Exactly this action on exactly this resource, for exactly this principal where the layer names one."""
    return Allow(
        actions=(request.action,),
        resources=() if bare else (literal(request.resource),),
        conditions=_decisive(request) if principal and principal[0] == "Service" else (),
        principals=(principal,) if principal else (),
    )


def literal(resource: str) -> str:
    """The ARN as a pattern that matches nothing else: `*`, `?` and `${` stand for themselves."""
    if resource == "*":
        return resource
    return "".join(f"${{{c}}}" if c in "*?" or resource[i : i + 2] == "${" else c for i, c in enumerate(resource))


def _principal(call: Call) -> tuple[str, str]:
    """The role rather than its session, since a session's name does not last."""
    who = call.caller
    if who.who is Who.SERVICE:
        return "Service", who.text
    if who.who is Who.OTHER:
        return ("AWS", "*") if who.text == "*" else ("Federated", who.text)
    known = call.values("aws:principalarn")
    if who.who is Who.SESSION:
        name = who.text.split("/")[1]
        made = f"arn:{who.partition}:iam::{who.account}:role/{name}"
        return "AWS", known[0] if isinstance(known, tuple) and known[0].endswith(f"/{name}") else made
    return "AWS", who.text


def _decisive(request: Request) -> tuple[tuple[str, str, Words], ...]:
    """For a service: on whose behalf it calls, so that nobody else's bucket, rule or topic is let in."""
    given = {key.lower(): values for key, values in request.context.items()}
    return tuple((operator, key, given[key.lower()]) for operator, key in _SERVICE_KEYS if given.get(key.lower()))
