"""One logger and one metrics namespace for all handlers; raw log text never passes through either."""

from __future__ import annotations

from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics()
