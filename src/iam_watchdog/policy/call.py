"""A request made ready for matching: who calls, with names lowered and what AWS always sends filled in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Literal

from iam_watchdog.model import Request, Words
from iam_watchdog.policy.truth import Truth

type Values = Words | Literal[False] | None
"""What a context key holds; False: it is not in the request; None: nobody knows."""


class Who(Enum):
    """The kinds of caller, since each is judged by other policies."""

    USER = "user"
    ROLE = "role"
    SESSION = "assumed-role"
    FEDERATED_USER = "federated-user"
    ROOT = "root"
    SERVICE = "service"
    OTHER = "other"
    """Web identities, SAML and OIDC providers, anonymous: nothing but a resource policy can grant to them."""


IDENTITIES = frozenset({Who.USER, Who.ROLE, Who.SESSION, Who.FEDERATED_USER, Who.ROOT})
"""Callers of an account, judged by its identity policies, boundaries, session policies and SCPs."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal taken apart; `name` is the user's or role's name without path, in lower case for a role."""

    who: Who
    text: str
    account: str = ""
    name: str = ""
    partition: str = ""


@lru_cache(maxsize=4096)
def caller(principal: str) -> Caller:
    """Take an ARN or a service principal apart."""
    parts = principal.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return Caller(Who.SERVICE if _is_service(principal) else Who.OTHER, principal)
    _, partition, service, _, account, rest = parts
    kind, _, path = rest.partition("/")
    if service == "iam" and kind == "user":
        return Caller(Who.USER, principal, account, path, partition)
    if service == "iam" and kind == "role":
        return Caller(Who.ROLE, principal, account, path.rsplit("/", 1)[-1].lower(), partition)
    if service == "iam" and rest == "root":
        return Caller(Who.ROOT, principal, account, "", partition)
    if service == "sts" and kind == "assumed-role":
        return Caller(Who.SESSION, principal, account, path.partition("/")[0].lower(), partition)
    if service == "sts" and kind == "federated-user":
        return Caller(Who.FEDERATED_USER, principal, account, path, partition)
    return Caller(Who.OTHER, principal, account, "", partition)


def _is_service(principal: str) -> bool:
    return principal.endswith((".amazonaws.com", ".amazonaws.com.cn", ".aws.internal"))


class Call:
    """One request while it is decided; `bounded` says whether the caller has a permissions boundary."""

    __slots__ = ("account", "action", "bounded", "caller", "closed", "keys", "lists", "request", "resource", "service")

    def __init__(self, request: Request, bounded: Truth = False) -> None:
        self.request = request
        self.action = request.action.lower()
        self.service = self.action.partition(":")[0]
        self.resource = request.resource
        self.account = request.resource_account
        self.caller = caller(request.principal)
        self.bounded = bounded
        self.closed = request.closed
        self.lists = request.multivalued
        self.keys = {key.lower(): values for key, values in request.context.items()}
        if not self.closed:
            self.lists |= _LISTS
            self.keys = {**_always(self), **self.keys}

    def values(self, key: str) -> Values:
        """What the key (in lower case) holds."""
        values = self.keys.get(key)
        if values is None:
            return False if self.closed else None
        return False if not values and key not in self.lists else values

    def several(self, key: str, values: Words) -> bool:
        """Is the key a list, even if it holds one value?"""
        return len(values) != 1 or key in self.lists


_NEVER_FOR_IDENTITIES: dict[str, Words] = {
    # Sent only when an AWS service principal calls directly:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    "aws:sourcearn": (),
    "aws:sourceaccount": (),
    "aws:sourceorgid": (),
    "aws:sourceorgpaths": (),
    "aws:principalservicename": (),
    "aws:principalservicenameslist": (),
    "aws:principalisawsservice": ("false",),
}
_LISTS = frozenset(
    {"aws:calledvia", "aws:principalorgpaths", "aws:resourceorgpaths", "aws:sourceorgpaths", "aws:tagkeys"}
    | {"aws:principalservicenameslist", "dynamodb:attributes", "dynamodb:leadingkeys", "kms:encryptioncontextkeys"}
    | {"kms:grantoperations"}
)
"""Keys that AWS sends as lists, even of one: only a set operator can read them."""
_TYPES = {Who.USER: "User", Who.ROLE: "AssumedRole", Who.SESSION: "AssumedRole", Who.ROOT: "Account"}


def _always(call: Call) -> dict[str, Words]:
    """What AWS sends with every request and the request itself tells; an empty value: known not to be sent."""
    who = call.caller.who
    known: dict[str, Words] = {"aws:resourceaccount": (call.account,)} if call.account else {}
    if who is Who.SERVICE:
        return known | {"aws:principalisawsservice": ("true",), "aws:principalservicename": (call.caller.text,)}
    if who not in IDENTITIES:
        return known
    known |= _NEVER_FOR_IDENTITIES | {"aws:principalaccount": (call.caller.account,)}
    known["aws:principaltype"] = (_TYPES.get(who, "FederatedUser"),)
    known["aws:username"] = (call.caller.name.rsplit("/", 1)[-1],) if who is Who.USER else ()
    if who in (Who.USER, Who.ROLE, Who.ROOT):
        known["aws:principalarn"] = (call.caller.text,)
    return known
