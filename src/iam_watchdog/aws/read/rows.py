"""Where services without a reader of their own keep the policy of a resource: one row for each call that shows one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iam_watchdog.model import Words

NAME = r"[A-Za-z0-9][\w.@+-]*"
"""A part of an ARN that may stand in the path of a call: whoever writes a log line chooses it, and `..` is none."""
NOT_FOUND = ("ResourceNotFoundException",)


@dataclass(frozen=True, slots=True)
class Row:
    """One call that shows the policy of one kind of resource."""

    service: str
    """As in the ARN."""
    named: str
    """Pattern of the beginning of the ARN's last part; its groups may stand in the texts below."""
    policy: str
    """What the policy is called."""
    action: str
    """The IAM action that the call needs."""
    asked: str
    """The client and its method."""
    params: Mapping[str, str]
    found: str
    """Where the document stands in the answer; `*` is every one of a mapping from name to document."""
    none: Words = NOT_FOUND
    """The error codes that mean "no policy", or no such resource."""
    carrier: str = "{named}"
    """Last part of the ARN of what carries the policy."""
    first: tuple[str, Mapping[str, str], str] | None = None
    """A method whose answer tells more names, its parameters, and the IAM action that it needs."""
    escaped: bool = False
    """The document comes with a backslash before each quotation mark."""


def _n(pattern: str) -> str:
    """The pattern with <word> for a group of that name."""
    return pattern.replace("<", "(?P<").replace(">", f">{NAME})")


_ARN = {"resourceArn": "{arn}"}
_ARN_UPPER = {"ResourceArn": "{arn}"}
_CONTROL = {"AccountId": "{account}", "Name": "{name}"}
_CONTROL_ARN = {"AccountId": "{account}", "Name": "{arn}"}
_NO_POINT = ("NoSuchAccessPointPolicy", "NoSuchAccessPoint", "NoSuchObjectLambdaAccessPoint")
_NO_BUCKET = ("NoSuchBucketPolicy", "NoSuchBucket", "NoSuchOutpost", "NotFound")
_GONE = ("NotFoundException",)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("acm-pca", _n("certificate-authority/<id>"), "certificate authority policy",
        "acm-pca:GetPolicy", "acm-pca.get_policy", _ARN_UPPER, "Policy"),
    Row("aps", _n("workspace/<id>"), "workspace policy",
        "aps:DescribeResourcePolicy", "amp.describe_resource_policy", {"workspaceId": "{id}"}, "policyDocument"),
    Row("backup", _n("backup-vault:<name>"), "vault policy",
        "backup:GetBackupVaultAccessPolicy", "backup.get_backup_vault_access_policy", {"BackupVaultName": "{name}"},
        "Policy"),
    Row("bedrock", _n("(custom-model/.+|(guardrail|guardrail-profile)/<id>)"), "Bedrock resource policy",
        "bedrock:GetResourcePolicy", "bedrock.get_resource_policy", _ARN, "resourcePolicy"),
    Row("bedrock", _n("knowledge-base/<id>"), "knowledge base policy",
        "bedrock:GetResourcePolicy", "bedrock-agent.get_resource_policy", _ARN, "policy"),
    Row("bedrock-agentcore", _n("runtime/<id>/runtime-endpoint/<name>"), "endpoint policy",
        "bedrock-agentcore:GetResourcePolicy", "bedrock-agentcore-control.get_resource_policy", _ARN, "policy"),
    Row("bedrock-agentcore", _n("(gateway|runtime)/<id>"), "AgentCore policy",
        "bedrock-agentcore:GetResourcePolicy", "bedrock-agentcore-control.get_resource_policy", _ARN, "policy"),
    Row("cloudtrail", _n("(channel|dashboard|eventdatastore)/<id>"), "CloudTrail resource policy",
        "cloudtrail:GetResourcePolicy", "cloudtrail.get_resource_policy", _ARN_UPPER, "ResourcePolicy",
        none=("ResourcePolicyNotFoundException", *NOT_FOUND)),
    Row("codeartifact", _n("(repository|package)/<domain>/<repository>"), "repository policy",
        "codeartifact:GetRepositoryPermissionsPolicy", "codeartifact.get_repository_permissions_policy",
        {"domain": "{domain}", "domainOwner": "{account}", "repository": "{repository}"}, "policy.document",
        carrier="repository/{domain}/{repository}"),
    Row("codeartifact", _n("(domain|repository|package)/<domain>"), "domain policy",
        "codeartifact:GetDomainPermissionsPolicy", "codeartifact.get_domain_permissions_policy",
        {"domain": "{domain}", "domainOwner": "{account}"}, "policy.document", carrier="domain/{domain}"),
    Row("codebuild", _n("(project|report-group)/<name>"), "CodeBuild resource policy",
        "codebuild:GetResourcePolicy", "codebuild.get_resource_policy", _ARN, "policy"),
    Row("comprehend", _n("(document-classifier|entity-recognizer)/<name>(/version/<version>)?"), "model policy",
        "comprehend:DescribeResourcePolicy", "comprehend.describe_resource_policy", _ARN_UPPER, "ResourcePolicy"),
    Row("dsql", _n("cluster/<id>"), "cluster policy",
        "dsql:GetClusterPolicy", "dsql.get_cluster_policy", {"identifier": "{id}"}, "policy"),
    Row("events", _n("event-busv2/<name>/<id>"), "bus policy",
        "events:GetResourcePolicy", "eventbridgev2.get_resource_policy", _ARN_UPPER, "PolicyDocument"),
    # HTTP and WebSocket APIs have none, and are not found under this call:
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html
    Row("execute-api", "(?P<id>[a-z0-9]+)", "API policy",
        "apigateway:GET", "apigateway.get_rest_api", {"restApiId": "{id}"}, "policy", none=_GONE, escaped=True),
    Row("glacier", _n("vaults/<name>"), "vault policy",
        "glacier:GetVaultAccessPolicy", "glacier.get_vault_access_policy",
        {"accountId": "{account}", "vaultName": "{name}"}, "policy.Policy"),
    # One for the whole catalog of the account:
    # https://docs.aws.amazon.com/glue/latest/dg/security_iam_service-with-iam.html
    Row("glue", r"\w+", "catalog policy",
        "glue:GetResourcePolicy", "glue.get_resource_policy", {}, "PolicyInJson",
        none=("EntityNotFoundException",), carrier="catalog"),
    Row("kafka", _n("(cluster|topic|group|transactional-id)/<name>/<id>"), "cluster policy",
        "kafka:GetClusterPolicy", "kafka.get_cluster_policy", {"ClusterArn": "{arn}"}, "Policy",
        none=_GONE, carrier="cluster/{name}/{id}"),
    Row("lex", _n("(bot/<id>|bot-alias/<bot>/<alias>)"), "bot policy",
        "lex:DescribeResourcePolicy", "lexv2-models.describe_resource_policy", _ARN, "policy"),
    Row("osis", _n("pipeline/<name>"), "pipeline policy",
        "osis:GetResourcePolicy", "osis.get_resource_policy", _ARN_UPPER, "Policy"),
    Row("payment-cryptography", _n("key/<id>"), "key policy",
        "payment-cryptography:GetResourcePolicy", "payment-cryptography.get_resource_policy", _ARN_UPPER, "Policy"),
    Row("redshift-serverless", _n("snapshot/<id>"), "snapshot policy",
        "redshift-serverless:GetResourcePolicy", "redshift-serverless.get_resource_policy", _ARN,
        "resourcePolicy.policy"),
    Row("s3-object-lambda", _n("accesspoint/<name>"), "Object Lambda access point policy",
        "s3:GetAccessPointPolicyForObjectLambda", "s3control.get_access_point_policy_for_object_lambda", _CONTROL,
        "Policy", none=_NO_POINT),
    Row("s3-outposts", _n("outpost/<outpost>/bucket/<name>"), "bucket policy",
        "s3-outposts:GetBucketPolicy", "s3control.get_bucket_policy",
        {"AccountId": "{account}", "Bucket": "{arn}"}, "Policy", none=_NO_BUCKET),
    Row("s3-outposts", _n("outpost/<outpost>/accesspoint/<name>"), "access point policy",
        "s3-outposts:GetAccessPointPolicy", "s3control.get_access_point_policy", _CONTROL_ARN, "Policy",
        none=_NO_POINT),
    # Which refuses the owner that it is told to expect:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
    Row("s3express", _n("bucket/<name>"), "bucket policy",
        "s3express:GetBucketPolicy", "s3.get_bucket_policy", {"Bucket": "{name}"}, "Policy", none=_NO_BUCKET),
    Row("s3express", _n("accesspoint/<name>"), "access point policy",
        "s3express:GetAccessPointPolicy", "s3control.get_access_point_policy", _CONTROL, "Policy", none=_NO_POINT),
    Row("s3tables", _n("bucket/<bucket>/table/<id>"), "table policy",
        "s3tables:GetTablePolicy", "s3tables.get_table_policy",
        {"tableBucketARN": "{place}bucket/{bucket}", "namespace": "{namespace}", "name": "{name}"}, "resourcePolicy",
        none=_GONE, first=("get_table", {"tableArn": "{arn}"}, "s3tables:GetTable")),
    Row("s3tables", _n("bucket/<bucket>"), "table bucket policy",
        "s3tables:GetTableBucketPolicy", "s3tables.get_table_bucket_policy", {"tableBucketARN": "{arn}"},
        "resourcePolicy", none=_GONE),
    Row("s3vectors", _n("bucket/<bucket>"), "vector bucket policy",
        "s3vectors:GetVectorBucketPolicy", "s3vectors.get_vector_bucket_policy", {"vectorBucketArn": "{arn}"},
        "policy", none=_GONE),
    Row("schemas", _n("(registry|schema)/<name>"), "registry policy",
        "schemas:GetResourcePolicy", "schemas.get_resource_policy", {"RegistryName": "{name}"}, "Policy",
        none=_GONE, carrier="registry/{name}"),
    Row("ses", _n("identity/<name>"), "sending authorization",
        "ses:GetEmailIdentityPolicies", "sesv2.get_email_identity_policies", {"EmailIdentity": "{name}"},
        "Policies.*", none=_GONE),
    Row("sms-voice", _n("(phone-number|pool|opt-out-list|sender-id)/<id>(/<country>)?"), "sender policy",
        "sms-voice:GetResourcePolicy", "pinpoint-sms-voice-v2.get_resource_policy", _ARN_UPPER, "Policy"),
)
# fmt: on
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html"""

UNHEARD: Mapping[str, str] = {
    "aoss": "OpenSearch Serverless decides by data access policies of its own, which are no IAM policies: look there",
    "signer": "Signer lists permissions one by one and shows no document: see list-profile-permissions",
    "vpc-lattice": "VPC Lattice wants an Allow from service, network and role alike: look at the auth policies",
    "xray": "X-Ray's resource policies are the account's and admit services alone",
}
"""Services whose resource policies have no reader, and why."""
