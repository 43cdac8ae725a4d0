"""Which reader knows a resource: by the service in its ARN."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from iam_watchdog.aws.faults import NotRead
from iam_watchdog.aws.read import (
    bus,
    files,
    invoke,
    kms,
    logs,
    machine,
    other,
    parameter,
    queue,
    repository,
    s3,
    search,
    secret,
    stream,
    table,
    topic,
    trust,
)
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read
from iam_watchdog.aws.read.rows import UNHEARD
from iam_watchdog.model import Layer, Target

type Reads = Callable[[Arn, Account], tuple[Read, ...]]

READERS: Mapping[str, Reads] = {
    "dynamodb": table.reads,
    "ecr": repository.reads,
    "elasticfilesystem": files.reads,
    "es": search.reads,
    "events": bus.reads,
    "iam": trust.reads,
    "kinesis": stream.reads,
    "kms": kms.reads,
    "lambda": invoke.reads,
    "logs": logs.reads,
    "s3": s3.reads,
    "secretsmanager": secret.reads,
    "sns": topic.reads,
    "sqs": queue.reads,
    "ssm": parameter.reads,
    "states": machine.reads,
}
"""Service → what reads one of its resources."""
OWNERS: Mapping[str, Callable[[Arn], str]] = {
    "dynamodb": table.owner,
    "es": search.owner,
    "logs": logs.owner,
    "s3": s3.owner,
    "sns": topic.owner,
    "states": machine.owner,
}
"""Service → the ARN of what carries the policy, where a part of it is called."""


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """The reads of one resource, which stands in the evidence by its name even if all of them fail."""
    bare = Piece(targets=(Target(OWNERS.get(arn.service, other.owner)(arn), arn.account),))
    found = READERS.get(arn.service, other.reads)(arn, account) or other.reads(arn, account)
    if not found:
        found = (Read(f"resource policy of {arn.text}", (Layer.RESOURCE,), partial(_bare, bare, arn), decides=False),)
    return tuple(replace(read, otherwise=read.otherwise or bare) for read in found)


def _bare(bare: Piece, arn: Arn) -> Piece:
    if arn.service in UNHEARD:
        raise NotRead(UNHEARD[arn.service])
    return bare
