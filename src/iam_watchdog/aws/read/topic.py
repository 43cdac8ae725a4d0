"""An SNS topic: its policy and its key."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.read import kms
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.model import Layer, Target

ACTIONS = ("sns:GetTopicAttributes",)
GONE = ("NotFound", "NotFoundException")


def owner(arn: Arn) -> str:
    """A subscription's ARN is its topic's with one more part."""
    return arn.sibling(arn.rest.split(":")[0])


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """One call."""
    topic = owner(arn)
    return (Read(f"topic policy of {topic}", (Layer.RESOURCE,), partial(_topic, topic, arn, account)),)


def _topic(topic: str, arn: Arn, account: Account) -> Piece:
    answer = account.read(arn, "sns", "get_topic_attributes", absent=GONE, TopicArn=topic)
    if not answer:
        return Piece(targets=(Target(topic, arn.account, traits={"exists": "false"}),))
    found = answer.get("Attributes", {})
    key = kms.key_arn(found.get("KmsMasterKeyId"), arn)
    piece = kms.encrypted(Target(topic, arn.account, key), account)
    return Piece(targets=piece.targets, policies=policy_on(topic, "topic policy", found.get("Policy")), then=piece.then)
