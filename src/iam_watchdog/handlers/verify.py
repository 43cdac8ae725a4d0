"""Trials queue → re-invoke, observe or simulate; tell people where an incident stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iam_watchdog import story, wiring
from iam_watchdog.handlers.batch import each, step_of
from iam_watchdog.handlers.telemetry import logger, metrics
from iam_watchdog.model import Status, StepKind
from iam_watchdog.status import derive

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def _check(body: dict[str, Any]) -> None:
    world = wiring.trying()
    step = step_of(body)
    incident = story.check(step, world)
    status = derive(incident, world.clock.now())
    logger.info("checked", incident=incident.id, step=step.kind, status=status)
    if step.kind is StepKind.VERIFY:
        metrics.add_metric(f"Status{status.title().replace('_', '')}", "Count", 1)
    if step.kind is StepKind.VERIFY and status is Status.VERIFIED:
        seconds = (world.clock.now() - incident.first_seen).total_seconds()
        metrics.add_metric("TimeToVerified", "Seconds", seconds)


@logger.inject_lambda_context(log_event=False)
@metrics.log_metrics(raise_on_empty_metrics=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer which steps failed; those come again, and after an hour go to the dead letters."""
    return each(event, context, _check)
