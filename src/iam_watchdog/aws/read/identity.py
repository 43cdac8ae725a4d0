"""The identity-based policies of one role: inline and managed, and whether one of them locks it up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from iam_watchdog.aws.faults import NotRead
from iam_watchdog.aws.read import managed
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.piece import Piece, Read, document
from iam_watchdog.model import Layer, Policy, Role
from iam_watchdog.remedy.arns import role_name
from iam_watchdog.remedy.hold import QUARANTINED

ACTIONS = ("iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies")
NO_ROLE = ("NoSuchEntity",)


def reads(account: Account, arn: str) -> tuple[Read, ...]:
    """The two listings; the documents follow in the next round."""
    identity = (Layer.IDENTITY,)
    return (
        Read(f"inline policies of {arn}", identity, partial(_inline, account, arn)),
        Read(f"managed policies of {arn}", identity, partial(_attached, account, arn)),
    )


def managed_read(account: Account, policy: str, layer: Layer, role: str) -> Read:
    """One managed policy's document as a policy of one layer of the role."""
    call = partial(_managed, account, policy, layer, role)
    return Read(f"{'boundary' if layer is Layer.BOUNDARY else 'managed policy'} {policy} of {role}", (layer,), call)


def _managed(account: Account, policy: str, layer: Layer, role: str) -> Piece:
    return Piece(policies=(Policy(layer, policy, managed.text(account, policy), role),))


def _inline(account: Account, arn: str) -> Piece:
    names = _listed(account, "list_role_policies", "PolicyNames", arn)
    then = tuple(
        Read(f"inline policy {name} of {arn}", (Layer.IDENTITY,), partial(_document, account, arn, name))
        for name in names
    )
    return Piece(role=Role(arn, inline=tuple(names)), then=then, facts=_locked_by_name(names))


def _document(account: Account, arn: str, name: str) -> Piece:
    role = role_name(arn)
    found = account.clients.read("iam", "get_role_policy", absent=NO_ROLE, RoleName=role, PolicyName=name)
    if not found:
        return Piece()
    text = document(found["PolicyDocument"])
    facts = {"quarantine": name} if revokes(text) else {}
    return Piece(policies=(Policy(Layer.IDENTITY, f"inline/{name}", text, arn),), facts=facts)


def _attached(account: Account, arn: str) -> Piece:
    found = _listed(account, "list_attached_role_policies", "AttachedPolicies", arn)
    arns = tuple(str(policy["PolicyArn"]) for policy in found)
    then = tuple(managed_read(account, each, Layer.IDENTITY, arn) for each in arns)
    names = [each.rsplit("/", 1)[-1] for each in arns]
    return Piece(role=Role(arn, attached=arns), then=then, facts=_locked_by_name(names))


def _listed(account: Account, operation: str, items: str, arn: str) -> tuple[Any, ...]:
    """All items; none if the role is gone. Raises NotRead, also for more than any role may have."""
    name = role_name(arn)
    found, more = account.clients.pages("iam", operation, items, limit=300, absent=NO_ROLE, RoleName=name)
    if more:
        raise NotRead(f"iam {operation}: more than {len(found)} policies")
    return found


def _locked_by_name(names: Iterable[str]) -> Mapping[str, str]:
    locks = [name for name in names if name.startswith(QUARANTINED)]
    return {"quarantine": locks[0]} if locks else {}


def revokes(text: str) -> bool:
    """True for a document that denies sessions older than some time."""
    return '"Deny"' in text and "aws:tokenissuetime" in text.lower()
