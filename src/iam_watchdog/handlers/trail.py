"""CloudTrail through EventBridge → recorded denials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iam_watchdog import story, wiring
from iam_watchdog.detect import cloudtrail
from iam_watchdog.handlers.telemetry import logger, metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(log_event=False, correlation_id_path="id")
@metrics.log_metrics(raise_on_empty_metrics=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Answer how many denials the record holds and how many were sent on."""
    detail = event.get("detail") if isinstance(event, dict) else None
    if not isinstance(detail, dict):
        raise TypeError("event.detail: expected a CloudTrail record; point only the rule of this stack at Trail")
    found = cloudtrail.from_record(detail, wiring.ground())
    sent = story.notice(found, wiring.noticing())
    metrics.add_metric("Denials", "Count", len(found))
    return {"denials": len(found), "sent": sent}
