"""A role that is called: who may assume it."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.faults import NotRead
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.identity import NO_ROLE
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.model import Layer, Target

ACTIONS = ("iam:GetRole",)


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """The trust policy of a role; IAM's other resources have no policy of their own."""
    if arn.kind != "role":
        return ()
    return (Read(f"trust policy of {arn.text}", (Layer.TRUST,), partial(_trust, arn, account)),)


def _trust(arn: Arn, account: Account) -> Piece:
    """IAM shows a role to its own account only."""
    if not account.owns(arn):
        raise NotRead(f"not asked: the role belongs to account {arn.account}, whose owner has to look")
    name = arn.name.rsplit("/", 1)[-1]
    found = account.read(arn, "iam", "get_role", absent=NO_ROLE, RoleName=name).get("Role")
    if not found or found["Arn"] != arn.text:
        return Piece(targets=(Target(arn.text, arn.account, traits={"exists": "false"}),))
    policies = policy_on(arn.text, "trust policy", found.get("AssumeRolePolicyDocument"), Layer.TRUST)
    return Piece(targets=(Target(arn.text, arn.account),), policies=policies)
