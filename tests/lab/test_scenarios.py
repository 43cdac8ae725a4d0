"""The demo's scenarios, played on the shared stack: each ends as it should, and none of them makes its denial up."""

from __future__ import annotations

import importlib
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from iam_watchdog.detect import parse
from iam_watchdog.model import DENIALS, Proposed
from iam_watchdog.status import derive
from iam_watchdog_cli import demo, scenarios
from iam_watchdog_cli.lab import state
from iam_watchdog_cli.scenarios.stage import Stage

FOLDER = Path(scenarios.__file__).parent
WORDS_OF_DENIALS = re.compile(
    r"not authori[sz]ed|AccessDenied|Access Denied|explicit deny in|identity-based policy|UnauthorizedOperation"
)


@pytest.fixture(scope="session")
def stage(lab: state.Lab, outputs: dict[str, str]) -> Stage:
    return demo.staged(lab, outputs, print, "loop")


QUICK = ("reader", "uninvited", "approved")
"""The others are played by `make demo`, which CI runs behind this suite, and by `make slow`."""


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in scenarios.SCENARIOS]
)
def test_the_scenario_ends_as_it_should(stage: Stage, name: str) -> None:
    scenario = importlib.import_module(f"{scenarios.__name__}.{name}")
    incident = scenario.play(stage)
    found = incident.last(Proposed)
    assert (found.diagnosis.rule, derive(incident, datetime.now(UTC))) == (scenario.RULE, scenario.EXPECTED)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_no_scenario_holds_the_words_of_a_denial(path: Path) -> None:
    text = path.read_text()
    assert not WORDS_OF_DENIALS.search(text)
    assert parse.classify(text).kind not in DENIALS


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_no_scenario_writes_the_table_or_feeds_detect_itself(path: Path) -> None:
    text = path.read_text()
    assert not re.search(
        r"put_item|put_log_events|DenialsQueue|StepsQueue|TrialsQueue|chat_post|facts\.(add|record)", text
    )
