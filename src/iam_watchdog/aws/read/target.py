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
UNHEARD = frozenset(
    {
        *("acm-pca", "aoss", "backup", "bedrock", "codeartifact", "codebuild", "execute-api", "glacier", "glue"),
        *("iot", "kafka", "lex", "mediastore", "redshift-serverless", "s3-object-lambda", "s3-outposts", "s3express"),
        *("s3tables", "schemas", "ses", "signer", "vpc-lattice", "xray"),
    }
)
"""Services that have resource policies for which there is no reader.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """The reads of one resource, which stands in the evidence by its name even if all of them fail."""
    owner = OWNERS[arn.service](arn) if arn.service in OWNERS else arn.text
    bare = Piece(targets=(Target(owner, arn.account),))
    reader = READERS.get(arn.service)
    found = reader(arn, account) if reader else ()
    if not found:
        found = (Read(f"resource policy of {arn.text}", (Layer.RESOURCE,), partial(_bare, bare, arn), decides=False),)
    return tuple(replace(read, otherwise=read.otherwise or bare) for read in found)


def _bare(bare: Piece, arn: Arn) -> Piece:
    if arn.service in UNHEARD:
        raise NotRead(f"there is no reader for the resource policies of {arn.service}")
    return bare
