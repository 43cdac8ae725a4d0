"""Quotas that a deployment runs into."""

from __future__ import annotations

from collections.abc import Iterator

from iam_watchdog_cli.checks.desk import FAIL, OK, WARN, Check, Desk

ROLES, POLICIES = 9, 3
"""What a full deployment creates."""
RESOURCE_POLICIES = 10
"""Per Region: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"""


def quotas(desk: Desk) -> Iterator[Check]:
    """Concurrency, roles and policies of the account, resource policies of CloudWatch Logs."""
    yield from _concurrency(desk)
    if desk.deployed:
        return
    summary = desk.client("iam").get_account_summary()["SummaryMap"]
    for what, needed in (("Roles", ROLES), ("Policies", POLICIES)):
        left = summary.get(f"{what}Quota", needed) - summary.get(what, 0)
        if left < needed:
            yield Check(
                "quotas", FAIL, f"room for {left} {what.lower()}, {needed} are needed", "ask for a higher quota"
            )
    policies = desk.client("logs").describe_resource_policies().get("resourcePolicies", [])
    if len(policies) >= RESOURCE_POLICIES:
        says = f"all {RESOURCE_POLICIES} resource policies of CloudWatch Logs are in use; the canary needs one"
        yield Check("quotas", FAIL, says, "merge or delete one of them (aws logs describe-resource-policies)")


def _concurrency(desk: Desk) -> Iterator[Check]:
    limit = desk.client("lambda").get_account_settings()["AccountLimit"]
    free, whole = limit["UnreservedConcurrentExecutions"], limit["ConcurrentExecutions"]
    says = f"{free} of {whole} concurrent executions are unreserved"
    wanted = int(desk.parameters.get("DetectReservedConcurrency", "0") or 0)
    if whole < 100:
        yield Check("quotas", WARN, f"{says}; a log storm would compete with your functions", "ask for a higher quota")
    elif not wanted and not desk.deployed and free < 200:
        yield Check("quotas", WARN, f"{says}; little is left", "leave DetectReservedConcurrency at 0")
    else:
        yield Check("quotas", OK, says)
