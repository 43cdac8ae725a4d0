"""Services that call a function by its own policy, read from their side: one listing a kind, and what it leaves out."""

from __future__ import annotations

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.read import starting
from iam_watchdog.aws.survey.found import Found, few, one, pages

ACTIONS = (
    "cognito-idp:DescribeUserPool",
    "cognito-idp:ListUserPools",
    "config:DescribeConfigRules",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "iot:DescribeAuthorizer",
    "iot:GetTopicRule",
    "iot:ListAuthorizers",
    "iot:ListTopicRules",
    "secretsmanager:ListSecrets",
    "ses:DescribeActiveReceiptRuleSet",
    "vpc-lattice:ListTargetGroups",
    "vpc-lattice:ListTargets",
)


def target_groups(clients: Clients, account: str) -> Found:
    """Application Load Balancers; a target group that no load balancer uses calls nobody.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    client = clients.get("elbv2")
    listed = pages(client.describe_target_groups, "TargetGroups", "NextMarker", asked_by="Marker")
    ours = (group for group in listed if group.get("TargetType") == "lambda" and group.get("LoadBalancerArns"))
    for arn in (group["TargetGroupArn"] for group in few(ours, "load balancer target groups")):
        for row in client.describe_target_health(TargetGroupArn=arn).get("TargetHealthDescriptions", ()):
            yield from one(row["Target"]["Id"], "elasticloadbalancing.amazonaws.com", arn)


def lattice(clients: Clients, account: str) -> Found:
    """VPC Lattice; a target group that no service uses calls nobody.

    https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
    """
    client = clients.get("vpc-lattice")
    listed = pages(client.list_target_groups, "items", "nextToken", targetGroupType="LAMBDA")
    for group in few((group for group in listed if group.get("serviceArns")), "VPC Lattice target groups"):
        for row in client.list_targets(targetGroupIdentifier=group["id"]).get("items", ()):
            yield from one(row["id"], "vpc-lattice.amazonaws.com", group["arn"])


def user_pools(clients: Clients, account: str) -> Found:
    """Triggers of Cognito user pools, whatever their names: each new one is a further key.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
    """
    client = clients.get("cognito-idp")
    for row in few(pages(client.list_user_pools, "UserPools", "NextToken", MaxResults=60), "Cognito user pools"):
        whole = client.describe_user_pool(UserPoolId=row["Id"])["UserPool"]
        arn = f"arn:{here(clients, 'cognito-idp', account)}:userpool/{row['Id']}"
        for target in dict.fromkeys(starting.by_pool(whole.get("LambdaConfig") or {})):
            yield from one(target, "cognito-idp.amazonaws.com", arn, account)


def here(clients: Clients, service: str, account: str) -> str:
    """The beginning of an ARN, for services that tell the names of things only."""
    return f"{clients.partition(clients.region) or 'aws'}:{service}:{clients.region}:{account}"


def config_rules(clients: Clients, account: str) -> Found:
    """AWS Config's custom rules: https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules.html"""
    for rule in pages(clients.get("config").describe_config_rules, "ConfigRules", "NextToken"):
        for target in starting.by_config_rule(rule):
            yield from one(target, "config.amazonaws.com", rule["ConfigRuleArn"], account)


def topic_rules(clients: Clients, account: str) -> Found:
    """AWS IoT's rules, and what they call when an action of theirs fails.

    https://docs.aws.amazon.com/iot/latest/developerguide/lambda-rule-action.html
    """
    client = clients.get("iot")
    listed = pages(client.list_topic_rules, "rules", "nextToken")
    for row in few((row for row in listed if not row.get("ruleDisabled")), "IoT topic rules"):
        whole = client.get_topic_rule(ruleName=row["ruleName"])
        for target in dict.fromkeys(starting.by_topic_rule(whole["rule"])):
            yield from one(target, "iot.amazonaws.com", whole["ruleArn"], account)


def secrets(clients: Clients, account: str) -> Found:
    """Secrets that a function rotates: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions.html"""
    for secret in pages(clients.get("secretsmanager").list_secrets, "SecretList", "NextToken", MaxResults=100):
        for target in starting.by_secret(secret):
            yield from one(target, "secretsmanager.amazonaws.com", secret["ARN"], account)


def authorizers(clients: Clients, account: str) -> Found:
    """AWS IoT's custom authorizers; the page names the authorizer, and no account, for their permission.

    https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-authorize.html
    """
    client = clients.get("iot")
    listed = pages(client.list_authorizers, "authorizers", "nextMarker", asked_by="marker", status="ACTIVE")
    for row in few(listed, "IoT authorizers"):
        whole = client.describe_authorizer(authorizerName=row["authorizerName"])["authorizerDescription"]
        for target in starting.by_authorizer(whole):
            yield from one(target, "iot.amazonaws.com", whole["authorizerArn"])


def receipt_rules(clients: Clients, account: str) -> Found:
    """SES for incoming mail: the rules of the one set that is active.

    https://docs.aws.amazon.com/ses/latest/dg/receiving-email-permissions.html
    """
    active = clients.get("ses").describe_active_receipt_rule_set()
    kept = f"arn:{here(clients, 'ses', account)}:receipt-rule-set/{active.get('Metadata', {}).get('Name', '')}"
    for rule in active.get("Rules", ()):
        for target in dict.fromkeys(starting.by_receipt_rule(rule)):
            yield from one(target, "ses.amazonaws.com", f"{kept}:receipt-rule/{rule['Name']}", account)
