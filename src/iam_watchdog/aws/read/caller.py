"""Triggers that call under a role of their own: what each calls, and as which role, or None if it is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from iam_watchdog.aws.read import calling
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn

ACTIONS = (
    "appsync:GetDataSource",
    "codepipeline:GetPipeline",
    "firehose:DescribeDeliveryStream",
    "pipes:DescribePipe",
    "scheduler:GetSchedule",
    "states:DescribeStateMachine",
)
GONE = (
    *("ResourceNotFoundException", "NotFoundException", "PipelineNotFoundException"),
    *("StateMachineDoesNotExist", "StateMachineDeleting"),
)
type Pairs = Iterable[tuple[str, str]] | None


def _schedule(arn: Arn, account: Account) -> Pairs:
    group, _, name = arn.name.partition("/")
    found = account.read(arn, "scheduler", "get_schedule", absent=GONE, GroupName=group, Name=name)
    return calling.by_schedule(found) if found else None


def _machine(arn: Arn, account: Account) -> Pairs:
    found = account.read(arn, "stepfunctions", "describe_state_machine", absent=GONE, stateMachineArn=arn.text)
    return calling.by_machine(found) if found else None


def _pipe(arn: Arn, account: Account) -> Pairs:
    found = account.read(arn, "pipes", "describe_pipe", absent=GONE, Name=arn.name)
    return calling.by_pipe(found) if found else None


def _pipeline(arn: Arn, account: Account) -> Pairs:
    found: dict[str, Any] = account.read(arn, "codepipeline", "get_pipeline", absent=GONE, name=arn.rest)
    return calling.by_pipeline(found) if found else None


def _delivery_stream(arn: Arn, account: Account) -> Pairs:
    found = account.read(arn, "firehose", "describe_delivery_stream", absent=GONE, DeliveryStreamName=arn.name)
    return calling.by_delivery(found["DeliveryStreamDescription"]) if found else None


def _data_source(arn: Arn, account: Account) -> Pairs:
    """`apis/<id>/datasources/<name>`."""
    api, _, name = arn.name.partition("/datasources/")
    found = account.read(arn, "appsync", "get_data_source", absent=GONE, apiId=api, name=name)
    return calling.by_data_source(found["dataSource"]) if found else None


READERS: Mapping[str, Callable[[Arn, Account], Pairs]] = {
    "appsync": _data_source,
    "codepipeline": _pipeline,
    "firehose": _delivery_stream,
    "pipes": _pipe,
    "scheduler": _schedule,
    "states": _machine,
}
"""Service of the trigger's ARN → what asks it."""
