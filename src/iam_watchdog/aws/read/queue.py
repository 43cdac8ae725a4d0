"""An SQS queue: its policy and its key."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.read import kms
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.model import Layer, Target

ACTIONS = ("sqs:GetQueueUrl", "sqs:GetQueueAttributes")
GONE = ("NonExistentQueue", "QueueDoesNotExist")


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """URL and attributes, one after the other."""
    return (Read(f"queue policy of {arn.text}", (Layer.RESOURCE,), partial(_queue, arn, account)),)


def _queue(arn: Arn, account: Account) -> Piece:
    named = {"QueueName": arn.rest, "QueueOwnerAWSAccountId": arn.account}
    url = account.read(arn, "sqs", "get_queue_url", absent=GONE, **named).get("QueueUrl")
    if not url:
        return Piece(targets=(Target(arn.text, arn.account, traits={"exists": "false"}),))
    wanted = ["Policy", "KmsMasterKeyId"]
    found = account.read(arn, "sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=wanted).get("Attributes", {})
    target = Target(arn.text, arn.account, kms.key_arn(found.get("KmsMasterKeyId"), arn))
    piece = kms.encrypted(target, account)
    return Piece(
        targets=piece.targets, policies=policy_on(arn.text, "queue policy", found.get("Policy")), then=piece.then
    )
