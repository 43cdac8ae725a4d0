"""How a Principal element names the caller, and whether a NotPrincipal element leaves it out.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

from enum import IntEnum

from iam_watchdog.model import Words
from iam_watchdog.policy.call import IDENTITIES, Call, Caller, Who, caller
from iam_watchdog.policy.truth import Truth


class Named(IntEnum):
    """How a statement names the caller: the closer, the fewer other policies can limit a grant."""

    NOT = 0
    ACCOUNT = 1
    """Its account: delegates to the account's own policies."""
    ROLE = 2
    """The role of the session, or the user of a federated session: limited by boundary and session policy."""
    DIRECT = 3
    """The session, the user, the service, or everyone."""


class Principals:
    """The Principal or NotPrincipal element of one statement, as (type, value) pairs."""

    __slots__ = ("entries", "everyone", "inverted")

    def __init__(self, entries: tuple[tuple[str, str], ...], inverted: bool) -> None:
        self.entries = entries
        self.inverted = inverted
        self.everyone = ("AWS", "*") in entries

    @property
    def texts(self) -> Words:
        """The values, for people."""
        return tuple(value for _, value in self.entries)

    def match(self, call: Call, allow: bool) -> tuple[Named, Truth]:
        """How the element names the caller, and whether it does."""
        if self.inverted:
            return Named.DIRECT, self._spares(call, allow)
        if self.everyone:
            return Named.DIRECT, True
        named = max((_names(entry, call) for entry in self.entries), default=Named.NOT)
        return named, named is not Named.NOT

    def _spares(self, call: Call, allow: bool) -> Truth:
        """Does NotPrincipal cover the caller, that is: is the caller not listed?"""
        listed = {_names(entry, call) for entry in self.entries} - {Named.NOT}
        bounded = call.bounded if call.caller.who in IDENTITIES and not allow else False
        if bounded or not (listed or self.everyone):
            return True  # A Deny with NotPrincipal always denies a principal that has a boundary, listed or not.
        return False if bounded is False and (self.everyone or listed >= _needed(call.caller)) else None


def _needed(who: Caller) -> frozenset[Named]:
    """A role has to be listed with its session and its account, a user with its account."""
    if who.who is Who.SESSION:
        return frozenset({Named.DIRECT, Named.ROLE, Named.ACCOUNT})
    if who.who in IDENTITIES - {Who.ROOT}:
        return frozenset({Named.ROLE if who.who is Who.ROLE else Named.DIRECT, Named.ACCOUNT})
    return frozenset()


def _names(entry: tuple[str, str], call: Call) -> Named:
    kind, value = entry
    who = call.caller
    if value == who.text and who.who is not Who.ROLE:
        return Named.DIRECT if (kind == "AWS") == (who.who in IDENTITIES) or who.who is Who.OTHER else Named.NOT
    if kind != "AWS" or who.who not in IDENTITIES:
        return Named.NOT
    if value == who.account or (value.endswith(":root") and value == f"arn:{who.partition}:iam::{who.account}:root"):
        return Named.ACCOUNT
    return Named.ROLE if _is_role(caller(value), who) or _unique_id(value, call) else Named.NOT


def _is_role(named: Caller, who: Caller) -> bool:
    """Role names are unique in an account whatever their path and case, and a session's ARN has no path."""
    if (named.account, named.partition) != (who.account, who.partition):
        return False
    if who.who in (Who.SESSION, Who.ROLE):
        return named.who is Who.ROLE and named.name == who.name
    return who.who is Who.FEDERATED_USER and named.who is Who.USER and named.name.rsplit("/", 1)[-1] == who.name


def _unique_id(value: str, call: Call) -> bool:
    """AROA… stands for a role that was deleted; a new role of that name has another id."""
    if ":" in value or len(value) < 16:
        return False
    ids = call.values("aws:userid")
    return bool(ids) and isinstance(ids, tuple) and ids[0].partition(":")[0] == value
