"""A function whose role may not write logs is mute: no log line will ever tell, so the sweep has to find it."""

from __future__ import annotations

from iam_watchdog.model import Incident, Status
from iam_watchdog_cli.scenarios.owner import Unexpected
from iam_watchdog_cli.scenarios.stage import Stage

NAME = "a mute function is given its voice"
RULE = "logs_basic"
EXPECTED = Status.VERIFIED

SOURCE = """
def handler(event, context):
    print("order booked")
    return {"ok": True}
"""


def play(stage: Stage) -> Incident:
    """Break, sweep, and wait for the fix that nobody asked for, in an account where that is allowed."""
    name = f"{stage.prefix}-mute"
    role = stage.role(f"{name}-role", {"iam-watchdog": "auto-fix", "iam-watchdog-verify": "invoke"})
    stage.function(name, role, SOURCE)
    stage.safe_event(name, {})
    ok, _ = stage.invoke(name)
    stage.say(f"{name} runs ({'ok' if ok else 'failed'}) and leaves {len(stage.log_lines(name))} log lines")
    if not ok or stage.log_lines(name):
        raise Unexpected("the function is not mute")
    stage.sweep()
    stage.say("the sweep ran, as its schedule would")
    incident = stage.incident(name, Status.VERIFIED, Status.FAILED, Status.UNDONE)
    lines = [line for line in stage.log_lines(name) if "order booked" in line]
    stage.say(f"after the fix {name} has {len(lines)} lines of its own in its log")
    if not lines:
        raise Unexpected("the function was said to be mended, but its log holds none of its lines")
    stage.show_slack(incident)
    return incident
