"""An EFS file system: its policy."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.faults import NotRead
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.model import Layer, Target

ACTIONS = ("elasticfilesystem:DescribeFileSystemPolicy",)


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """One call for a file system; an access point names its file system nowhere in its ARN."""
    if arn.kind != "file-system":
        return ()
    return (Read(f"file system policy of {arn.text}", (Layer.RESOURCE,), partial(_policy, arn, account)),)


def _policy(arn: Arn, account: Account) -> Piece:
    params = {"FileSystemId": arn.name}
    try:
        found = account.read(arn, "efs", "describe_file_system_policy", absent=("PolicyNotFound",), **params)
    except NotRead as no:
        if no.code == "FileSystemNotFound":
            return Piece(targets=(Target(arn.text, arn.account, traits={"exists": "false"}),))
        raise
    policies = policy_on(arn.text, "file system policy", found.get("Policy"))
    return Piece(targets=(Target(arn.text, arn.account),), policies=policies)
