"""Which of a function's needs are refused: policy decides, each refusal is a denial for the same rules as any other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from iam_watchdog import policy
from iam_watchdog.detect.scope import scope
from iam_watchdog.expect.keys import encrypted
from iam_watchdog.expect.needs import needs, start
from iam_watchdog.expect.shapes import Disk, Feed, Need, Trigger, carrier, owner, service
from iam_watchdog.model import Denial, Function, Kind, Layer, Message, Policy, Request, Verdict, Witness, Words
from iam_watchdog.remedy.in_play import by_grant

LATEST = ":$LATEST"
UNSEEN = (Layer.SCP, Layer.RCP, Layer.VPCE, Layer.SESSION)
"""Members cannot read these: they are named in the diagnosis, and a sweep does not guess at them."""
CARRIES_POLICY = frozenset(
    {
        *("dynamodb", "elasticfilesystem", "events", "kafka", "kinesis", "kms", "lambda"),
        *("s3", "secretsmanager", "sns", "sqs"),
    }
)
"""Services whose resources have policies of their own: such a policy can allow, and deny, what the role's do not."""


@dataclass(frozen=True, slots=True)
class View:
    """One function with everything that the sweep read about it."""

    function: Function
    policies: tuple[Policy, ...]
    """identity, boundary and trust of its role; the function's own policy as INVOKE, `on` its qualified ARN."""
    triggers: tuple[Trigger, ...] = ()
    log_group_exists: bool = True
    unread: tuple[Layer, ...] = ()
    role_exists: bool = True
    gaps: Words = ()
    """What could not be read about this function, in words: it is named, and the rest is still audited."""
    feeds: tuple[Feed, ...] = ()
    disks: tuple[Disk, ...] = ()
    key_state: str = ""
    heard: frozenset[str] = frozenset()
    """ARNs of targets whose own policies are among `policies`, or that have none."""
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Role ARN → its tags."""
    unlisted: Words = ()
    """Kinds of triggers that could not be listed, with the reason: one of them may start this function, or none."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """ARN of a target → ARN of the customer key that encrypts it."""
    grants: Mapping[str, str] = field(default_factory=dict)
    """ARN of a key → its grants as JSON; absent: nobody could tell."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What a sweep found for one function: refusals as denials, and what could not be decided, in words."""

    function: str
    denials: tuple[Denial, ...]
    undecided: Words = ()
    checked: int = 0
    doubts: Words = ()
    """ARNs of targets whose own policies would decide."""


def audit(view: View, at: datetime) -> Audit:
    """Decide every need of one function; a group of needs that fail together yields one refusal only."""
    wanted = _wanted(view)
    verdicts = [_decide(need, view) for need in wanted]
    failed = dict(_failed(wanted, verdicts))
    unsure = [(n, v) for n, v in zip(wanted, verdicts, strict=True) if v.unknown and not v.denied and not n.reported]
    return Audit(
        view.function.name,
        tuple(_denial(need, view, at) for need in failed.values()),
        (*view.gaps, *(f"{n.what}: {'; '.join(v.unknown)}" for n, v in unsure if n.group not in failed)),
        len(wanted),
        tuple(dict.fromkeys(carrier(n.resource) for n in wanted if Layer.RESOURCE in _unheard(n, view))),
    )


def _wanted(view: View) -> tuple[Need, ...]:
    """Without a role nothing else is worth asking."""
    if not view.role_exists:
        return (replace(start(view.function), reported="its role does not exist"),)
    own = needs(
        view.function,
        view.triggers,
        feeds=view.feeds,
        disks=view.disks,
        key_state=view.key_state,
        log_group_exists=view.log_group_exists,
    )
    return (*own, *encrypted(own, view.keys))


def _failed(wanted: tuple[Need, ...], verdicts: list[Verdict]) -> Iterator[tuple[str, Need]]:
    """One need a group: the first that the policies refuse, else the first that AWS reports."""
    asked = list(zip(wanted, verdicts, strict=True))
    found: dict[str, Need] = {}
    for need, _ in (*(a for a in asked if a[1].denied), *(a for a in asked if a[0].reported)):
        found.setdefault(need.group or f"{need.action} {need.resource}", need)
    yield from sorted(found.items(), key=lambda item: wanted.index(item[1]))


def _decide(need: Need, view: View) -> Verdict:
    """Whether a policy for the bare name holds for `$LATEST`, the same code, no page says: either is enough."""
    verdict = _decided(need, view)
    if verdict.denied and need.resource.endswith(LATEST) and need.kind is Kind.IAM_DENIAL:
        bare = _decided(replace(need, resource=need.resource.removesuffix(LATEST)), view)
        return verdict if bare.denied else bare
    return verdict


def _decided(need: Need, view: View) -> Verdict:
    account = owner(view.function.arn)
    holder = owner(need.resource) or account
    role = (need.trigger and need.trigger.role) or view.function.role
    calls = need.principal.startswith("arn:")
    context = {**_always(need, view, role, holder), **need.context} if calls else need.context
    request = Request(need.principal, need.action, need.resource, holder, context, closed=False)
    relevant = tuple(_relevant(need, role, view))
    unread = (*_unread(need, view.unread), *_unheard(need, view))
    granted = by_grant(view.grants.get(need.resource, ""), request, role) if need.behind else False
    return policy.decide(request, relevant, unread, tolerate=UNSEEN, grants=granted)


def _always(need: Need, view: View, role: str, holder: str) -> dict[str, Words]:
    """The keys that AWS always sends for a session of a role; Lambda names the function with some of its own calls.

    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    return {
        "aws:PrincipalArn": (role,),
        "aws:PrincipalAccount": (owner(view.function.arn),),
        "aws:PrincipalType": ("AssumedRole",),
        "aws:RequestedRegion": (view.function.arn.split(":")[3],),
        "aws:ResourceAccount": (holder,),
        "aws:SecureTransport": ("true",),
        "aws:SourceOwner": (),  # Stands in every default topic policy; services alone send it.
        "lambda:SourceFunctionArn": (view.function.arn,) if need.sends_function else (),
        **{f"aws:PrincipalTag/{key}": (value,) for key, value in view.tags.get(role, {}).items()},
    }


def _relevant(need: Need, role: str, view: View) -> Iterator[Policy]:
    """Trust decides the start, the function's policy at that qualifier an invocation, the calling role's the rest."""
    for each in view.policies:
        if need.kind is Kind.LAMBDA_ASSUME_ROLE:
            fits = each.layer is Layer.TRUST and each.on in (role, "")
        elif need.kind is Kind.INVOKE_PERMISSION:
            fits = each.layer is Layer.INVOKE and each.on in (need.resource, "")
        elif each.layer in (Layer.RESOURCE, Layer.INVOKE):
            fits = f"{carrier(need.resource)}/".startswith(f"{each.on}/")
        else:
            fits = each.layer in (Layer.IDENTITY, Layer.BOUNDARY) and each.on in (role, "")
        if fits:
            yield each


def _unread(need: Need, unread: Collection[Layer]) -> tuple[Layer, ...]:
    own = {Kind.LAMBDA_ASSUME_ROLE: (Layer.TRUST,), Kind.INVOKE_PERMISSION: (Layer.INVOKE,)}
    relevant = own.get(need.kind, (Layer.IDENTITY, Layer.BOUNDARY))
    return tuple(layer for layer in unread if layer in relevant)


def _unheard(need: Need, view: View) -> tuple[Layer, ...]:
    """A target's own policy may allow or deny what the role asks for, until it was read."""
    own = need.trigger and need.action == need.trigger.action  # The function's policy is read with it.
    if need.kind is not Kind.IAM_DENIAL or own or carrier(need.resource) in view.heard:
        return ()
    return (Layer.RESOURCE,) if service(need.resource) in CARRIES_POLICY else ()


def _denial(need: Need, view: View, at: datetime) -> Denial:
    _, _, _, region, account, *_ = view.function.arn.split(":", 5)
    need = replace(need.behind, what=need.what) if need.behind else need
    return Denial(
        witness=Witness.CONFIG,
        at=at,
        account=account,
        region=region,
        function=view.function.name,
        qualifier=need.qualifier,
        principal=need.principal,
        action=need.action,
        resource=need.resource or None,
        scope=_scope(need),
        said=Message(need.kind, excerpt=need.reported) if need.reported else None,
        origin="sweep",
        excerpt=f"{view.function.name} cannot {need.what}" + (f" ({need.reported})" if need.reported else ""),
        kind=need.kind,
        source_arn=(need.trigger.source_arn or None) if need.trigger else None,
        source_account=need.trigger.source_account if need.trigger else None,
        context=_told(need, view),
        event_id=f"sweep {need.action} {at.isoformat()}",
    )


def _told(need: Need, view: View) -> dict[str, Words]:
    """What AWS sends with this call that the diagnosis could not know."""
    own = {"lambda:SourceFunctionArn": (view.function.arn,) if need.sends_function else ()}
    return {**need.context, **(own if need.principal.startswith("arn:") else {})}


def _scope(need: Need) -> str:
    """As log lines are scoped, so that both meet in one incident; each trigger counts by itself."""
    if need.trigger:
        return f"{need.resource}|{need.trigger.source_arn}"
    return scope(need.action, None if need.kind is Kind.LAMBDA_VPC_ENI else need.resource or None)
