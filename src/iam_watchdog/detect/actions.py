"""API operation → IAM action. Most bear the same name; the exceptions are listed, each with its page.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

PREFIXES = {
    "monitoring": "cloudwatch",
    "email": "ses",
    "sesv2": "ses",
    "stepfunctions": "states",
    "eventbridge": "events",
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "streams.dynamodb": "dynamodb",
    "dynamodbstreams": "dynamodb",
    "dynamodbv2": "dynamodb",
    "bedrock-runtime": "bedrock",
    "bedrock-agent-runtime": "bedrock",
    "elasticfilesystem": "elasticfilesystem",
    "simplesystemsmanagement": "ssm",
    "iot-data": "iot",
    "data.iot": "iot",
    "cognitoidentityprovider": "cognito-idp",
    "s3-control": "s3",
    "runtime.sagemaker": "sagemaker",
    "kinesisfirehose": "firehose",
    "lambdainternal": "lambda",
    "identitymanagement": "iam",
    "securitytokenservice": "sts",
    "entitlement.marketplace": "aws-marketplace",
    "metering.marketplace": "aws-marketplace",
    "api.ecr": "ecr",
    "opensearch": "es",
    "elasticsearch": "es",
    "sfn": "states",
    "iotdata": "iot",
    "tagging": "tag",
    "cloudcontrolapi": "cloudformation",
    "mturk-requester": "mechanicalturk",
    "iotsecuredtunneling": "iot",
    "states-sync": "states",
    "sync-states": "states",
}
"""Endpoint, event source or SDK name → IAM prefix, where they differ."""

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
_S3 = {
    "HeadObject": "GetObject",
    "SelectObjectContent": "GetObject",
    "GetObjectAttributes": "GetObjectAttributes",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "DeleteObjects": "DeleteObject",
    "ListParts": "ListMultipartUploadParts",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadBucket": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListBuckets": "ListAllMyBuckets",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketCors": "GetBucketCORS",
    "PutBucketCors": "PutBucketCORS",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
    "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
    "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
    "PutBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "WriteGetObjectResponse": "s3-object-lambda:WriteGetObjectResponse",
    "CreateSession": "s3express:CreateSession",
    "ListDirectoryBuckets": "s3express:ListAllMyDirectoryBuckets",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
    "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
    "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
    "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
    "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
    "CreateBucketMetadataConfiguration": "CreateBucketMetadataTableConfiguration",
    "DeleteBucketMetadataConfiguration": "DeleteBucketMetadataTableConfiguration",
    "GetBucketMetadataConfiguration": "GetBucketMetadataTableConfiguration",
}
# Transactions need the plain actions; ExecuteStatement is one of four PartiQL actions.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
_DYNAMODB = {
    "TransactGetItems": "GetItem",
    "TransactWriteItems": "PutItem",
    "ExecuteStatement": "PartiQLSelect",
    "BatchExecuteStatement": "PartiQLSelect",
    "ExecuteTransaction": "PartiQLSelect",
}
_KMS = {
    "ReEncrypt": "ReEncryptFrom"
}  # https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
# https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
_LAMBDA = {
    "Invoke": "InvokeFunction",
    "InvokeAsync": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
    "GetLayerVersionByArn": "GetLayerVersion",
}
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
_SQS = {
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}
_SNS = {"PublishBatch": "Publish"}  # https://docs.aws.amazon.com/sns/latest/dg/sns-message-batching.html
# https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-call.html
_BEDROCK = {
    "Converse": "InvokeModel",
    "ConverseStream": "InvokeModelWithResponseStream",
    "StartAsyncInvoke": "InvokeModel",
    "RetrieveAndGenerateStream": "RetrieveAndGenerate",
}
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
_EXECUTE_API = {
    "PostToConnection": "ManageConnections",
    "GetConnection": "ManageConnections",
    "DeleteConnection": "ManageConnections",
}
# https://docs.aws.amazon.com/verifiedpermissions/latest/userguide/security_iam_service-with-iam.html
_PERMISSIONS = {"BatchIsAuthorized": "IsAuthorized", "BatchIsAuthorizedWithToken": "IsAuthorizedWithToken"}
EXCEPTIONS = {
    "s3": _S3,
    "dynamodb": _DYNAMODB,
    "kms": _KMS,
    "lambda": _LAMBDA,
    "sqs": _SQS,
    "sns": _SNS,
    "bedrock": _BEDROCK,
    "execute-api": _EXECUTE_API,
    "verifiedpermissions": _PERMISSIONS,
}
_VERBS = frozenset({"apigateway", "neptune-db", "budgets", "cassandra"})
"""Services whose actions are verbs of their own, not operations; a message of theirs names the action itself."""

_RUNTIME = {
    "s3": "GetObject PutObject DeleteObject GetObjectTagging PutObjectTagging GetObjectAcl PutObjectAcl"
    " GetBucketLocation AbortMultipartUpload RestoreObject"
    " GetBucketPolicy PutBucketPolicy GetBucketAcl GetBucketTagging PutBucketTagging"
    " GetBucketVersioning PutBucketVersioning GetBucketLogging GetBucketWebsite CreateBucket DeleteBucket",
    "dynamodb": "GetItem PutItem UpdateItem DeleteItem Query Scan BatchGetItem BatchWriteItem DescribeTable"
    " DescribeTimeToLive",
    "sqs": "SendMessage ReceiveMessage DeleteMessage GetQueueUrl GetQueueAttributes CreateQueue PurgeQueue ListQueues"
    " ChangeMessageVisibility",
    "sns": "Publish CreateTopic GetTopicAttributes ListTopics",
    "kms": "Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext Sign Verify",
    "secretsmanager": "GetSecretValue PutSecretValue DescribeSecret BatchGetSecretValue",
    "ssm": "GetParameter GetParameters GetParametersByPath PutParameter SendCommand",
    "kinesis": "PutRecords GetRecords GetShardIterator ListShards DescribeStreamSummary",
    "events": "PutEvents PutRule PutTargets",
    "states": "StartExecution StartSyncExecution SendTaskSuccess SendTaskFailure",
    "cloudwatch": "PutMetricData GetMetricData GetMetricStatistics",
    "logs": "CreateLogGroup CreateLogStream PutLogEvents StartQuery FilterLogEvents",
    "sts": "AssumeRole AssumeRoleWithWebIdentity GetFederationToken",
    "lambda": "Invoke InvokeAsync",
    "xray": "PutTraceSegments PutTelemetryRecords",
}
"""Operations that functions call at run time and that belong to one service only: a bare denial names no service."""
_OWNER = {
    name: service
    for service, names in _RUNTIME.items()
    for name in (*names.split(), *EXCEPTIONS.get(service, {}))
    if (service, name) != ("dynamodb", "ExecuteStatement")
}
_CASES = {f"{service}:{name}".lower(): f"{service}:{name}" for name, service in _OWNER.items()}
_CASES |= {f"{s}:{n}".lower(): f"{s}:{n}" for s, names in EXCEPTIONS.items() for n in names.values() if ":" not in n}


def for_operation(service: str, operation: str) -> str | None:
    """The IAM action that an API operation needs first; None if it cannot be told from the operation's name."""
    if not service or not operation:
        return None
    service = service.lower()
    prefix = PREFIXES.get(service, service)
    name = operation[0].upper() + operation[1:]
    if prefix in _VERBS:
        return None
    action = EXCEPTIONS.get(prefix, {}).get(name, name)
    return action if ":" in action else f"{prefix}:{action}"


def owner(operation: str) -> str | None:
    """The one service that a run-time operation belongs to."""
    return _OWNER.get(operation)


def in_service_case(action: str) -> str:
    """The action as the service writes it: SQS prints `sqs:sendmessage`, SNS `SNS:Publish`."""
    service, colon, name = "".join(action.split()).partition(":")
    if not colon:
        return ""
    plain = f"{service.lower()}:{name}"
    return _CASES.get(plain.lower(), plain)
