"""AWS's own answer to the authorization id of a denial, where botocore knows how to ask for it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.piece import Piece, Read, document
from iam_watchdog.aws.read.principal import role_of
from iam_watchdog.model import CAPTURED, Denial, Layer, Policy, Witness
from iam_watchdog.records import canonical

ACTIONS = ("iam:GetRequestAuthorizationDetails", "iam:GetRequestAuthorizationPolicy")
ID = re.compile(r"[0-9A-Za-z-]{8,256}")
NOT_YET = ("ResourceNotFoundException",)
APART = timedelta(minutes=15)
PAGES = 3
UNSEEN: Mapping[str, Layer] = {
    "SERVICE_CONTROL_POLICY": Layer.SCP,
    "RESOURCE_CONTROL_POLICY": Layer.RCP,
    "SESSION_POLICY": Layer.SESSION,
    "VPC_ENDPOINT_POLICY": Layer.VPCE,
}
"""The kinds of policies that a member account may not read, or nobody can: AWS's own copy is the only one."""
MOST_COPIES = 3


def reads(denial: Denial, account: Account) -> tuple[Read, ...]:
    """One call for a denial with an authorization id and a client that can ask."""
    asked = denial.said.authorization_id if denial.said else None
    if not asked or not ID.fullmatch(asked) or not account.clients.offers(*_OPERATION):
        return ()
    call = partial(_details, denial, asked, account)
    return (Read(f"authorization details {asked}", (Layer.IDENTITY,), call, decides=False),)


_OPERATION = ("iam-toolbox", "get_request_authorization_details")
_COPY = ("iam-toolbox", "get_request_authorization_policy")


def _details(denial: Denial, asked: str, account: Account) -> Piece:
    found = _all(denial, asked, account)
    if not found:
        return Piece(facts={"witness_unconfirmed": "AWS has no details for this authorization id, or not yet"})
    if why := differs(denial, found):
        return Piece(facts={"witness_unconfirmed": f"the authorization id stands for another call: {why}"})
    shared = found.get("requestContext") or {}
    evaluations = [{**each, "context": {**shared, **(each.get("context") or {})}} for each in found["evaluations"]]
    kept = {"evaluations": evaluations, "policies": found.get("policies")}
    facts = {"witness_confirmed": Witness.AUTHORIZATION.value, "authorization": canonical(kept)}
    return Piece(facts=facts, then=tuple(_copies(denial, asked, found, account)))


def _copies(denial: Denial, asked: str, found: Mapping[str, Any], account: Account) -> Iterator[Read]:
    """The documents behind the explicit denies of this call that only AWS can show, where botocore can ask for them.

    https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_GetRequestAuthorizationPolicy.html
    """
    denying = {uri for each in found["evaluations"] if _same_call(denial, each) for uri in _denying(each)}
    shown = [each for each in found.get("policies") or () if each.get("uri") in denying and each.get("type") in UNSEEN]
    if not shown or not account.clients.offers(*_COPY):
        return
    for each in shown[:MOST_COPIES]:
        layer, uri = UNSEEN[each["type"]], str(each["uri"])
        on = next((str(to["arn"]) for to in each.get("attachedTo") or () if to.get("arn")), "")
        call = partial(_copied, denial.region, asked, Policy(layer, uri, "", on, CAPTURED), account)
        yield Read(f"AWS's copy of policy {uri}", (layer,), call, decides=False)


def _denying(evaluation: Mapping[str, Any]) -> Iterator[str]:
    """The policies with a Deny that matched; newer answers group them by check."""
    for part in (evaluation, *(evaluation.get("checks") or ())):
        for policy in part.get("matchedPolicies") or ():
            if any(each.get("evaluatedEffect") == "DENY" for each in policy.get("matchedStatements") or ()):
                yield str(policy.get("uri"))


def _copied(region: str, asked: str, policy: Policy, account: Account) -> Piece:
    """As it was when the call was refused; it can leave out what concerns other services."""
    params = {"authorizationId": asked, "policyUri": policy.name}
    found = account.clients.read(*_COPY, region=region, absent=NOT_YET, **params)
    text = document(found["policyDocument"]) if found else ""
    return Piece(policies=(replace(policy, text=text),) if text else ())


def _all(denial: Denial, asked: str, account: Account) -> dict[str, Any]:
    """The evaluations of all pages."""
    whole: dict[str, Any] = {}
    token: dict[str, str] = {}
    for _ in range(PAGES):
        params = {"authorizationId": asked, **token}
        page = account.clients.read(*_OPERATION, region=denial.region, absent=NOT_YET, **params)
        if not page:
            break
        whole.setdefault("requestContext", page.get("requestContext") or {})
        for name in ("evaluations", "policies"):
            whole[name] = [*whole.get(name, ()), *(page.get(name) or ())]
        if not page.get("nextToken"):
            break
        token = {"nextToken": page["nextToken"]}
    return whole


def differs(denial: Denial, found: Mapping[str, Any]) -> str:
    """Where AWS's answer and the denial part in principal, action, resource or time, or ""."""
    context = found.get("requestContext", {})
    principal = _words(context.get("aws:PrincipalArn")) or _words(context.get("aws:principalarn"))
    named, asked = role_of(denial.principal), role_of(principal[0] if principal else None)
    if named is None or asked is None or named != asked:
        return f"its principal is {principal[0] if principal else 'not told'}"
    if not any(_same_call(denial, each) for each in found.get("evaluations", ())):
        return "no refused evaluation has this action and resource"
    moments = [_moment(each) for each in _words(context.get("aws:CurrentTime"))]
    if any(each is not None and abs(each - denial.at) > APART for each in moments):
        return "it was made at another time"
    return ""


def _same_call(denial: Denial, evaluation: Mapping[str, Any]) -> bool:
    refused = evaluation.get("evaluatedEffect", "IMPLICIT_DENY") != "ALLOW"
    action = str(evaluation.get("action", "")).lower() == denial.action.lower()
    return refused and action and denial.resource in (None, "*", evaluation.get("resource"))


def _words(value: object) -> Sequence[str]:
    """Context values come as documents: a text or a list of texts."""
    if value is None:
        return ()
    return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
