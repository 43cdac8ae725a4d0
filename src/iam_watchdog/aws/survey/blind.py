"""Where nobody would notice a denial: log groups without us, log classes that cannot be watched, no trail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import reading
from iam_watchdog.aws.history import IAM_HOME
from iam_watchdog.aws.survey.found import functions, pages
from iam_watchdog.aws.survey.triggers import NOT_CHECKED
from iam_watchdog.ports import CannotRead

ACTIONS = (
    "lambda:ListFunctions",
    "logs:DescribeLogGroups",
    "logs:DescribeAccountPolicies",
    "logs:DescribeSubscriptionFilters",
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetTrailStatus",
)
POLICY = {"policyType": "SUBSCRIPTION_FILTER_POLICY"}


def blind_spots(clients: Clients, stack: str) -> tuple[str, ...]:
    """One line each; what cannot be read is itself a blind spot."""
    found: list[str] = []
    looks: tuple[tuple[str, Callable[[Clients, str], Iterator[str]]], ...] = (
        ("log groups and their subscriptions", _logs),
        ("trails", _trail),
    )
    for what, look in looks:
        try:
            with reading(what):
                found.extend(look(clients, stack))
        except CannotRead as why:
            found.append(f"could not be read: {why}")
    return (*found, f"triggers that are not checked: {', '.join(NOT_CHECKED)}")


def _logs(clients: Clients, stack: str) -> Iterator[str]:
    """Every function's own group, wherever it logs to; our own functions are nobody's business."""
    client = clients.get("logs")
    groups: dict[str, list[str]] = {}
    for one in functions(clients.get("lambda")):
        name = one["FunctionName"]
        if not name.startswith(f"{stack}-"):
            group = (one.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
            groups.setdefault(group, []).append(name)
    classes = {g["logGroupName"]: g.get("logGroupClass", "STANDARD") for g in _all(client)}
    left_out = _left_out(client, stack)
    for group in (name for name in groups if name in classes):
        if classes[group] != "STANDARD":
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html
            yield f"{group}: log class {classes[group]} has no subscriptions"
        elif (left_out is None or group in left_out) and not _ours(client, group, stack):
            why = "left out of the account's subscription" if left_out else "not subscribed"
            yield f"{group}: {why} (iam-watchdog watch {' '.join(groups[group][:3])})"


def _all(client: Any) -> Iterator[dict[str, Any]]:
    return pages(client.describe_log_groups, "logGroups", "nextToken")


def _left_out(client: Any, stack: str) -> frozenset[str] | None:
    """Groups that our account policy leaves out; None without a policy of ours: somebody else's feeds somebody else."""
    for policy in client.describe_account_policies(**POLICY).get("accountPolicies", ()):
        if _to_us(json.loads(policy.get("policyDocument") or "{}").get("DestinationArn", ""), stack):
            criteria = policy.get("selectionCriteria", "")
            listed = criteria[criteria.find("[") :] if "NOT IN" in criteria else "[]"
            return frozenset(json.loads(listed))
    return None


def _ours(client: Any, group: str, stack: str) -> bool:
    filters = client.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
    return any(_to_us(one.get("destinationArn", ""), stack) for one in filters)


def _to_us(destination: str, stack: str) -> bool:
    return f"{destination}:".partition(":function:")[2].startswith(f"{stack}-detect:")


def _trail(clients: Clients, _: str) -> Iterator[str]:
    """EventBridge gets API calls from a trail that logs; IAM's own only in one Region of a partition."""
    client = clients.get("cloudtrail")
    trails = client.describe_trails().get("trailList", ())
    if not any(client.get_trail_status(Name=trail["TrailARN"]).get("IsLogging") for trail in trails):
        what = "the trails of this Region are stopped" if trails else "no trail in this Region"
        yield f"{what}: EventBridge gets no API calls, so denied calls without a log line are not seen"
    home = IAM_HOME.get(clients.partition(clients.region) or "aws", clients.region)
    if clients.region != home:
        yield f"changes of roles are seen only by the next sweep: EventBridge hears of IAM in {home} alone"
