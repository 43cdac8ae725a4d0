"""Slack's click through the function URL → a stored yes or no, and a step; the signature before anything else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from iam_watchdog import story, wiring
from iam_watchdog.approving import Refused
from iam_watchdog.clicks import Rejected, read, signed_body
from iam_watchdog.handlers.telemetry import logger, metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from iam_watchdog.ports import ApproveWorld


def answered(event: dict[str, Any], world: ApproveWorld) -> tuple[int, str]:
    """HTTP status and one sentence for the person; only a signed click of an approver changes anything."""
    try:
        click = read(signed_body(event, world.signing_secret, world.clock.now()))
    except Rejected as no:
        return no.status, ""
    try:
        said = story.approve(click, world)
    except Refused as no:
        said = str(no)
    logger.info("clicked", button=click.button, incident=click.incident, by=click.user)
    world.replies.reply(click.url, said)
    return 200, said


@logger.inject_lambda_context(log_event=False)
@metrics.log_metrics(raise_on_empty_metrics=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer 200 with one sentence for the person, or 4xx for what Slack did not sign or we did not draw."""
    status, said = answered(event, wiring.approving())
    body = {"response_type": "ephemeral", "replace_original": False, "text": said} if said else {}
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
