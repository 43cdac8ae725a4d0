"""What is configured to start functions, read from the side of the source: one page of code a source."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from botocore.exceptions import ClientError

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import code_of, reading
from iam_watchdog.aws.survey import callers, dialogs, edge, services
from iam_watchdog.aws.survey.apis import http_apis, rest_apis
from iam_watchdog.aws.survey.found import Found, one, pages
from iam_watchdog.expect import Trigger
from iam_watchdog.ports import CannotRead

ACTIONS = (
    "events:ListEventBuses",
    "events:ListRules",
    "events:ListTargetsByRule",
    "s3:ListAllMyBuckets",
    "s3:GetBucketNotification",
    "sns:ListSubscriptions",
    "logs:DescribeLogGroups",
    "logs:DescribeSubscriptionFilters",
)
ELSEWHERE = frozenset({"NoSuchBucket", "PermanentRedirect"})
"""Gone meanwhile, or in another Region, whose functions another deployment looks after."""

STRANGE = (LookupError, TypeError, ValueError, AttributeError, RecursionError)
"""An answer that is not what a service's pages say: one kind of source is not read for it, and the others are."""


def triggers(clients: Clients, account: str) -> tuple[Mapping[str, tuple[Trigger, ...]], tuple[str, ...]]:
    """Triggers by function ARN, and the sources that could not be read, by name and reason."""
    by_function: dict[str, list[Trigger]] = {}
    unread: list[str] = []
    for name, (service, source) in SOURCES.items():
        if not clients.sold_here(service):
            continue
        try:
            with reading(name):
                for function, trigger in source(clients, account):
                    by_function.setdefault(function, []).append(trigger)
        except CannotRead as why:
            unread.append(str(why))
        except STRANGE as strange:
            unread.append(f"{name}: AWS answered in an unknown form: {type(strange).__name__} {strange}"[:200])
    return {arn: tuple(found) for arn, found in by_function.items()}, tuple(unread)


def _rules(clients: Clients, account: str) -> Found:
    """EventBridge sends no aws:SourceAccount for rules, so none is expected."""
    client = clients.get("events")
    for bus in pages(client.list_event_buses, "EventBuses", "NextToken"):
        for rule in pages(client.list_rules, "Rules", "NextToken", EventBusName=bus["Name"]):
            if rule.get("State") == "DISABLED":
                continue
            targets = {"Rule": rule["Name"], "EventBusName": bus["Name"]}
            for target in pages(client.list_targets_by_rule, "Targets", "NextToken", **targets):
                if "RoleArn" not in target:
                    yield from one(target["Arn"], "events.amazonaws.com", rule["Arn"])


def _buckets(clients: Clients, account: str) -> Found:
    """Every bucket that its owner lets us ask; the others are named."""
    client, closed = clients.get("s3"), []
    for name in (bucket["Name"] for bucket in client.list_buckets().get("Buckets", ())):
        try:
            given = client.get_bucket_notification_configuration(Bucket=name, ExpectedBucketOwner=account)
        except ClientError as error:
            if code_of(error) == "AccessDenied":
                closed.append(name)
            elif code_of(error) not in ELSEWHERE:
                raise
            continue
        source = f"arn:{clients.partition(clients.region) or 'aws'}:s3:::{name}"
        for row in given.get("LambdaFunctionConfigurations", ()):
            yield from one(row["LambdaFunctionArn"], "s3.amazonaws.com", source, account)
    if closed:
        raise CannotRead(f"S3 notifications of {len(closed)} buckets are closed to us: {', '.join(closed[:3])}")


def _topics(clients: Clients, account: str) -> Found:
    client = clients.get("sns")
    for subscription in pages(client.list_subscriptions, "Subscriptions", "NextToken"):
        if subscription.get("Protocol") == "lambda":
            topic = subscription["TopicArn"]
            yield from one(subscription["Endpoint"], "sns.amazonaws.com", topic, topic.split(":")[4])


def _log_groups(clients: Clients, account: str) -> Found:
    client = clients.get("logs")
    for group in pages(client.describe_log_groups, "logGroups", "nextToken"):
        name = {"logGroupName": group["logGroupName"]}
        for row in pages(client.describe_subscription_filters, "subscriptionFilters", "nextToken", **name):
            yield from one(row.get("destinationArn", ""), "logs.amazonaws.com", group["arn"], account)


SOURCES: Mapping[str, tuple[str, Callable[[Clients, str], Found]]] = {
    "EventBridge rules": ("events", _rules),
    "S3 notifications": ("s3", _buckets),
    "SNS subscriptions": ("sns", _topics),
    "API Gateway HTTP APIs": ("apigatewayv2", http_apis),
    "API Gateway REST APIs": ("apigateway", rest_apis),
    "Logs subscription filters": ("logs", _log_groups),
    "Scheduler schedules": ("scheduler", callers.schedules),
    "Step Functions state machines": ("stepfunctions", callers.state_machines),
    "EventBridge pipes": ("pipes", callers.pipes),
    "CodePipeline actions": ("codepipeline", callers.pipelines),
    "Firehose streams": ("firehose", callers.delivery_streams),
    "AppSync data sources": ("appsync", callers.data_sources),
    "Load balancer target groups": ("elbv2", services.target_groups),
    "VPC Lattice target groups": ("vpc-lattice", services.lattice),
    "Cognito user pools": ("cognito-idp", services.user_pools),
    "AWS Config rules": ("config", services.config_rules),
    "IoT topic rules": ("iot", services.topic_rules),
    "Secrets Manager rotations": ("secretsmanager", services.secrets),
    "IoT authorizers": ("iot", services.authorizers),
    "SES receipt rules": ("ses", services.receipt_rules),
    "Lex bot aliases": ("lexv2-models", dialogs.bot_aliases),
    "Bedrock agents": ("bedrock-agent", dialogs.agents),
    "Amazon Connect instances": ("connect", dialogs.instances),
    "CloudFront distributions": ("cloudfront", edge.distributions),
}
"""Name of a kind of source → its service, and what reads it; README lists the names."""
NOT_CHECKED = (
    "Alexa skills",
    "AppConfig extensions",
    "AppSync authorizers",
    "S3 Object Lambda and Batch Operations",
)
"""Sources whose side nobody reads; a report names them.

A skill's side is no AWS API, an Object Lambda access point is called with its own caller's permissions.
"""
