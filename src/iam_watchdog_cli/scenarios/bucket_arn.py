"""The object is allowed on the bucket's ARN, where it counts for nothing: the near miss and the right ARN are shown."""

from __future__ import annotations

from iam_watchdog.model import Incident, Status
from iam_watchdog_cli.scenarios import reader
from iam_watchdog_cli.scenarios.owner import Unexpected
from iam_watchdog_cli.scenarios.stage import Stage

NAME = "an object is allowed on its bucket's ARN"
RULE = "s3_object_on_bucket_arn"
EXPECTED = Status.PROPOSED


def play(stage: Stage) -> Incident:
    """Grant on the wrong ARN, read the proposal, paste it, try again."""
    name, bucket = f"{stage.prefix}-bucket-arn", f"{stage.prefix}-invoices-{stage.lab.account}"
    reader.build(stage, name, bucket)
    grant = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}"}
    stage.allow(f"{name}-role", "read", {"Version": "2012-10-17", "Statement": [grant]})
    refused, _ = stage.invoke(name, {"key": "incoming/1.csv"})
    stage.say(f"{name} may s3:GetObject on {grant['Resource']}, and reads {'it' if refused else 'nothing'}")
    incident = stage.incident(name, Status.PROPOSED)
    stage.allow(f"{name}-role", "pasted-from-the-message", reader.proposed_document(stage, incident))
    stage.show_slack(incident)
    ok, answer = stage.invoke(name, {"key": "incoming/1.csv"})
    if not ok:
        raise Unexpected(f"the proposed policy did not help: {answer}")
    stage.say("with the proposed policy pasted the read works")
    return incident
