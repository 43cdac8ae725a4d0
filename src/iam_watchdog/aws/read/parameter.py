"""An SSM parameter: its type and key, never its value."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.read import kms
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read
from iam_watchdog.model import Layer, Target

ACTIONS = ("ssm:DescribeParameters",)


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """One call; parameters have no resource policy within an account."""
    if arn.kind != "parameter":
        return ()
    return (Read(f"parameter {arn.text}", (Layer.RESOURCE,), partial(_parameter, arn, account), decides=False),)


def _parameter(arn: Arn, account: Account) -> Piece:
    """The ARN of `/a` and of `a` is the same, that of `/a/b` drops the first slash.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
    """
    names = [f"/{arn.name}"] if "/" in arn.name else [arn.name, f"/{arn.name}"]
    wanted = [{"Key": "Name", "Option": "Equals", "Values": names}]
    found = account.read(arn, "ssm", "describe_parameters", ParameterFilters=wanted).get("Parameters")
    if not found:
        return Piece(targets=(Target(arn.text, arn.account, traits={"exists": "false"}),))
    key = kms.key_arn(found[0].get("KeyId"), arn)
    return kms.encrypted(Target(arn.text, arn.account, key, {"type": found[0].get("Type", "String")}), account)
