"""A log group: whether it is there, its class and its key."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.read import kms
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read
from iam_watchdog.model import Layer, Target

ACTIONS = ("logs:DescribeLogGroups",)


def owner(arn: Arn) -> str:
    """The group of a stream, without the `:*` that policies put behind it."""
    return arn.sibling(f"log-group:{arn.name.split(':')[0]}") if arn.kind == "log-group" else arn.text


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """One call; a group has no policy of its own that could let a role write."""
    if arn.kind != "log-group":
        return ()
    call = partial(_group, owner(arn), arn, account)
    return (Read(f"log group {owner(arn)}", (Layer.RESOURCE,), call, decides=False),)


def _group(text: str, arn: Arn, account: Account) -> Piece:
    group = arn.name.split(":")[0]
    listed = account.read(arn, "logs", "describe_log_groups", logGroupNamePrefix=group)
    found = next((each for each in listed.get("logGroups", ()) if each.get("logGroupName") == group), None)
    if found is None:
        return Piece(targets=(Target(text, arn.account, traits={"exists": "false"}),))
    key = kms.key_arn(found.get("kmsKeyId"), arn)
    return kms.encrypted(Target(text, arn.account, key, {"type": found.get("logGroupClass", "STANDARD")}), account)
