"""What one need asks for at once: whoever may do only a part of it is refused the next part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iam_watchdog.model import Function, Words
from iam_watchdog.remedy import managed
from iam_watchdog.remedy.arns import covers, part
from iam_watchdog.remedy.narrow import ANY, takes_resource
from iam_watchdog.rules.case.case import Case

TRACING = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
"""https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html#services-xray-permissions"""
INTERFACES = ("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface")
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions"""
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


def together(case: Case) -> tuple[Case, ...]:
    """The rest of what Lambda itself does for this function, as far as it is refused as well."""
    action, resource = case.request.action, case.request.resource
    function = case.evidence.function
    if function is None:
        return ()
    others = (other for other in _needed(function, action, resource) if other != action)
    cases = (case.about(case.asking(other, resource if takes_resource(other) else ANY)) for other in others)
    return tuple(other for other in cases if other.missing)


def source(function: Function, resource: str) -> str:
    """ARN of the source of one of the function's mappings that a poller's call is about, or ""."""
    return next((arn for arn, _, _ in function.mappings if covers(arn, resource) or covers(resource, arn)), "")


def own_group(function: Function) -> str:
    """ARN of the log group that the function is configured to write to, without a trailing `:*`."""
    name = function.log_group or f"/aws/lambda/{function.name}"
    _, partition, _, region, account, *_ = function.arn.split(":")
    return f"arn:{partition}:logs:{region}:{account}:log-group:{name}"


def _needed(function: Function, action: str, resource: str) -> Iterator[str]:
    if action in managed.LOGS and covers(own_group(function), resource):
        yield from managed.LOGS
    if action in INTERFACES and function.in_vpc:
        yield from INTERFACES
    if action in TRACING and function.tracing:
        yield from TRACING
    polls = POLLER.get(action.partition(":")[0], ())
    if action in polls and part(source(function, resource), 2) == part(resource, 2):
        yield from polls
