"""Steps queue → apply or undo, through the Hands roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iam_watchdog import story, wiring
from iam_watchdog.handlers.batch import each, step_of
from iam_watchdog.handlers.telemetry import logger, metrics
from iam_watchdog.model import Undone

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def _carry_out(body: dict[str, Any]) -> None:
    step = step_of(body)
    incident = story.carry_out(step, wiring.writing())
    last = type(incident.facts[-1]).__name__
    logger.info("carried out", incident=incident.id, step=step.kind, ending=last)
    metrics.add_metric(last, "Count", 1)
    undone = incident.last(Undone)
    if undone and undone.refused:
        metrics.add_metric("UndoRefused", "Count", 1)  # An alarm of template.yaml waits for it.


@logger.inject_lambda_context(log_event=False)
@metrics.log_metrics(raise_on_empty_metrics=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer which steps failed; those come again, and after three times go to the dead letters."""
    return each(event, context, _carry_out)
