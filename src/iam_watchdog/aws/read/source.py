"""The trigger that may not start a function: whether it is there, and set to start this function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read
from iam_watchdog.model import Layer

ACTIONS = (
    "events:DescribeRule",
    "events:ListTargetsByRule",
    "s3:GetBucketNotification",
    "sns:ListSubscriptionsByTopic",
    "logs:DescribeSubscriptionFilters",
)
GONE = ("ResourceNotFoundException", "NoSuchBucket", "NotFound", "NotFoundException")


def reads(arn: Arn, function: str, account: Account) -> tuple[Read, ...]:
    """What the source says for itself; nothing for kinds that have no reader."""
    reader = READERS.get(arn.service)
    if reader is None:
        return ()
    return (Read(f"trigger {arn.text}", (Layer.INVOKE,), partial(reader, arn, function, account), decides=False),)


def _facts(there: bool, starts: bool | None = None) -> Piece:
    facts = {"source_exists": "true" if there else "false"}
    if there and starts is not None:
        facts["source_targets_function"] = "true" if starts else "false"
    return Piece(facts=facts)


def _rule(arn: Arn, function: str, account: Account) -> Piece:
    """`rule/name` on the default bus, `rule/bus/name` on another."""
    bus, _, name = arn.name.rpartition("/")
    named = {"EventBusName": bus} if bus else {}
    rule = account.read(arn, "events", "describe_rule", absent=GONE, Name=name, **named)
    if not rule:
        return _facts(there=False)
    found = account.read(arn, "events", "list_targets_by_rule", absent=GONE, Rule=name, **named)
    return _facts(there=True, starts=_named(found.get("Targets", ()), "Arn", function))


def _bucket(arn: Arn, function: str, account: Account) -> Piece:
    params = {"Bucket": arn.rest, "ExpectedBucketOwner": account.id}
    operation = "get_bucket_notification_configuration"
    found = account.read(arn, "s3", operation, absent=GONE, **params)
    if not found:
        return _facts(there=False)
    listed = found.get("LambdaFunctionConfigurations", ())
    return _facts(there=True, starts=_named(listed, "LambdaFunctionArn", function))


def _topic(arn: Arn, function: str, account: Account) -> Piece:
    found = account.read(arn, "sns", "list_subscriptions_by_topic", absent=GONE, TopicArn=arn.text)
    if not found:
        return _facts(there=False)
    return _facts(there=True, starts=_named(found.get("Subscriptions", ()), "Endpoint", function))


def _group(arn: Arn, function: str, account: Account) -> Piece:
    name = arn.name.removesuffix(":*")
    found = account.read(arn, "logs", "describe_subscription_filters", absent=GONE, logGroupName=name)
    if not found:
        return _facts(there=False)
    return _facts(there=True, starts=_named(found.get("subscriptionFilters", ()), "destinationArn", function))


def _named(rows: Any, field: str, function: str) -> bool:
    """A trigger may name the function or one of its versions and aliases."""
    return any(f"{row.get(field, '')}:".startswith(f"{function}:") for row in rows)


READERS: Mapping[str, Callable[[Arn, str, Account], Piece]] = {
    "events": _rule,
    "logs": _group,
    "s3": _bucket,
    "sns": _topic,
}
"""Service of the trigger's ARN → what asks it."""
