"""Schedule → every function audited, a page at a time; what time does not allow is taken up by the next run."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from iam_watchdog import sweeping, wiring
from iam_watchdog.handlers.telemetry import logger, metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

RESERVE = 20_000
"""Milliseconds kept back for the page in hand."""


@logger.inject_lambda_context(log_event=False)
@metrics.log_metrics(raise_on_empty_metrics=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer what was done; an event of a permission change only says where to look, AWS's APIs say what is there."""
    world = wiring.sweeping()
    if isinstance(event, dict) and isinstance(event.get("detail"), dict):
        tally = sweeping.recheck(event["detail"], world)
    else:
        left = max(context.get_remaining_time_in_millis() - RESERVE, 1_000)
        tally = sweeping.sweep(world, world.clock.now() + timedelta(milliseconds=left))
    metrics.add_metric("FunctionsAudited", "Count", tally.functions)
    metrics.add_metric("Denials", "Count", tally.denials)
    if tally.finished:  # An alarm of template.yaml waits for it.
        metrics.add_metric("CanaryMissing", "Count", int(tally.canary_missing))
    logger.info("swept", **{name: value for name, value in asdict(tally).items() if value})
    return asdict(tally)
