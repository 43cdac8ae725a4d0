"""A poller without permission: the function is never invoked, its queue or stream only grows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from iam_watchdog.model import (
    AddRoleStatements,
    AttachManagedPolicy,
    Denial,
    Diagnosis,
    Evidence,
    Fix,
    Function,
    Layer,
    Words,
)
from iam_watchdog.remedy import managed
from iam_watchdog.remedy.arns import covers, part
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis, needed
from iam_watchdog.rules.case.words import nearest, role

NAME = "event_source_mapping"
POLLER: Mapping[str, Words] = {
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html and the pages of the other sources
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "kinesis": (
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
    ),
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"),
    "kafka": ("kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"),
}
MANAGED = {"sqs": managed.SQS, "kinesis": managed.KINESIS, "dynamodb": managed.DYNAMODB, "kafka": managed.MSK}


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when a poller's action on the source of one of the function's mappings is refused."""
    service = denial.action.partition(":")[0]
    if evidence.function is None or denial.action not in POLLER.get(service, ()):
        return None
    case = open_case(denial, evidence)
    source = _source(evidence.function, case.request.resource)
    if not source or Layer.IDENTITY not in case.missing:
        return None
    because = (
        f"Function {denial.function} is not fed from {source}: its role {role(case)} may not call "
        f"{denial.action} there, and Lambda polls with that role{nearest(case)}"
    )
    fixes = needed(case, *_rest(case, source))
    found = diagnosis(case, NAME, Layer.IDENTITY, because, fixes)
    return replace(found, instead=_managed(fixes, service, evidence))


def _source(function: Function, resource: str) -> str:
    return next((arn for arn, _, _ in function.mappings if covers(arn, resource) or covers(resource, arn)), "")


def _rest(case: Case, source: str) -> tuple[Case, ...]:
    """The poller's whole set, so that mending one action does not uncover the next."""
    service = part(source, 2)
    others = (a for a in POLLER[service] if a != case.request.action)
    cases = [case.about(case.asking(action, source)) for action in others]
    return tuple(c for c in cases if c.missing)


def _managed(fixes: tuple[Fix, ...], service: str, evidence: Evidence) -> tuple[Fix, ...]:
    """AWS's own policy for that source is an alternative only where nothing else lacks."""
    if evidence.role is None or not all(isinstance(fix, AddRoleStatements) for fix in fixes):
        return ()
    return (AttachManagedPolicy(evidence.role.arn, managed.arn_of(MANAGED[service], evidence.role.arn)),)
