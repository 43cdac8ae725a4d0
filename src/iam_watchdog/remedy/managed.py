"""The AWS managed policies that may be proposed, as they stood when they were reviewed; their hashes pin them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from iam_watchdog.records import document_hash
from iam_watchdog.remedy.arns import part

LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
NETWORK = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
BASIC = "service-role/AWSLambdaBasicExecutionRole"
VPC_ACCESS = "service-role/AWSLambdaVPCAccessExecutionRole"
XRAY = "AWSXRayDaemonWriteAccess"
SQS = "service-role/AWSLambdaSQSQueueExecutionRole"
DYNAMODB = "service-role/AWSLambdaDynamoDBExecutionRole"
KINESIS = "service-role/AWSLambdaKinesisExecutionRole"
MSK = "service-role/AWSLambdaMSKExecutionRole"


def _document(actions: tuple[str, ...], sid: str = "", resource: str | list[str] = "*") -> str:
    statement: dict[str, Any] = {"Action": list(actions), "Effect": "Allow", "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | ({"Sid": sid} if sid else {})]})


_BY_NAME: Mapping[str, str] = {
    BASIC: _document(LOGS),
    VPC_ACCESS: _document((*LOGS, *NETWORK), "AWSLambdaVPCAccessExecutionPermissions"),
    XRAY: _document(
        (
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:GetSamplingStatisticSummaries",
        ),
        "AWSXRayDaemonWriteAccess",
        ["*"],
    ),
    SQS: _document(("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", *LOGS)),
    DYNAMODB: _document(
        (
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
            *LOGS,
        )
    ),
    KINESIS: _document(
        (
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
            "kinesis:ListStreams",
            "kinesis:SubscribeToShard",
            *LOGS,
        )
    ),
    MSK: _document(
        (
            "kafka:DescribeCluster",
            "kafka:DescribeClusterV2",
            "kafka:GetBootstrapBrokers",
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeVpcs",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeSubnets",
            "ec2:DescribeSecurityGroups",
            *LOGS,
        )
    ),
}

DOCUMENTS: Mapping[str, str] = {f"arn:aws:iam::aws:policy/{name}": text for name, text in _BY_NAME.items()}
"""Policy ARN → document, as of 2026-05 (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/)."""
PINNED: Mapping[str, str] = {arn: document_hash(text) for arn, text in DOCUMENTS.items()}
"""Policy ARN → SHA-256 of its document; another hash in an account means that AWS changed it: review first."""


def arn_of(name: str, role: str) -> str:
    """A managed policy's ARN in the partition of a role."""
    return f"arn:{part(role, 1) or 'aws'}:iam::aws:policy/{name}"


def document_of(arn: str) -> str | None:
    """The reviewed document of a managed policy, in any partition."""
    return _BY_NAME.get(part(arn, 5).removeprefix("policy/"))
