"""A small account as AWS would answer about it: one function, its role, a bucket and its key."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from iam_watchdog.model import Denial, Witness
from iam_watchdog.ports import Settings
from tests.aws.answers import ACCOUNT, REGION, Refusal, Reply

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app/orders-role"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/orders-role/orders"
BUCKET = "arn:aws:s3:::shop-orders"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1111-2222"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/dev-boundary"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
SETTINGS = Settings(account=ACCOUNT, region=REGION, kill_switch="/iam-watchdog/iam-watchdog/enabled")


def statement(**elements: Any) -> dict[str, Any]:
    """A policy document of one statement."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **elements}]}


TRUST = statement(Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole")
INLINE = statement(Action="s3:GetObject", Resource=BUCKET)
MANAGED = {
    BASIC: statement(Action=["logs:PutLogEvents"], Resource="*"),
    BOUNDARY: statement(Action=["s3:*", "logs:*"], Resource="*"),
}
BUCKET_POLICY = json.dumps(statement(Principal="*", Action="s3:GetObject", Resource=f"{BUCKET}/*"), indent=1)
KEY_POLICY = json.dumps(statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Action="kms:*", Resource="*"))

CONFIGURATION: dict[str, Any] = {
    "FunctionName": "orders",
    "FunctionArn": FUNCTION,
    "Role": ROLE,
    "State": "Active",
    "Timeout": 30,
    "CodeSha256": "c0de",
    "Environment": {"Variables": {"TOKEN": "hunter2"}},
    "LoggingConfig": {"LogGroup": "/aws/lambda/orders"},
}


def policy_arn(params: Any) -> str:
    """The policy that a call asks for."""
    return str(params["PolicyArn"])


def default(params: Any, version: str, id_: str = "ANPA") -> dict[str, Any]:
    """A managed policy and which of its versions is in force."""
    name = policy_arn(params).rsplit("/", 1)[-1]
    unique = f"{id_}{name.upper()}".ljust(21, "0")[:21]
    return {"Arn": policy_arn(params), "PolicyId": unique, "DefaultVersionId": version}


def shop() -> dict[str, Reply]:
    """What AWS answers when nothing is wrong."""
    return {
        "lambda:GetFunctionConfiguration": CONFIGURATION,
        "lambda:ListTags": {"Tags": {"team": "shop"}},
        "lambda:ListFunctions": {"Functions": [CONFIGURATION, {"FunctionName": "refunds", "Role": ROLE}]},
        "iam:GetRole": {"Role": _role()},
        "iam:ListRolePolicies": {"PolicyNames": ["reads"]},
        "iam:GetRolePolicy": {"RoleName": "orders-role", "PolicyName": "reads", "PolicyDocument": json.dumps(INLINE)},
        "iam:ListAttachedRolePolicies": {"AttachedPolicies": [{"PolicyName": "Basic", "PolicyArn": BASIC}]},
        "iam:GetPolicy": lambda params: {"Policy": default(params, "v7")},
        "iam:GetPolicyVersion": lambda params: {
            "PolicyVersion": {"VersionId": params["VersionId"], "Document": json.dumps(MANAGED[policy_arn(params)])}
        },
        "cloudformation:DescribeStackResources": {"StackResources": [_resource()]},
        "s3:GetBucketPolicy": {"Policy": BUCKET_POLICY},
        "s3:GetBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": [_encryption()]}},
        "s3:GetBucketOwnershipControls": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
        "s3:GetPublicAccessBlock": {"PublicAccessBlockConfiguration": {"BlockPublicPolicy": True}},
        "kms:DescribeKey": {"KeyMetadata": _key()},
        "kms:GetKeyPolicy": {"Policy": KEY_POLICY},
        "kms:ListGrants": {"Grants": [_grant()]},
        "organizations:DescribeOrganization": Refusal("AWSOrganizationsNotInUseException", "not in use", 400),
    }


def _role() -> dict[str, Any]:
    return {
        "Path": "/app/",
        "RoleName": "orders-role",
        "RoleId": "AROAORDERSROLE000000",
        "Arn": ROLE,
        "CreateDate": NOON,
        "AssumeRolePolicyDocument": json.dumps(TRUST),
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": BOUNDARY},
        "Tags": [{"Key": "iam-watchdog", "Value": "approve"}],
    }


def _resource() -> dict[str, Any]:
    return {
        "StackName": "shop",
        "LogicalResourceId": "OrdersRole",
        "PhysicalResourceId": "orders-role",
        "ResourceType": "AWS::IAM::Role",
        "Timestamp": NOON,
        "ResourceStatus": "CREATE_COMPLETE",
    }


def _encryption() -> dict[str, Any]:
    return {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}


def _key() -> dict[str, Any]:
    return {"KeyId": "1111-2222", "Arn": KEY, "AWSAccountId": ACCOUNT, "KeyManager": "CUSTOMER", "KeyState": "Enabled"}


def _grant() -> dict[str, Any]:
    return {"KeyId": KEY, "GranteePrincipal": ROLE, "Operations": ["Decrypt"], "Name": "orders"}


NO_SUCH = {name: Refusal(name, "not there", 404) for name in ("NoSuchEntity", "NoSuchBucket", "NoSuchBucketPolicy")}


def denial(**changed: Any) -> Denial:
    """An object of the bucket that the function may not read."""
    given: dict[str, Any] = {
        "witness": Witness.LOG,
        "at": NOON,
        "account": ACCOUNT,
        "region": REGION,
        "function": "orders",
        "qualifier": "$LATEST",
        "principal": SESSION,
        "action": "s3:GetObject",
        "resource": f"{BUCKET}/incoming/a.json",
        "scope": f"{BUCKET}/incoming/*",
        "origin": "/aws/lambda/orders 2026/11/23/[$LATEST]0123",
    }
    return Denial(**(given | changed))


def stream() -> dict[str, Any]:
    """A Kinesis stream's summary."""
    return {
        "StreamName": "orders",
        "StreamARN": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/orders",
        "StreamStatus": "ACTIVE",
        "RetentionPeriodHours": 24,
        "StreamCreationTimestamp": NOON,
        "EnhancedMonitoring": [],
        "OpenShardCount": 1,
        "KeyId": KEY,
    }
