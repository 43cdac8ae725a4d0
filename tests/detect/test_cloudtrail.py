"""CloudTrail records → denials: silence first, then every form of a denied call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.detect import cloudtrail
from iam_watchdog.model import Denial, Effect, Kind, Layer, Witness
from tests.detect.deliveries import ACCOUNT, GROUND, SESSION, TABLE

ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/orders-role"
EVENT = "01234567-89ab-cdef-0123-456789abcdef"
WHO: dict[str, Any] = {
    "type": "AssumedRole",
    "principalId": "AROAEXAMPLE:orders",
    "arn": SESSION,
    "accountId": ACCOUNT,
    "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE, "userName": "orders-role"}},
}
PERSON: dict[str, Any] = {**WHO, "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/ann"}


def record(**changed: Any) -> dict[str, Any]:
    """A denied SSM call of a Lambda function, with some fields changed or (None) null."""
    return {
        "eventVersion": "1.11",
        "userIdentity": WHO,
        "eventTime": "2026-01-01T00:00:00Z",
        "eventSource": "ssm.amazonaws.com",
        "eventName": "GetParameter",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.9",
        "userAgent": "Boto3/1.43 md/Botocore exec-env/AWS_Lambda_python3.13",
        "errorCode": "AccessDenied",
        "errorMessage": f"User: {SESSION} is not authorized to perform: ssm:GetParameter on resource:"
        f" arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/a"
        " because no identity-based policy allows the ssm:GetParameter action",
        "requestParameters": None,
        "requestID": "r-1",
        "eventID": EVENT,
        "recipientAccountId": ACCOUNT,
        **changed,
    }


def read(**changed: Any) -> tuple[Denial, ...]:
    return cloudtrail.from_record(record(**changed), GROUND)


@pytest.mark.parametrize(
    "changed",
    [
        {"errorCode": None, "errorMessage": None},
        {"errorCode": "ResourceNotFoundException", "errorMessage": "no such table"},
        {"errorCode": "ThrottlingException", "errorMessage": "Rate exceeded"},
        {"errorCode": "AccessDeniedException", "errorMessage": "Macie is not enabled."},
        {"errorCode": "InvalidAccessException", "errorMessage": "Account is not subscribed to AWS Security Hub"},
        {
            "errorCode": "Client.DryRunOperation",
            "errorMessage": "Request would have succeeded, but DryRun flag is set.",
        },
        {"errorCode": "AccessDenied", "errorMessage": "The security token included in the request is expired"},
        {"userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/ann"}},
        {"userIdentity": {"type": "AWSService", "invokedBy": "config.amazonaws.com"}},
        {"userIdentity": None},
        {"userAgent": "aws-cli/2.31 Python/3.13"},
        {"userAgent": "APN/1.0 HashiCorp/1.0 Terraform/1.9"},
        {
            "userIdentity": {
                **WHO,
                "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForConfig/x",
                "sessionContext": {
                    "sessionIssuer": {"arn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/A"}
                },
            }
        },
        {"userIdentity": {**WHO, "sessionContext": {"sessionIssuer": {"arn": GROUND.own_roles[0]}}}},
        {"userIdentity": {**WHO, "arn": SESSION.replace("/orders", "/iam-watchdog-detect")}},
    ],
)
def test_what_is_no_denial_of_a_function_is_silent(changed: dict[str, Any]) -> None:
    assert read(**changed) == ()


def test_a_denied_call_says_who_what_and_where() -> None:
    (denial,) = read()
    assert denial.witness is Witness.LOG
    assert denial.at == datetime(2026, 1, 1, tzinfo=UTC)
    assert (denial.account, denial.region, denial.function) == (ACCOUNT, "eu-west-1", "orders")
    assert (denial.principal, denial.action) == (SESSION, "ssm:GetParameter")
    assert denial.resource == f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/a"
    assert (denial.origin, denial.event_id, denial.recovered) == (EVENT, EVENT, {})
    assert denial.said
    assert (denial.said.effect, denial.said.layer) == (Effect.IMPLICIT, Layer.IDENTITY)
    assert denial.context["aws:PrincipalArn"] == (ROLE,)
    assert denial.context["aws:SourceIp"] == ("203.0.113.9",)


@pytest.mark.parametrize(
    "code",
    [
        "AccessDenied",
        "AccessDeniedException",
        "Client.UnauthorizedOperation",
        "UnauthorizedOperation",
        "VpceAccessDenied",
    ]
    + ["Forbidden", "AuthorizationError", "KMSAccessDeniedException", "NotAuthorized"],
)
def test_every_denying_code_is_heard_also_without_a_message(code: str) -> None:
    (denial,) = read(errorCode=code, errorMessage=None)
    assert (denial.action, denial.recovered) == ("ssm:GetParameter", {"action": "eventName"})


def test_a_message_cut_at_a_kilobyte_keeps_its_beginning() -> None:
    whole = (
        f"You are not authorized to perform this operation. User: {SESSION} is not authorized to perform:"
        " ec2:RunInstances on resource: arn:aws:ec2:eu-west-1:111122223333:instance/* because no identity-based policy"
        f" allows the ec2:RunInstances action. Encoded authorization failure message: {'aB3_-' * 300}"
    )
    (denial,) = read(
        errorCode="Client.UnauthorizedOperation", errorMessage=whole[:1_024], eventSource="ec2.amazonaws.com"
    )
    assert denial.action == "ec2:RunInstances"
    assert denial.resource == f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/*"
    for length in range(60, 330, 7):
        (cut,) = read(errorMessage=whole[:length], eventName="RunInstances", eventSource="ec2.amazonaws.com")
        assert cut.action.startswith("ec2:")


@pytest.mark.parametrize(
    ("changed", "resource", "source"),
    [
        ({"resources": [{"ARN": TABLE}]}, TABLE, "resources"),
        (
            {"resources": [{"ARN": "arn:aws:s3:::b/k"}, {"ARN": "arn:aws:s3:::b", "accountId": ACCOUNT}]},
            "arn:aws:s3:::b/k",
            "resources",
        ),
        (
            {"requestParameters": {"name": "/a/b"}},
            f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/a/b",
            "requestParameters",
        ),
        ({"requestParameters": {"bucketName": "b", "key": "in/k"}}, "arn:aws:s3:::b/in/k", "requestParameters"),
        (
            {"requestParameters": {"queueUrl": f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/q"}},
            f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q",
            "requestParameters",
        ),
        ({"requestParameters": {"roleArn": ROLE}}, ROLE, "requestParameters"),
        ({"resources": [{"ARN": TABLE}, {"ARN": "arn:aws:kms:r:1:key/k"}]}, None, None),
        ({"resources": "x", "requestParameters": [1]}, None, None),
    ],
)
def test_a_missing_resource_is_looked_for_in_the_record(
    changed: dict[str, Any], resource: str | None, source: str | None
) -> None:
    (denial,) = read(errorMessage="Access Denied", **changed)
    assert (denial.resource, denial.recovered.get("resource")) == (resource, source)


def test_the_name_of_an_operation_of_lambda_s_own_bears_a_date() -> None:
    (denial,) = read(eventSource="lambda.amazonaws.com", eventName="GetFunction20150331v2", errorMessage=None)
    assert denial.action == "lambda:GetFunction"


def test_the_function_is_what_the_credentials_were_issued_to_else_the_session() -> None:
    issued = {
        "issuerType": "AWS::Lambda::Function",
        "credentialsIssuedTo": f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:pay",
    }
    (denial,) = read(userIdentity={**WHO, "inScopeOf": issued}, userAgent="my-client/1")
    assert denial.function == "pay"
    (poller,) = read(userIdentity={**WHO, "arn": SESSION.replace("/orders", "/awslambda_783_20180222")})
    assert poller.function == ""


def test_a_service_that_calls_for_the_function_is_heard() -> None:
    (denial,) = read(userAgent="AWS Internal", sourceIPAddress="AWS Internal")
    assert denial.function == "orders"
    assert "aws:SourceIp" not in denial.context


def test_lambda_that_may_not_assume_the_role_is_heard() -> None:
    (denial,) = read(
        userIdentity={"type": "AWSService", "invokedBy": "lambda.amazonaws.com"},
        eventSource="sts.amazonaws.com",
        eventName="AssumeRole",
        errorMessage=None,
        requestParameters={"roleArn": ROLE, "roleSessionName": "orders"},
    )
    assert (denial.kind, denial.function, denial.action) == (Kind.LAMBDA_ASSUME_ROLE, "orders", "sts:AssumeRole")
    assert (denial.principal, denial.resource) == ("lambda.amazonaws.com", ROLE)


@pytest.mark.parametrize(
    ("words", "kind", "principal", "action"),
    [
        (
            "The role defined for the function cannot be assumed by Lambda.",
            Kind.LAMBDA_ASSUME_ROLE,
            "lambda.amazonaws.com",
            "sts:AssumeRole",
        ),
        (
            "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
            Kind.LAMBDA_VPC_ENI,
            ROLE,
            "ec2:CreateNetworkInterface",
        ),
        (
            "The provided execution role does not have permissions to call ReceiveMessage on SQS",
            Kind.IAM_DENIAL,
            ROLE,
            "sqs:ReceiveMessage",
        ),
    ],
)
def test_a_refusal_at_deployment_is_the_role_s_not_the_person_s(
    words: str, kind: Kind, principal: str, action: str
) -> None:
    (denial,) = read(
        userIdentity=PERSON,
        userAgent="aws-cli/2",
        eventSource="lambda.amazonaws.com",
        eventName="CreateFunction20150331",
        errorCode="InvalidParameterValueException",
        errorMessage=words,
        requestParameters={"functionName": "orders", "role": ROLE},
    )
    assert (denial.kind, denial.function) == (kind, "orders")
    assert (denial.principal, denial.action) == (principal, action)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(record())), json_values))
def test_no_record_whatever_raises(changed: dict[str, Any]) -> None:
    cloudtrail.from_record({**record(), **changed}, GROUND)
