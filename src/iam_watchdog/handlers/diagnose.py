"""Denials queue → a diagnosis, a proposal, and perhaps the order to apply it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from iam_watchdog import story, wiring
from iam_watchdog.handlers.batch import each
from iam_watchdog.handlers.telemetry import contained, count_by, logger, metrics
from iam_watchdog.model import Proposed

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def _diagnose(body: dict[str, Any]) -> None:
    world = replace(wiring.reading(), trouble=contained)
    if isinstance(body.get("digest"), str):
        world.notifier.digest(world.facts.digest(body["digest"]))
        return
    if not isinstance(body.get("incident"), str):
        raise TypeError('body.incident: expected {"incident": id, "cycle": n}, as Detect sends it')
    incident = world.facts.load(body["incident"], body.get("cycle"))
    incident = story.respond(incident, world, quietly=body.get("quietly") is True)
    found = incident.last(Proposed)
    if found:
        logger.info("diagnosed", incident=incident.id, rule=found.diagnosis.rule, layer=found.diagnosis.layer)
        name = "Proposals" if found.plan else "Advice"
        metrics.add_metric(name, "Count", 1)
        count_by(name, rule=found.diagnosis.rule)
        count_by(name, layer=found.diagnosis.layer or "unknown")


@logger.inject_lambda_context(log_event=False)
@metrics.log_metrics(raise_on_empty_metrics=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer which messages failed; those alone come again, and after an hour go to the dead letters."""
    return each(event, context, _diagnose)
