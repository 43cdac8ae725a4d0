"""A reader lacks one permission: the exact statement is proposed; pasted as written it helps and opens nothing else."""

from __future__ import annotations

from typing import Any

from iam_watchdog.model import Incident, Status
from iam_watchdog_cli.scenarios.owner import WRITES_LOGS, Unexpected, said
from iam_watchdog_cli.scenarios.stage import Stage

NAME = "a reader is denied an object"
RULE = "identity_missing_allow"
EXPECTED = Status.PROPOSED

SOURCE = """
import os
import boto3

def handler(event, context):
    body = boto3.client("s3").get_object(Bucket=os.environ["BUCKET"], Key=event["key"])["Body"]
    return {"bytes": len(body.read())}
"""


def play(stage: Stage) -> Incident:
    """Break, read the proposal where a person would, apply it by hand, try it and its sibling."""
    name, bucket = f"{stage.prefix}-reader", f"{stage.prefix}-orders-{stage.lab.account}"
    build(stage, name, bucket)
    _, answer = stage.invoke(name, {"key": "incoming/1.csv"})
    stage.say(f"{name} was refused: {said(answer)}")
    incident = stage.incident(name, Status.PROPOSED)
    document = proposed_document(stage, incident)
    stage.show_slack(incident)
    stage.allow(f"{name}-role", "pasted-from-the-message", document)
    stage.say("the owner pastes the proposed policy as written")
    ok, answer = stage.invoke(name, {"key": "incoming/1.csv"})
    if not ok:
        raise Unexpected(f"the proposed policy did not help: {answer}")
    sibling, _ = stage.invoke(name, {"key": "private/1.csv"})
    if sibling:
        raise Unexpected("the proposed policy also opened an object outside its scope")
    stage.say("the read works now; an object outside the scope is still refused")
    return incident


def build(stage: Stage, name: str, bucket: str) -> None:
    """A bucket with two objects and a function that may log but not read."""
    s3 = stage.client("s3")
    s3.create_bucket(Bucket=bucket)
    for key in ("incoming/1.csv", "private/1.csv"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"id,total\n1,9\n")
    role = stage.role(f"{name}-role", {}, managed=WRITES_LOGS)
    stage.function(name, role, SOURCE, {"BUCKET": bucket})
    stage.watch(name)


def proposed_document(stage: Stage, incident: Incident) -> dict[str, Any]:
    """The policy as the notification carries it: what a person would copy."""
    fixes = stage.notification(incident, Status.PROPOSED)["fixes"]
    documents = [fix["document"] for fix in fixes if fix["kind"] == "add_role_statements"]
    if len(documents) != 1:
        raise Unexpected(f"the notification carries {len(documents)} policies to paste, not one")
    return dict(documents[0])
