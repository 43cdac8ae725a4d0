"""How log lines reach Detect: the pattern that selects them, the policy that carries them, the permission to call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from iam_watchdog_cli.checks.desk import FAIL, OK, Check, Desk
from iam_watchdog_cli.watch import PATTERN

HEARD = (
    "An error occurred (AccessDenied) when calling the ListObjectsV2 operation: Access Denied",
    "ClientError: An error occurred (AccessDeniedException) when calling the GetParameter operation",
    "User: arn:aws:sts::111122223333:assumed-role/r/f is not authorized to perform: sqs:SendMessage on resource: x",
    "You are not authorized to perform this operation. Encoded authorization failure message: abc",
    '{"level":"ERROR","errorType":"ClientError","errorMessage":"An error occurred (UnauthorizedOperation)"}',
    "The role defined for the function cannot be assumed by Lambda.",
    "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
    "com.amazonaws.services.s3.model.AmazonS3Exception: Access Denied (Service: Amazon S3; Status Code: 403)",
)
"""Lines that the pattern has to let through."""
SILENT = (
    "START RequestId: 8f5a7c1e-0000-0000-0000-000000000000 Version: $LATEST",
    "REPORT RequestId: 8f5a7c1e Duration: 12.01 ms Billed Duration: 13 ms Memory Size: 128 MB",
    "order 17 accepted, 3 items",
    "user has permission to read",
)
"""Lines that it has to leave alone; each would cost."""


def pattern(desk: Desk) -> Iterator[Check]:
    """TestMetricFilter reads the pattern as subscriptions do, and creates nothing.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html
    """
    lines = [*HEARD, *SILENT]
    answer = desk.client("logs").test_metric_filter(filterPattern=PATTERN, logEventMessages=lines)
    matched = {lines[int(match["eventNumber"]) - 1] for match in answer["matches"]}
    deaf = [line for line in HEARD if line not in matched]
    loud = [line for line in SILENT if line in matched]
    for line in deaf:
        yield Check(
            "pattern", FAIL, f"does not let through: {line}", "report it: the pattern of template.yaml needs it"
        )
    for line in loud:
        yield Check("pattern", FAIL, f"lets through an ordinary line: {line}", "report it: every such line costs")
    if not deaf and not loud:
        yield Check(
            "pattern", OK, f"AWS lets through {len(HEARD)} sample denials and none of {len(SILENT)} other lines"
        )


def owner(desk: Desk) -> Iterator[Check]:
    """One account-level subscription policy exists per account and Region; whose is it?"""
    kind = "SUBSCRIPTION_FILTER_POLICY"
    found = desk.client("logs").describe_account_policies(policyType=kind).get("accountPolicies", [])
    others = [p["policyName"] for p in found if p["policyName"] != desk.stack]
    ours = next((p for p in found if p["policyName"] == desk.stack), None)
    scope = desk.parameters.get("WatchScope", "")
    if others:
        says = f"{others[0]!r} is the account's one subscription policy; ours cannot stand beside it"
        status = OK if scope == "listed" else FAIL
        yield Check("account policy", status, says, "deploy with WatchScope=listed, then iam-watchdog watch NAME")
    elif ours:
        yield _as_deployed(desk, ours)
    elif scope == "account":
        yield Check("account policy", FAIL, "ours is gone: no log line reaches Detect", "deploy again")
    else:
        yield Check("account policy", OK, "none; WatchScope=account would be free to create ours")


def _as_deployed(desk: Desk, policy: dict[str, Any]) -> Check:
    document = json.loads(policy["policyDocument"])
    detect = desk.outputs.get("DetectFunction", "")
    if not str(document.get("DestinationArn", "")).endswith(f":function:{detect}"):
        return Check("account policy", FAIL, f"ours sends to {document.get('DestinationArn')}", "deploy again")
    if document.get("FilterPattern") != PATTERN:
        return Check("account policy", FAIL, "ours has another pattern than this version's", "deploy again")
    return Check("account policy", OK, "ours carries every log group but our own and those that you excluded")


def may_call(desk: Desk) -> Iterator[Check]:
    """Without this permission CloudWatch Logs gives up at once, and the lines of ten minutes are lost."""
    client = desk.client("lambda")
    remedy = "deploy again, or iam-watchdog watch NAME, which mends it"
    try:
        policy = json.loads(client.get_policy(FunctionName=desk.outputs["DetectFunction"])["Policy"])
    except client.exceptions.ResourceNotFoundException:
        policy = {"Statement": []}
    callers = [s.get("Principal", {}) for s in policy["Statement"] if s.get("Effect") == "Allow"]
    services = [str(c.get("Service", "")) for c in callers if isinstance(c, dict)]
    if any(service.startswith("logs.") for service in services):
        yield Check("delivery", OK, "CloudWatch Logs may call Detect")
    else:
        yield Check("delivery", FAIL, "CloudWatch Logs may not call Detect: lines are lost", remedy)
