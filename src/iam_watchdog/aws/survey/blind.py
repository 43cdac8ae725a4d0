"""Where nobody would notice a denial: log groups without us, log classes that cannot be watched, no trail."""

from __future__ import annotations

from collections.abc import Iterator

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import reading
from iam_watchdog.aws.survey.found import pages
from iam_watchdog.aws.survey.triggers import NOT_CHECKED
from iam_watchdog.ports import CannotRead

ACTIONS = (
    "logs:DescribeLogGroups",
    "logs:DescribeAccountPolicies",
    "logs:DescribeSubscriptionFilters",
    "cloudtrail:DescribeTrails",
)
POLICY = {"policyType": "SUBSCRIPTION_FILTER_POLICY"}
LAMBDA = "/aws/lambda/"


def blind_spots(clients: Clients) -> tuple[str, ...]:
    """One line each; what cannot be read is itself a blind spot."""
    found: list[str] = []
    for look in (_logs, _trail):
        try:
            with reading(look.__doc__ or ""):
                found.extend(look(clients))
        except CannotRead as why:
            found.append(f"could not be read: {why}")
    return (*found, f"triggers that are not checked: {', '.join(NOT_CHECKED)}")


def _logs(clients: Clients) -> Iterator[str]:
    """log groups and their subscriptions"""
    client = clients.get("logs")
    whole_account = bool(client.describe_account_policies(**POLICY).get("accountPolicies"))
    for group in pages(client.describe_log_groups, "logGroups", "nextToken", logGroupNamePrefix=LAMBDA):
        name = group["logGroupName"]
        if group.get("logGroupClass", "STANDARD") != "STANDARD":
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html
            yield f"{name}: log class {group['logGroupClass']} has no subscriptions"
        elif not whole_account and not client.describe_subscription_filters(logGroupName=name)["subscriptionFilters"]:
            yield f"{name}: not subscribed (iam-watchdog watch {name.removeprefix(LAMBDA)})"


def _trail(clients: Clients) -> Iterator[str]:
    """trails"""
    if not clients.get("cloudtrail").describe_trails().get("trailList"):
        yield "no trail in this Region: EventBridge gets no API calls, so denied calls without a log line are not seen"
