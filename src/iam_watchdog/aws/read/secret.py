"""A secret of Secrets Manager: its resource policy and its key, never its value."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.read import kms
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.model import Layer, Target

ACTIONS = ("secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy")
GONE = ("ResourceNotFoundException",)
RESOURCE = (Layer.RESOURCE,)


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """Description and policy; a name without its six random characters is completed by AWS's answer."""
    return (
        Read(f"secret {arn.text}", RESOURCE, partial(_described, arn, account), decides=False),
        Read(f"resource policy of {arn.text}", RESOURCE, partial(_policy, arn, account)),
    )


def _id(arn: Arn) -> str:
    return arn.text.removesuffix("-??????").removesuffix("-*")


def _described(arn: Arn, account: Account) -> Piece:
    found = account.read(arn, "secretsmanager", "describe_secret", absent=GONE, SecretId=_id(arn))
    if not found:
        return Piece(targets=(Target(arn.text, arn.account, traits={"exists": "false"}),))
    key = kms.key_arn(found.get("KmsKeyId"), arn)
    return kms.encrypted(Target(found.get("ARN", arn.text), arn.account, key, {"arn": "told"}), account)


def _policy(arn: Arn, account: Account) -> Piece:
    found = account.read(arn, "secretsmanager", "get_resource_policy", absent=GONE, SecretId=_id(arn))
    on = found.get("ARN", arn.text)
    return Piece(policies=policy_on(on, "secret policy", found.get("ResourcePolicy")))
