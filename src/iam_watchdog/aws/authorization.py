"""AWS's own answer to the authorization id of a denial, where botocore knows how to ask for it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.piece import Piece, Read
from iam_watchdog.aws.read.principal import role_of
from iam_watchdog.model import Denial, Layer, Witness
from iam_watchdog.records import canonical

ACTIONS = ("iam:GetRequestAuthorizationDetails",)
ID = re.compile(r"[0-9A-Za-z-]{8,128}")
NOT_YET = ("ResourceNotFoundException",)
APART = timedelta(minutes=15)
PAGES = 3


def reads(denial: Denial, account: Account) -> tuple[Read, ...]:
    """One call for a denial with an authorization id and a client that can ask."""
    asked = denial.said.authorization_id if denial.said else None
    if not asked or not ID.fullmatch(asked) or not account.clients.offers(*_OPERATION):
        return ()
    call = partial(_details, denial, asked, account)
    return (Read(f"authorization details {asked}", (Layer.IDENTITY,), call, decides=False),)


_OPERATION = ("iam-toolbox", "get_request_authorization_details")


def _details(denial: Denial, asked: str, account: Account) -> Piece:
    found = _all(denial, asked, account)
    if not found:
        return Piece(facts={"witness_unconfirmed": "AWS has no details for this authorization id, or not yet"})
    if why := differs(denial, found):
        return Piece(facts={"witness_unconfirmed": f"the authorization id stands for another call: {why}"})
    shared = found.get("requestContext") or {}
    evaluations = [{**each, "context": {**shared, **(each.get("context") or {})}} for each in found["evaluations"]]
    kept = {"evaluations": evaluations, "policies": found.get("policies")}
    return Piece(facts={"witness_confirmed": Witness.AUTHORIZATION.value, "authorization": canonical(kept)})


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
