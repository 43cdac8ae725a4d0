"""Which actions are never granted, which only after a yes, which at all, and who may be let in to start a function."""

from __future__ import annotations

from collections.abc import Mapping

from iam_watchdog.model import Words

NEVER: Mapping[str, Words] = {
    # Ways from few permissions to many, by path id of https://github.com/DataDog/pathfinding.cloud (2025-12), which
    # contains https://github.com/RhinoSecurityLabs/AWS-IAM-Privilege-Escalation and Bishop Fox's iam-vulnerable.
    "gives itself or another principal more: pathfinding iam-001 to iam-021, sts-001": (
        "iam:AddUserToGroup",
        "iam:AttachGroupPolicy",
        "iam:AttachRolePolicy",
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:CreatePolicyVersion",
        "iam:CreateRole",
        "iam:DeleteAccessKey",
        "iam:DeleteRolePermissionsBoundary",
        "iam:PassRole",
        "iam:PutGroupPolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:PutUserPolicy",
        "iam:SetDefaultPolicyVersion",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateLoginProfile",
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
        "sts:GetFederationToken",
    ),
    "runs code under another role: pathfinding lambda, ec2, ecs, glue, cloudformation, codebuild, sagemaker …": (
        "apprunner:CreateService",
        "apprunner:UpdateService",
        "bedrock-agentcore:CreateCodeInterpreter",
        "bedrock-agentcore:InvokeCodeInterpreter",
        "bedrock-agentcore:StartCodeInterpreterSession",
        "cloudformation:CreateChangeSet",
        "cloudformation:CreateStack",
        "cloudformation:CreateStackInstances",
        "cloudformation:CreateStackSet",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:UpdateStack",
        "cloudformation:UpdateStackSet",
        "codebuild:CreateProject",
        "codebuild:StartBuild",
        "codebuild:StartBuildBatch",
        "codebuild:UpdateProject",
        "datapipeline:ActivatePipeline",
        "datapipeline:CreatePipeline",
        "datapipeline:PutPipelineDefinition",
        "ec2-instance-connect:SendSSHPublicKey",
        "ec2:AssociateIamInstanceProfile",
        "ec2:CreateLaunchTemplateVersion",
        "ec2:ModifyInstanceAttribute",
        "ec2:ModifyLaunchTemplate",
        "ec2:ReplaceIamInstanceProfileAssociation",
        "ec2:RequestSpotInstances",
        "ec2:RunInstances",
        "ecs:CreateService",
        "ecs:ExecuteCommand",
        "ecs:RegisterTaskDefinition",
        "ecs:RunTask",
        "ecs:StartTask",
        "ecs:UpdateService",
        "glue:CreateDevEndpoint",
        "glue:CreateJob",
        "glue:CreateTrigger",
        "glue:StartJobRun",
        "glue:UpdateDevEndpoint",
        "glue:UpdateJob",
        "lambda:CreateEventSourceMapping",
        "lambda:CreateFunction",
        "lambda:PublishLayerVersion",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreateNotebookInstanceLifecycleConfig",
        "sagemaker:CreatePresignedNotebookInstanceUrl",
        "sagemaker:CreateProcessingJob",
        "sagemaker:CreateTrainingJob",
        "sagemaker:UpdateNotebookInstance",
        "sagemaker:UpdateNotebookInstanceLifecycleConfig",
        "ssm:SendCommand",
        "ssm:StartSession",
    ),
    # Access level "Permissions management" in https://servicereference.us-east-1.amazonaws.com, the ones that a
    # Lambda function's targets have; `guard` refuses the rest of that level too.
    "lets others in: a policy, a grant or an access list of a resource": (
        "dynamodb:PutResourcePolicy",
        "ecr:SetRepositoryPolicy",
        "events:PutPermission",
        "kms:CreateGrant",
        "kms:PutKeyPolicy",
        "lambda:AddLayerVersionPermission",
        "lambda:AddPermission",
        "lambda:CreateFunctionUrlConfig",
        "lambda:PutResourcePolicy",
        "lambda:UpdateFunctionUrlConfig",
        "logs:PutResourcePolicy",
        "s3:PutAccountPublicAccessBlock",
        "s3:PutBucketAcl",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutObjectAcl",
        "secretsmanager:PutResourcePolicy",
        "sns:AddPermission",
        "sns:SetTopicAttributes",
        "sqs:AddPermission",
        "sqs:SetQueueAttributes",
        "ssm:PutResourcePolicy",
    ),
    "destroys what cannot be brought back, or the record of it": (
        "cloudtrail:DeleteTrail",
        "cloudtrail:PutEventSelectors",
        "cloudtrail:StopLogging",
        "kms:DisableKey",
        "kms:ScheduleKeyDeletion",
        "logs:DeleteLogGroup",
        "s3:DeleteBucket",
    ),
}
"""Why, with its source → actions that no proposal of ours may carry, whoever asks."""

NEVER_SERVICES = frozenset({"iam", "organizations", "account", "sso", "sso-admin", "identitystore", "ram"})
"""Services of which no action at all is granted."""

ASK: Words = (
    # Data that leaves: no escalation, but what a forged log line would be after (DESIGN section 8).
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:PartiQLSelect",
    "dynamodb:Query",
    "dynamodb:Scan",
    "kinesis:GetRecords",
    "kms:Decrypt",
    "lambda:InvokeFunction",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
)
"""Only a person may say yes to these, however narrow."""

APPROVABLE: Words = (
    *ASK,
    "cloudwatch:PutMetricData",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeStream",
    "dynamodb:DescribeTable",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
    "events:PutEvents",
    "firehose:PutRecord",
    "firehose:PutRecordBatch",
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:ListStreams",
    "kinesis:PutRecord",
    "kinesis:PutRecords",
    "kinesis:SubscribeToShard",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetBucketLocation",
    "s3:ListBucketMultipartUploads",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "secretsmanager:DescribeSecret",
    "ses:SendEmail",
    "ses:SendRawEmail",
    "sns:Publish",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:SendMessage",
    "states:SendTaskFailure",
    "states:SendTaskHeartbeat",
    "states:SendTaskSuccess",
    "states:StartExecution",
    "states:StartSyncExecution",
    "xray:GetSamplingRules",
    "xray:GetSamplingStatisticSummaries",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)
"""What a function does at its targets in everyday work; an action that is not here stays advice."""

CALLERS: Words = (
    # Services that start functions, whose triggers can be named by ARN and asked about themselves:
    # https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
    "apigateway.amazonaws.com",
    # https://docs.aws.amazon.com/bedrock/latest/userguide/agents-permissions.html
    "bedrock.amazonaws.com",
    # https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
    "cognito-idp.amazonaws.com",
    # https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html
    "connect.amazonaws.com",
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    "elasticloadbalancing.amazonaws.com",
    "events.amazonaws.com",
    # https://docs.aws.amazon.com/iot/latest/developerguide/lambda-rule-action.html
    "iot.amazonaws.com",
    # https://docs.aws.amazon.com/lexv2/latest/dg/lambda-attach-api.html
    "lexv2.amazonaws.com",
    "logs.amazonaws.com",
    "s3.amazonaws.com",
    # https://docs.aws.amazon.com/ses/latest/dg/receiving-email-permissions.html
    "ses.amazonaws.com",
    "sns.amazonaws.com",
    # https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
    "vpc-lattice.amazonaws.com",
)
"""Service principals that an approved invoke permission may name; the fence in template.yaml has the same list.

AWS Config and Secrets Manager are let in by hand: their pages tie them to the account and say of no rule or secret that
it is named in the call, so that a permission is for all of theirs, and no trigger that was read proves it (see
remedy/callers.py). Schedules, state machines, pipes and pipelines call under a role of another owner, which the Hands
never write to.
"""
