"""A Kinesis stream or consumer: resource policy and key."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.read import kms
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.model import Layer, Target

ACTIONS = ("kinesis:DescribeStreamSummary", "kinesis:GetResourcePolicy")
GONE = ("ResourceNotFoundException",)
RESOURCE = (Layer.RESOURCE,)


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """Description of the stream, policy of exactly the ARN that was called."""
    return (
        Read(f"stream {arn.text}", RESOURCE, partial(_described, arn, account), decides=False),
        Read(f"resource policy of {arn.text}", RESOURCE, partial(_policy, arn, account)),
    )


def _described(arn: Arn, account: Account) -> Piece:
    stream = arn.sibling(f"stream/{arn.name.split('/')[0]}")
    found = account.read(arn, "kinesis", "describe_stream_summary", absent=GONE, StreamARN=stream)
    summary = found.get("StreamDescriptionSummary")
    if not summary:
        return Piece(targets=(Target(arn.text, arn.account, traits={"exists": "false"}),))
    return kms.encrypted(Target(arn.text, arn.account, kms.key_arn(summary.get("KeyId"), arn)), account)


def _policy(arn: Arn, account: Account) -> Piece:
    found = account.read(arn, "kinesis", "get_resource_policy", absent=GONE, ResourceARN=arn.text)
    return Piece(policies=policy_on(arn.text, "stream policy", found.get("Policy")))
