"""Which reader knows a resource: by the service in its ARN."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from iam_watchdog.aws.read import invoke, kms, s3
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read
from iam_watchdog.model import Target

type Reads = Callable[[Arn, Account], tuple[Read, ...]]

READERS: Mapping[str, Reads] = {
    "kms": kms.reads,
    "lambda": invoke.reads,
    "s3": s3.reads,
}
"""Service → what reads one of its resources."""


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """The reads of one resource, which stands in the evidence by its name even if all of them fail."""
    bare = Piece(targets=(Target(s3.bucket_arn(arn) if arn.service == "s3" else arn.text, arn.account),))
    reader = READERS.get(arn.service)
    if reader is None:
        return (Read(f"resource {arn.text}", (), lambda: bare),)
    return tuple(replace(read, otherwise=read.otherwise or bare) for read in reader(arn, account))
