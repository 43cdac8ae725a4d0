"""The condition keys of a call: what AWS always sends, what it never sends, and what it reported about this one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from iam_watchdog.model import Denial, Evidence, Function, Kind, Role, Words
from iam_watchdog.remedy.arns import part
from iam_watchdog.remedy.behind import point_of
from iam_watchdog.rules.case import told_by_aws

_TAG = re.compile(r"aws:PrincipalTag/([\w .:/=+@-]{1,128})", re.IGNORECASE)
CALLS_KMS: Mapping[str, str] = {
    # Operations that make their service call KMS on the caller's behalf: the text names them beside a kms: action.
    "GetObject": "s3",
    "PutObject": "s3",
    "CopyObject": "s3",
    "CreateMultipartUpload": "s3",
    "UploadPart": "s3",
    "CompleteMultipartUpload": "s3",
    "GetSecretValue": "secretsmanager",
    "BatchGetSecretValue": "secretsmanager",
    "PutSecretValue": "secretsmanager",
    "UpdateSecret": "secretsmanager",
    "GetParameter": "ssm",
    "GetParameters": "ssm",
    "GetParametersByPath": "ssm",
    "GetParameterHistory": "ssm",
    "PutParameter": "ssm",
    "SendMessage": "sqs",
    "SendMessageBatch": "sqs",
    "ReceiveMessage": "sqs",
    "Publish": "sns",
    "PublishBatch": "sns",
    "PutRecord": "kinesis",
    "PutRecords": "kinesis",
    "GetRecords": "kinesis",
    "GetItem": "dynamodb",
    "PutItem": "dynamodb",
    "UpdateItem": "dynamodb",
    "DeleteItem": "dynamodb",
    "Query": "dynamodb",
    "Scan": "dynamodb",
}
PASSED_TO: Mapping[str, str] = {
    # Operations that hand a role to one service, whatever product they belong to; a name that several have is not here.
    "CreateFunction": "lambda",
    "UpdateFunctionConfiguration": "lambda",
    "CreateStateMachine": "states",
    "UpdateStateMachine": "states",
    "CreateSchedule": "scheduler",
    "UpdateSchedule": "scheduler",
    "PutRule": "events",
    "PutTargets": "events",
    "CreatePipe": "pipes",
    "UpdatePipe": "pipes",
    "RunTask": "ecs-tasks",
    "StartTask": "ecs-tasks",
    "RegisterTaskDefinition": "ecs-tasks",
    "RunInstances": "ec2",
    "AssociateIamInstanceProfile": "ec2",
    "CreateStack": "cloudformation",
    "UpdateStack": "cloudformation",
    "CreateChangeSet": "cloudformation",
    "CreateDeliveryStream": "firehose",
    "CreateTrainingJob": "sagemaker",
    "CreateProcessingJob": "sagemaker",
    "CreateNotebookInstance": "sagemaker",
    "CreateKnowledgeBase": "bedrock",
    "CreateModelInvocationJob": "bedrock",
    "StartTextTranslationJob": "translate",
    "PutSubscriptionFilter": "logs",
    "CreateFlowLogs": "vpc-flow-logs",
}
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"""


def context_of(denial: Denial, evidence: Evidence, resource: str, account: str) -> Mapping[str, Words]:
    """Keys that AWS sends with every call of a function, and what it reported about this one.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    return {
        "aws:PrincipalAccount": (denial.account,),
        "aws:PrincipalType": ("AssumedRole",),
        "aws:RequestedRegion": (denial.region,),
        "aws:SecureTransport": ("true",),
        "aws:ResourceAccount": (account,),
        "aws:CurrentTime": (f"{denial.at:%Y-%m-%dT%H:%M:%SZ}",),
        "aws:EpochTime": (str(int(denial.at.timestamp())),),
        **_of_caller(evidence),
        **({"lambda:SourceFunctionArn": ()} if denial.kind is Kind.LAMBDA_VPC_ENI else {}),  # Lambda calls for itself.
        **_passed(denial, resource),
        **_of_key(denial, via_service(denial, evidence, resource)),
        **_of_point(resource, evidence),
        **_never_sent(evidence.function),
        **_organization(evidence),
        **told_by_aws.context_of(denial, evidence),
        **denial.context,
    }


def _of_caller(evidence: Evidence) -> dict[str, Words]:
    """The role with its tags and id, and the function whose code runs under it."""
    role, function = evidence.role, evidence.function
    context: dict[str, Words] = {"lambda:SourceFunctionArn": (function.arn,)} if function else {}
    if role:
        context |= {"aws:PrincipalArn": (role.arn,)}
        context |= {f"aws:PrincipalTag/{key}": (value,) for key, value in role.tags.items()}
        context |= _untagged(role, evidence) if role.id else {}
    if role and role.id and function:
        context["aws:userid"] = (f"{role.id}:{function.name}",)
    return context


def _untagged(role: Role, evidence: Evidence) -> dict[str, Words]:
    """Tags that the policies ask for: where the role was read, a tag that it does not bear is known not to be sent.

    Lambda passes no session tags: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
    """
    borne = {key.lower() for key in role.tags}
    asked = {key.lower(): key for policy in evidence.policies for key in _TAG.findall(policy.text)}
    return {f"aws:PrincipalTag/{key}": () for lower, key in asked.items() if lower not in borne}


def _of_key(denial: Denial, via: str) -> dict[str, Words]:
    """Whether another service calls on the function's behalf; of a call of KMS only its operation tells."""
    if via:
        return {"kms:ViaService": (via,), "aws:ViaAWSService": ("true",)}
    if not denial.action.startswith("kms:"):
        return {"aws:ViaAWSService": ("false",)}
    operation = denial.said.operation if denial.said else None
    itself = operation is not None and denial.action.startswith(f"kms:{operation}")
    return {"kms:ViaService": (), "aws:ViaAWSService": ("false",)} if itself else {}


def _passed(denial: Denial, resource: str) -> dict[str, Words]:
    """The service that a role is handed to; of a call that passes a role only the operation around it tells.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_PassedToService
    """
    operation = denial.said.operation if denial.said and denial.action.lower() == "iam:passrole" else None
    service = PASSED_TO.get(operation or "", "")
    if not service or _suffix(resource):
        return {}  # In China some services have a principal of their own, and some the world's.
    return {"iam:PassedToService": (f"{service}.amazonaws.com",)}


def _of_point(resource: str, evidence: Evidence) -> dict[str, Words]:
    """Which access point a call comes through: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html"""
    point = point_of(resource, evidence)
    if point is None:
        return {}
    keys = {"s3:DataAccessPointArn": point.arn, "s3:DataAccessPointAccount": point.account}
    return {key: (value,) for key, value in {**keys, "s3:AccessPointNetworkOrigin": point.traits["origin"]}.items()}


def _never_sent(function: Function | None) -> dict[str, Words]:
    """Keys of private networks, absent from what a function outside any VPC calls; and the one of topics' own policies.

    AWS:SourceOwner stands in every default topic policy and is sent by services alone: were it sent with a role's call,
    no role of the account would ever be refused. https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """
    outside = function is not None and not function.in_vpc
    private = ("aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp") if outside else ()
    return dict.fromkeys(("aws:SourceOwner", *private), ())


def _organization(evidence: Evidence) -> dict[str, Words]:
    """An account outside any organization sends no organization."""
    keys = ("aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:ResourceOrgID", "aws:ResourceOrgPaths")
    return dict.fromkeys(keys, ()) if evidence.facts.get("organization") == "none" else {}


def via_service(denial: Denial, evidence: Evidence, key: str) -> str:
    """The service that called KMS for the function, or "" for a call of the function itself or when nobody knows."""
    if not denial.action.startswith("kms:"):
        return ""
    if known := denial.context.get("kms:ViaService"):
        return known[0]
    operation = denial.said.operation if denial.said else None
    service = CALLS_KMS.get(operation or "", "")
    if operation is None:
        encrypted = next((t for t in evidence.targets if t.key == key and t.arn != key), None)
        service = part(encrypted.arn, 2) if encrypted else ""
    return f"{service}.{denial.region}.amazonaws.com{_suffix(key)}" if service else ""


def _suffix(arn: str) -> str:
    return ".cn" if part(arn, 1) == "aws-cn" else ""
