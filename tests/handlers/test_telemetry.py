"""What is counted under dimensions of its own keeps the service's name, as the dashboard looks for it."""

from __future__ import annotations

import json

import pytest

from iam_watchdog.handlers.telemetry import count_by, logger


def test_a_count_has_its_dimensions_and_its_service(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "IAMWatchdog")
    count_by("Proposals", rule="logs_basic")
    told = json.loads(capsys.readouterr().out)
    (metric,) = told["_aws"]["CloudWatchMetrics"]
    assert metric["Namespace"] == "IAMWatchdog"
    assert set(metric["Dimensions"][0]) == {"service", "rule"}
    assert (told["rule"], told["service"], told["Proposals"]) == ("logs_basic", str(logger.service), [1.0])
