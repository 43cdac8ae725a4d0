"""What is configured to start functions, read from the side of the source: one page of code a source."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import code_of, reading
from iam_watchdog.aws.survey.apis import http_apis, rest_apis
from iam_watchdog.aws.survey.found import Found, lambda_arn, one, pages, under
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
    "scheduler:ListSchedules",
    "scheduler:GetSchedule",
    "states:ListStateMachines",
    "states:DescribeStateMachine",
)
NAME = re.compile(r"[\w-]{1,64}(:[\w$-]+)?\Z")
"""A function by its name alone, with or without a qualifier."""
ELSEWHERE = frozenset({"NoSuchBucket", "PermanentRedirect"})
"""Gone meanwhile, or in another Region, whose functions another deployment looks after."""


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


def _schedules(clients: Clients, account: str) -> Found:
    """EventBridge Scheduler calls under a role of the schedule; no policy of the function takes part."""
    client = clients.get("scheduler")
    for row in pages(client.list_schedules, "Schedules", "NextToken"):
        if row.get("State") == "DISABLED" or not lambda_arn(row.get("Target", {}).get("Arn", "")):
            continue
        whole = client.get_schedule(Name=row["Name"], GroupName=row.get("GroupName", "default"))
        yield from under(whole["Target"]["RoleArn"], whole["Target"]["Arn"], whole["Arn"])


def _state_machines(clients: Clients, account: str) -> Found:
    client = clients.get("stepfunctions")
    for row in pages(client.list_state_machines, "stateMachines", "nextToken"):
        whole = client.describe_state_machine(stateMachineArn=row["stateMachineArn"])
        near = (
            row["stateMachineArn"].split(":states:")[0] + ":lambda:" + ":".join(row["stateMachineArn"].split(":")[3:5])
        )
        for target in dict.fromkeys(_tasks(json.loads(whole["definition"]))):
            arn = f"{near}:function:{target}" if NAME.match(target) else target
            yield from under(whole["roleArn"], arn, row["stateMachineArn"])


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


SOURCES: Mapping[str, Callable[[Clients, str], Found]] = {
    "EventBridge rules": _rules,
    "S3 notifications": _buckets,
    "SNS subscriptions": _topics,
    "API Gateway HTTP APIs": http_apis,
    "API Gateway REST APIs": rest_apis,
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
