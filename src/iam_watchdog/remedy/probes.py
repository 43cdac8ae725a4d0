"""Other requests to try against a proposal: what its own patterns cover beyond the need, siblings, strangers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from iam_watchdog.model import Allow, Layer, Policy, Request, Words
from iam_watchdog.policy.call import Who, caller
from iam_watchdog.policy.document import prepare
from iam_watchdog.policy.statement import Raw

_PAIRS = 400
"""Combinations of a proposal's own actions and resources tried at most."""
_FILLINGS = ("", "wd-probe", "wd/probe")
_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
_OWNERS = frozenset({Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION})
_ELSEWHERE = "999999999999"


@dataclass(frozen=True, slots=True)
class Probe:
    """One other request; `stranger`: another principal, to whom the caller's own policies are not attached."""

    request: Request
    note: str = ""
    stranger: bool = False
    powerful: bool = False
    """The stranger's own side allows everything."""

    def sees(self, policies: Sequence[Policy]) -> tuple[Policy, ...]:
        """The policies that are in play for it."""
        if not self.stranger:
            return tuple(policies)
        seen = tuple(p for p in policies if p.layer not in _OWNERS)
        return (*seen, Policy(Layer.IDENTITY, "stranger", _ALL)) if self.powerful else seen

    @property
    def text(self) -> str:
        """The request in words."""
        who = f" by {self.request.principal}" if self.stranger else ""
        return f"{self.request.action} on {self.request.resource}{who}{self.note}"


def probes(
    request: Request, additions: Sequence[Policy], own: Sequence[Allow], actions: Sequence[str] = ()
) -> Iterator[Probe]:
    """Everything worth trying, without the request itself."""
    raws = [s.raw for p in additions for s in prepare(p.text, p.layer).statements]
    deeds = dict.fromkeys((*_actions(request), *_filled(a for raw in raws for a in raw.actions), *actions))
    places = dict.fromkeys((*_resources(request), *_filled(r for raw in raws for r in raw.resources or ())))
    pairs = [(deed, request.resource) for deed in deeds]
    pairs += [(request.action, place) for place in places]
    pairs += [*_pairs(raws), *((deed, place) for deed in actions for place in islice(places, 4))]
    for deed, place in dict.fromkeys(pairs):
        if (deed, place) != (request.action, request.resource):
            yield Probe(replace(request, action=deed, resource=place))
    yield from _contexts(request, own)
    if any(p.layer not in _OWNERS | {Layer.SCP} for p in additions):
        yield from _strangers(request)


def _pairs(raws: Sequence[Raw]) -> Iterator[tuple[str, str]]:
    for raw in raws:
        yield from islice(product(_filled(raw.actions), _filled(raw.resources or ())), _PAIRS)


def _filled(patterns: Iterator[str] | Words) -> list[str]:
    """Each pattern with its wildcards filled in different ways."""
    return [
        pattern.replace("*", filling).replace("?", "x")
        for pattern in patterns
        for filling in (_FILLINGS if "*" in pattern else _FILLINGS[:1])
        if "${" not in pattern and pattern != "*"
    ]


def _actions(request: Request) -> Iterator[str]:
    service, _, name = request.action.partition(":")
    yield from (f"{request.action}WdProbe", f"{service}:WdProbe", f"{service}:{name[:3]}WdProbe", "wdprobe:Anything")
    yield from (f"{service}:Wd{name}", f"{service}:{name[:-1]}")


def _resources(request: Request) -> Iterator[str]:
    """Siblings: longer, shorter, the parent, another region, another account, another type, anything."""
    arn = request.resource
    yield from (f"{arn}wd-probe", f"{arn}/wd-probe", arn[:-1], "arn:aws:wdprobe:::anything", "*")
    fields = arn.split(":", 5)
    if len(fields) < 6:
        return
    rest = fields[5]
    for at, value in ((1, "aws-wd"), (3, "wd-region-1"), (4, _ELSEWHERE), (5, "wd-probe"), (5, f"wd-probe{rest}")):
        yield ":".join([*fields[:at], value, *fields[at + 1 :]])
    for separator in "/:":
        if separator in rest:
            yield f"{arn.rsplit(separator, 1)[0]}{separator}wd-probe"
            yield arn.rsplit(separator, 1)[0]


def _contexts(request: Request, own: Sequence[Allow]) -> Iterator[Probe]:
    """The same call under other circumstances, for each key that the proposal is conditional on."""
    for key in dict.fromkeys(key for allow in own for _, key, _ in allow.conditions):
        rest = {k: v for k, v in request.context.items() if k.lower() != key.lower()}
        yield Probe(replace(request, context={**rest, key: ()}), f" without {key}")
        other = ("wd-probe", "arn:aws:wdprobe:::other", _ELSEWHERE, "false", "203.0.113.1")
        for value in other:
            yield Probe(replace(request, context={**rest, key: (value,)}), f" when {key} is {value}")


def _strangers(request: Request) -> Iterator[Probe]:
    who = caller(request.principal)
    account = who.account or request.resource_account or _ELSEWHERE
    partition = who.partition or "aws"
    bare = {k: v for k, v in request.context.items() if not k.lower().startswith(("aws:principal", "aws:user"))}
    for owner, powerful in ((account, False), (account, True), (_ELSEWHERE, True)):
        role = f"arn:{partition}:iam::{owner}:role/wd-stranger"
        context = {**bare, "aws:PrincipalArn": (role,), "aws:PrincipalAccount": (owner,)}
        session = f"arn:{partition}:sts::{owner}:assumed-role/wd-stranger/wd"
        yield Probe(replace(request, principal=session, context=context), "", True, powerful)
    if who.who is not Who.SERVICE or "." in who.text:
        yield Probe(replace(request, principal="wd-stranger.amazonaws.com", context=bare), "", True)
    yield Probe(replace(request, principal="*", context=bare), "", True)
