"""What is configured to start functions, read from the side of the source: one page of code a source."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import reading
from iam_watchdog.expect import Trigger
from iam_watchdog.ports import CannotRead

ACTIONS = (
    "events:ListEventBuses",
    "events:ListRules",
    "events:ListTargetsByRule",
    "s3:ListAllMyBuckets",
    "s3:GetBucketNotification",
    "sns:ListSubscriptions",
    "apigateway:GET",
    "logs:DescribeLogGroups",
    "logs:DescribeSubscriptionFilters",
    "scheduler:ListSchedules",
    "scheduler:GetSchedule",
    "states:ListStateMachines",
    "states:DescribeStateMachine",
)
type Found = Iterator[tuple[str, Trigger]]
"""(function ARN without qualifier, what starts it)."""


def triggers(clients: Clients, account: str) -> tuple[Mapping[str, tuple[Trigger, ...]], tuple[str, ...]]:
    """Triggers by function ARN, and the sources that could not be read, by name and reason."""
    by_function: dict[str, list[Trigger]] = {}
    unread: list[str] = []
    for name, source in SOURCES.items():
        try:
            with reading(name):
                for function, trigger in source(clients, account):
                    by_function.setdefault(function, []).append(trigger)
        except CannotRead as why:
            unread.append(str(why))
    return {arn: tuple(found) for arn, found in by_function.items()}, tuple(unread)


def lambda_arn(arn: str) -> tuple[str, str | None] | None:
    """(function ARN, qualifier) of a Lambda ARN, also inside an API Gateway integration URI; None for anything else."""
    if ":lambda:path/" in arn:
        # arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<function ARN>/invocations
        arn = arn.split("/functions/", 1)[-1].removesuffix("/invocations")
    parts = arn.split(":")
    if len(parts) not in (7, 8) or parts[2] != "lambda" or parts[5] != "function" or "${" in arn:
        return None
    return ":".join(parts[:7]), parts[7] if len(parts) == 8 else None


def _one(target: str, principal: str, source: str, account: str | None = None) -> Found:
    if found := lambda_arn(target):
        yield found[0], Trigger(principal, source, found[1], account)


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
                    yield from _one(target["Arn"], "events.amazonaws.com", rule["Arn"])


def _buckets(clients: Clients, account: str) -> Found:
    client = clients.get("s3")
    for bucket in client.list_buckets().get("Buckets", ()):
        try:
            given = client.get_bucket_notification_configuration(Bucket=bucket["Name"], ExpectedBucketOwner=account)
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchBucket", "PermanentRedirect", "AccessDenied"):
                continue  # Gone meanwhile, in another Region, or closed to us by its owner's policy.
            raise
        partition = clients.session.get_partition_for_region(clients.region)
        source = f"arn:{partition}:s3:::{bucket['Name']}"
        for one in given.get("LambdaFunctionConfigurations", ()):
            yield from _one(one["LambdaFunctionArn"], "s3.amazonaws.com", source, account)


def _topics(clients: Clients, account: str) -> Found:
    client = clients.get("sns")
    for subscription in pages(client.list_subscriptions, "Subscriptions", "NextToken"):
        if subscription.get("Protocol") == "lambda":
            yield from _one(subscription["Endpoint"], "sns.amazonaws.com", subscription["TopicArn"])


def _http_apis(clients: Clients, account: str) -> Found:
    client = clients.get("apigatewayv2")
    partition = clients.session.get_partition_for_region(clients.region)
    for api in pages(client.get_apis, "Items", "NextToken"):
        source = f"arn:{partition}:execute-api:{clients.region}:{account}:{api['ApiId']}/*/*"
        for integration in pages(client.get_integrations, "Items", "NextToken", ApiId=api["ApiId"]):
            if "CredentialsArn" not in integration:
                yield from _one(integration.get("IntegrationUri", ""), "apigateway.amazonaws.com", source)


def _rest_apis(clients: Clients, account: str) -> Found:
    client = clients.get("apigateway")
    partition = clients.session.get_partition_for_region(clients.region)
    for api in pages(client.get_rest_apis, "items", "position"):
        source = f"arn:{partition}:execute-api:{clients.region}:{account}:{api['id']}/*/*"
        resources = {"restApiId": api["id"], "embed": ["methods"]}
        for resource in pages(client.get_resources, "items", "position", **resources):
            for method in resource.get("resourceMethods", {}).values():
                integration = method.get("methodIntegration", {})
                if "credentials" not in integration:
                    yield from _one(integration.get("uri", ""), "apigateway.amazonaws.com", source)


def _log_groups(clients: Clients, account: str) -> Found:
    client = clients.get("logs")
    for group in pages(client.describe_log_groups, "logGroups", "nextToken"):
        name = {"logGroupName": group["logGroupName"]}
        for one in pages(client.describe_subscription_filters, "subscriptionFilters", "nextToken", **name):
            yield from _one(one.get("destinationArn", ""), "logs.amazonaws.com", group["arn"], account)


def _schedules(clients: Clients, account: str) -> Found:
    """EventBridge Scheduler calls under a role of the schedule; no policy of the function takes part."""
    client = clients.get("scheduler")
    for one in pages(client.list_schedules, "Schedules", "NextToken"):
        if one.get("State") == "DISABLED" or not lambda_arn(one.get("Target", {}).get("Arn", "")):
            continue
        whole = client.get_schedule(Name=one["Name"], GroupName=one.get("GroupName", "default"))
        yield from _under(whole["Target"]["RoleArn"], whole["Target"]["Arn"], whole["Arn"])


def _state_machines(clients: Clients, account: str) -> Found:
    client = clients.get("stepfunctions")
    for one in pages(client.list_state_machines, "stateMachines", "nextToken"):
        whole = client.describe_state_machine(stateMachineArn=one["stateMachineArn"])
        for target in dict.fromkeys(_tasks(json.loads(whole["definition"]))):
            yield from _under(whole["roleArn"], target, one["stateMachineArn"])


def _tasks(state: Any) -> Iterator[str]:
    """Every function that a definition names outright, however deep; a name computed at run time is not known here."""
    if isinstance(state, dict):
        for name, value in state.items():
            if name in ("Resource", "FunctionName") and isinstance(value, str):
                yield value
            else:
                yield from _tasks(value)
    elif isinstance(state, list):
        for value in state:
            yield from _tasks(value)


def _under(role: str, target: str, source: str) -> Found:
    if found := lambda_arn(target):
        account, name = role.split(":")[4], role.rsplit("/", 1)[-1]
        session = f"arn:{role.split(':')[1]}:sts::{account}:assumed-role/{name}/iam-watchdog-sweep"
        yield found[0], Trigger(session, source, found[1], role=role)


SOURCES: Mapping[str, Callable[[Clients, str], Found]] = {
    "EventBridge rules": _rules,
    "S3 notifications": _buckets,
    "SNS subscriptions": _topics,
    "API Gateway HTTP APIs": _http_apis,
    "API Gateway REST APIs": _rest_apis,
    "Logs subscription filters": _log_groups,
    "Scheduler schedules": _schedules,
    "Step Functions state machines": _state_machines,
}
NOT_CHECKED = (
    "Application Load Balancer",
    "Cognito",
    "AWS Config",
    "IoT rules",
    "Pipes",
    "Lex",
    "Alexa",
    "CodePipeline",
)
"""Sources whose side nobody reads yet; a report names them."""


def pages(call: Callable[..., Any], rows: str, token: str, **arguments: Any) -> Iterator[dict[str, Any]]:
    """All rows of a call that pages by a token, whether or not boto3 has a paginator for it."""
    page = call(**arguments)
    yield from page.get(rows, ())
    while page.get(token):
        page = call(**arguments, **{token: page[token]})
        yield from page.get(rows, ())
