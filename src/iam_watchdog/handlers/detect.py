"""CloudWatch Logs subscription → recorded denials; an ordinary batch costs no client and no boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iam_watchdog.detect import sieve, subscription
from iam_watchdog.handlers.telemetry import logger, metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@metrics.log_metrics(raise_on_empty_metrics=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Answer how many denials were found and sent. What cannot be unpacked is raised: Lambda keeps the event."""
    batch = subscription.unpack(event)
    if batch.control or not (batch.truncated or any(sieve.suspicious(e.message) for e in batch.events)):
        return {"denials": 0, "sent": 0}
    from iam_watchdog.detect import denials  # noqa: PLC0415 - only a suspicious batch pays for the grammar

    if not denials.worth(batch):
        return {"denials": 0, "sent": 0}
    from iam_watchdog import story, wiring  # noqa: PLC0415 - only a denial pays for clients

    world = wiring.noticing()
    found = denials.from_batch(batch, wiring.ground())
    sent = story.notice(found, world)
    metrics.add_metric("Denials", "Count", len(found))
    logger.info("recorded", log_group=batch.log_group, denials=len(found), sent=sent)
    return {"denials": len(found), "sent": sent}
