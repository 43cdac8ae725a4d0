"""A bucket policy denies on purpose: the statement and its owner are named, and no grant is offered."""

from __future__ import annotations

import json

from iam_watchdog.model import Incident, Status
from iam_watchdog_cli.scenarios import reader
from iam_watchdog_cli.scenarios.owner import Unexpected, said
from iam_watchdog_cli.scenarios.stage import Stage

NAME = "a guardrail denies an object"
RULE = "explicit_deny"
EXPECTED = Status.ADVISED

SID = "NobodyReadsIncoming"


def play(stage: Stage) -> Incident:
    """Allow the read in the role, forbid it in the bucket, and see what is said about it."""
    name, bucket = f"{stage.prefix}-guardrail", f"{stage.prefix}-ledger-{stage.lab.account}"
    reader.build(stage, name, bucket)
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    stage.allow(f"{name}-role", "read", {"Version": "2012-10-17", "Statement": [read]})
    deny = read | {"Sid": SID, "Effect": "Deny", "Principal": "*", "Resource": f"arn:aws:s3:::{bucket}/incoming/*"}
    stage.client("s3").put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    )
    ok, _ = stage.invoke(name, {"key": "private/1.csv"})
    refused, answer = stage.invoke(name, {"key": "incoming/1.csv"})
    stage.say(f"{name} reads one object ({'ok' if ok else 'failed'}); of the other it is told: {said(answer)}")
    if not ok or refused:
        raise Unexpected("the bucket policy does not do what its owner meant")
    incident = stage.incident(name, Status.ADVISED, Status.PROPOSED)
    told = stage.notification(incident, Status.ADVISED)
    if grants := [fix["kind"] for fix in told["fixes"] if fix["kind"] != "advice"]:
        raise Unexpected(f"a guardrail was answered with {grants}")
    if SID not in stage.show_slack(incident) or SID not in json.dumps(told):
        raise Unexpected("the statement that denies is not named")
    return incident
