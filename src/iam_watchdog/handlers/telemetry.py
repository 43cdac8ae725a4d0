"""One logger and one metrics namespace for all handlers; raw log text never passes through either."""

from __future__ import annotations

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
metrics = Metrics()


def count_by(name: str, **dimensions: str) -> None:
    """One occurrence under dimensions of its own, beside what the whole function counts."""
    named = {"service": str(logger.service), **dimensions}
    with single_metric(name=name, unit=MetricUnit.Count, value=1, default_dimensions=named):
        pass


def contained(what: str, why: Exception) -> None:
    """ports.Trouble: what failed while the work went on without it is logged by its name and counted."""
    logger.warning("contained", what=what, failure=type(why).__name__)
    logger.debug("why", why=str(why)[:500])
    metrics.add_metric("Contained", "Count", 1)
