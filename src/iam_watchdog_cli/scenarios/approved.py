"""A person presses Apply: exactly the plan that was shown is carried out, tried, and found to help."""

from __future__ import annotations

from iam_watchdog.model import Incident, Status
from iam_watchdog_cli.scenarios.owner import WRITES_LOGS, Unexpected, said
from iam_watchdog_cli.scenarios.stage import Stage

NAME = "a person approves a statement in Slack"
RULE = "identity_missing_allow"
EXPECTED = Status.VERIFIED

SOURCE = """
import os
import boto3

def handler(event, context):
    return boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody="order")["MessageId"]
"""


def play(stage: Stage) -> Incident:
    """Break, press the button that Slack shows, and find the message in the queue."""
    name = f"{stage.prefix}-approved"
    queue = stage.client("sqs").create_queue(QueueName=f"{name}-orders")["QueueUrl"]
    tags = {"iam-watchdog": "approve", "iam-watchdog-verify": "invoke"}
    role = stage.role(f"{name}-role", tags, managed=WRITES_LOGS, boundary=stage.boundary)
    stage.function(name, role, SOURCE, {"QUEUE": queue})
    stage.safe_event(name, {})
    stage.watch(name)
    _, answer = stage.invoke(name)
    stage.say(f"{name} was refused: {said(answer)}")
    incident = stage.incident(name, Status.PROPOSED)
    stage.show_slack(incident)
    stage.press(incident, "apply")
    incident = stage.incident(name, Status.VERIFIED, Status.FAILED, Status.UNDONE, Status.STALE)
    ok, answer = stage.invoke(name)
    if not ok:
        raise Unexpected(f"it is said to be mended, but {name} answers {answer}")
    stage.notification(incident, Status.VERIFIED)
    stage.show_slack(incident)
    return incident
