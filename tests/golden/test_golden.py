"""Each rule has an event that leads to it, and what is made of it is written down, word by word."""

import json

import pytest

from iam_watchdog.model import WATCHDOG, Incident
from iam_watchdog.report import html, slack, sns
from iam_watchdog.rules import RULES
from tests.golden.incidents import ACCOUNTS, EVENTS, denial_of
from tests.golden.restored import RESTORED
from tests.golden.telling import SETTINGS, proposal, told, written
from tests.rules.cases import NOON

NAMES = [rule.NAME for rule in RULES]


def test_every_rule_has_an_event_and_a_golden_incident_and_nothing_else_has() -> None:
    assert sorted(NAMES) == sorted(ACCOUNTS)
    assert sorted(NAMES) == sorted(path.stem for path in EVENTS.glob("*.json"))
    assert sorted(NAMES) == sorted(path.stem for path in written("x").parent.glob("*.json"))


@pytest.mark.parametrize("rule", NAMES)
def test_the_event_leads_to_its_rule(rule: str) -> None:
    assert proposal(rule).diagnosis.rule == rule


@pytest.mark.parametrize("rule", NAMES)
def test_what_is_made_of_it_is_as_written(rule: str) -> None:
    assert told(rule) == written(rule).read_text(), "if this is meant: python -m tests.golden"


def test_every_removal_has_a_golden_incident_and_nothing_else_has() -> None:
    assert sorted(RESTORED) == sorted(path.stem for path in (written("x").parent / "removals").glob("*.json"))


@pytest.mark.parametrize("name", RESTORED)
def test_what_was_removed_is_told_as_written(name: str) -> None:
    made = proposal(name)
    assert made.diagnosis.rule == RESTORED[name][0]
    assert made.diagnosis.notes[0].startswith("Restore what ")
    assert "removed_by_person" in made.refusals[WATCHDOG]
    assert told(name) == written(name).read_text(), "if this is meant: python -m tests.golden"


@pytest.mark.parametrize("name", RESTORED)
def test_every_channel_says_who_removed_it_and_when(name: str) -> None:
    made = proposal(name)
    denial = denial_of(RESTORED[name][0])
    incident = Incident(denial.fingerprint, 1, denial, 1, denial.at, denial.at, (made,))
    begins = "Restore what alice removed at 2026-11-23 10:00 UTC: "
    assert begins in json.dumps(slack.message(incident, SETTINGS, NOON).blocks)
    assert begins in sns.publication(incident, SETTINGS, NOON)["Message"]
    assert begins in html.page(incident, SETTINGS, NOON)
