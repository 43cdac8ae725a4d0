"""An EventBridge bus: its policy and its key."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.read import kms
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.model import Layer, Target

ACTIONS = ("events:DescribeEventBus",)
GONE = ("ResourceNotFoundException",)


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """One call for a bus; rules and archives have no policy of their own."""
    if arn.kind != "event-bus":
        return ()
    return (Read(f"bus policy of {arn.text}", (Layer.RESOURCE,), partial(_bus, arn, account)),)


def _bus(arn: Arn, account: Account) -> Piece:
    name = arn.name if account.owns(arn) else arn.text
    found = account.read(arn, "events", "describe_event_bus", absent=GONE, Name=name)
    if not found:
        return Piece(targets=(Target(arn.text, arn.account, traits={"exists": "false"}),))
    key = kms.key_arn(found.get("KmsKeyIdentifier"), arn)
    piece = kms.encrypted(Target(arn.text, arn.account, key), account)
    return Piece(
        targets=piece.targets, policies=policy_on(arn.text, "bus policy", found.get("Policy")), then=piece.then
    )
