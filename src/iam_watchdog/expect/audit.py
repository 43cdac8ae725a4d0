"""Which of a function's needs are refused: policy decides, each refusal is a denial for the same rules as any other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from iam_watchdog import policy
from iam_watchdog.detect.scope import scope
from iam_watchdog.expect.needs import Need, Trigger, needs
from iam_watchdog.model import Denial, Function, Kind, Layer, Policy, Request, Verdict, Witness

UNSEEN = (Layer.SCP, Layer.RCP, Layer.VPCE, Layer.SESSION)
"""Members cannot read these: they are named in the diagnosis, and a sweep does not guess at them."""


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
    gaps: tuple[str, ...] = ()
    """What could not be read about this function, in words: it is named, and the rest is still audited."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What a sweep found for one function: refusals as denials, and what could not be decided, in words."""

    function: str
    denials: tuple[Denial, ...]
    undecided: tuple[str, ...] = ()
    checked: int = 0


def audit(view: View, at: datetime) -> Audit:
    """Decide every need of one function; a group of needs that fail together yields its first refusal only."""
    wanted = needs(view.function, view.triggers, log_group_exists=view.log_group_exists)
    denials, undecided, failed = [], [*view.gaps], set()
    for need in wanted:
        if need.group in failed:
            continue
        verdict = _decide(need, view)
        if need.reported or verdict.denied:
            denials.append(_denial(need, view, at))
            failed.update({need.group} - {""})
        elif verdict.unknown:
            undecided.append(f"{need.what}: {'; '.join(verdict.unknown)}")
    return Audit(view.function.name, tuple(denials), tuple(undecided), len(wanted))


def _decide(need: Need, view: View) -> Verdict:
    account = view.function.arn.split(":")[4]
    owner = need.resource.split(":")[4] if need.resource.count(":") >= 5 else account
    role = (need.trigger and need.trigger.role) or view.function.role
    context = {**_always(view, role, account), **need.context} if need.principal.startswith("arn:") else need.context
    request = Request(need.principal, need.action, need.resource, owner or account, context, closed=False)
    relevant = tuple(_relevant(need, role, view.policies))
    return policy.decide(request, relevant, _unread(need, view.unread), tolerate=UNSEEN)


def _always(view: View, role: str, account: str) -> dict[str, tuple[str, ...]]:
    """The keys that AWS always sends for a session of a role; Lambda adds the function to those of its own."""
    own = {"lambda:SourceFunctionArn": (view.function.arn,)} if role == view.function.role else {}
    return {
        "aws:PrincipalArn": (role,),
        "aws:PrincipalAccount": (account,),
        "aws:PrincipalType": ("AssumedRole",),
        "aws:RequestedRegion": (view.function.arn.split(":")[3],),
        "aws:SecureTransport": ("true",),
        **own,
    }


def _relevant(need: Need, role: str, policies: Sequence[Policy]) -> Iterator[Policy]:
    """Trust decides the start, the function's policy at that qualifier an invocation, the calling role's the rest."""
    wanted: Collection[Layer] = (Layer.IDENTITY, Layer.BOUNDARY)
    if need.kind is Kind.LAMBDA_ASSUME_ROLE:
        wanted = (Layer.TRUST,)
    elif need.kind is Kind.INVOKE_PERMISSION:
        wanted = (Layer.INVOKE,)
    on = need.resource if need.kind is Kind.INVOKE_PERMISSION else role
    return (p for p in policies if p.layer in wanted and p.on in (on, ""))


def _unread(need: Need, unread: tuple[Layer, ...]) -> tuple[Layer, ...]:
    own = {Kind.LAMBDA_ASSUME_ROLE: (Layer.TRUST,), Kind.INVOKE_PERMISSION: (Layer.INVOKE,)}
    relevant = own.get(need.kind, (Layer.IDENTITY, Layer.BOUNDARY))
    return tuple(layer for layer in unread if layer in relevant)


def _denial(need: Need, view: View, at: datetime) -> Denial:
    _, _, _, region, account, *_ = view.function.arn.split(":", 5)
    return Denial(
        witness=Witness.CONFIG,
        at=at,
        account=account,
        region=region,
        function=view.function.name,
        qualifier=need.qualifier,
        principal=need.principal,
        action=need.action,
        resource=need.resource,
        scope=_scope(need),
        origin="sweep",
        excerpt=f"{view.function.name} cannot {need.what}" + (f" ({need.reported})" if need.reported else ""),
        kind=need.kind,
        source_arn=need.trigger.source_arn if need.trigger else None,
        source_account=need.trigger.source_account if need.trigger else None,
        context=need.context,
        event_id=f"sweep {need.action} {at.isoformat()}",
    )


def _scope(need: Need) -> str:
    """As log lines are scoped, so that both meet in one incident; each trigger counts by itself."""
    if need.trigger:
        return f"{need.resource}|{need.trigger.source_arn}"
    return scope(need.action, need.resource)
