"""The fix is made, but before the trial somebody forbids the same: it did not help, so it is taken back."""

from __future__ import annotations

from iam_watchdog.model import Incident, Status
from iam_watchdog_cli.scenarios import mute
from iam_watchdog_cli.scenarios.owner import Unexpected
from iam_watchdog_cli.scenarios.stage import Stage

NAME = "a fix that does not help is taken back"
RULE = "logs_basic"
EXPECTED = Status.UNDONE


def play(stage: Stage) -> Incident:
    """Break as the mute function, wait for the change, forbid the same, and see the change go again."""
    name = f"{stage.prefix}-relapse"
    role = stage.role(f"{name}-role", {"iam-watchdog": "auto-fix", "iam-watchdog-verify": "invoke"})
    stage.function(name, role, mute.SOURCE)
    stage.safe_event(name, {})
    stage.sweep()
    stage.until("the change", lambda: bool(attached(stage, name)))
    deny = {"Sid": "NoLogs", "Effect": "Deny", "Action": "logs:*", "Resource": "*"}
    stage.allow(f"{name}-role", "quiet-please", {"Version": "2012-10-17", "Statement": [deny]})
    stage.say(f"{attached(stage, name)} is attached; before the trial the owner denies logs:* on the same role")
    incident = stage.incident(name, Status.UNDONE, Status.VERIFIED)
    if left := attached(stage, name):
        raise Unexpected(f"{left} is still attached")
    stage.notification(incident, Status.UNDONE)
    stage.show_slack(incident)
    stage.say("the change is gone again, and people were told")
    return incident


def attached(stage: Stage, name: str) -> str:
    """Names of the managed policies on the function's role."""
    found = stage.client("iam").list_attached_role_policies(RoleName=f"{name}-role")["AttachedPolicies"]
    return ", ".join(policy["PolicyName"] for policy in found)
