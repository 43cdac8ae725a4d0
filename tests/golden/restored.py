"""What the account looks like where somebody took a permission away: the denial comes from events/<rule>.json."""

from __future__ import annotations

from collections.abc import Mapping

from iam_watchdog.model import Evidence, Target
from iam_watchdog.remedy import managed
from tests.remedy.removals import change, deleted, detached
from tests.rules.cases import ACCOUNT, BUCKET, NAME, QUEUE, REGION, allow, evidence, function, role

RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly"
PERMISSION = {
    "action": "lambda:InvokeFunction",
    "principal": "events.amazonaws.com",
    "sourceArn": RULE,
    "statementId": "nightly",
    "qualifier": "",
}
BASIC = managed.arn_of(managed.BASIC, f"arn:aws:iam::{ACCOUNT}:role/x")

RESTORED: Mapping[str, tuple[str, Evidence]] = {
    "detached_managed_policy": (
        "logs_basic",
        evidence(role=role(tags={"iam-watchdog": "auto-fix"}), changes=[detached(BASIC, detail=f"policyArn {BASIC}")]),
    ),
    "detached_wider_policy": (
        "identity_missing_allow",
        evidence(
            targets=[Target(BUCKET, ACCOUNT)],
            changes=[detached(f"arn:aws:iam::{ACCOUNT}:policy/orders-everything", allow("s3:*", "*"))],
        ),
    ),
    "deleted_inline_policy": (
        "destination",
        evidence(
            function=function(dead_letter=f"{QUEUE}-dead"),
            changes=[deleted(allow("sqs:SendMessage", f"{QUEUE}-dead", Sid="Dead"), detail="policyName reader")],
        ),
    ),
    "removed_invoke_permission": (
        "invoke_permission",
        evidence(
            facts={"source_exists": "true", "source_targets_function": "true"},
            changes=[change("RemovePermission", {"permission": PERMISSION}, on=NAME, detail="statementId nightly")],
        ),
    ),
}
"""Name → the rule that speaks, and the evidence with what was removed."""
