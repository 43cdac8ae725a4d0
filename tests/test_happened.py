"""What came before an incident and after it is said in every channel, and only where there is such a thing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iam_watchdog.happened import background, led_to, timeline
from iam_watchdog.model import Applied, Incident, Trial, Tried
from iam_watchdog.report import html, slack, text
from iam_watchdog.report.notification import notification
from iam_watchdog.report.slack_text import as_text
from tests.report.incidents import NOW, SETTINGS, denial, incident, minutes, proposed

OTHER = denial(action="kms:Decrypt", resource="arn:aws:kms:eu-central-1:111122223333:key/k", scope="k")
ELSE = Trial(False, "invoke", "it ran: another denial, kms:Decrypt on key/k", other_denial=OTHER)
FIRST = incident(proposed(), Applied(minutes(5), proposed().plan_hash, "U0ALICE"), Tried(minutes(4), ELSE, 2, True))
SECOND = incident(proposed(), of=replace(OTHER, follows=FIRST.id))


def told(of: Incident) -> dict[str, str]:
    return {
        "slack": as_text(slack.message(of, SETTINGS, NOW).blocks, 10_000),
        "mail": text.text(of, SETTINGS, NOW).replace("\n", " "),
        "page": html.page(of, SETTINGS, NOW),
        "timeline": "; ".join(words for _, words in timeline(of)),
    }


def test_an_incident_by_itself_names_no_other() -> None:
    alone = incident(proposed())
    assert background(alone) == ()
    assert not [channel for channel, said in told(alone).items() if "led to" in said or "follows" in said]
    said = notification(alone, SETTINGS, NOW)
    assert (said["follows"], said["led_to"]) == (None, None)


def test_a_trial_that_goes_on_has_led_nowhere_yet() -> None:
    unfinished = incident(proposed(), Applied(minutes(5), "p", "U0ALICE"), Tried(minutes(4), ELSE, 2))
    assert led_to(unfinished) == ""
    assert background(unfinished) == ()


@pytest.mark.parametrize("channel", ["slack", "mail", "page", "timeline"])
def test_the_next_refusal_is_named_and_names_where_it_came_from(channel: str) -> None:
    assert f"led to incident {SECOND.id}" in told(FIRST)[channel]
    assert f"follows incident {FIRST.id}" in told(SECOND)[channel]


def test_machines_get_both_names() -> None:
    assert notification(FIRST, SETTINGS, NOW)["led_to"] == SECOND.id
    assert notification(SECOND, SETTINGS, NOW)["follows"] == FIRST.id


def test_the_first_line_says_what_became_of_the_fix() -> None:
    first = slack.message(FIRST, SETTINGS, NOW).text
    assert f"fix applied, and what was refused next is incident {SECOND.id}" in first
    unclear = Tried(minutes(4), Trial(False, "observe", "applied, not observed within 24 hours", clear=False), 9, True)
    kept = slack.message(incident(proposed(), Applied(minutes(5), "p", "U0ALICE"), unclear), SETTINGS, NOW).text
    assert "Not verified:" in kept
    assert "fix kept, not verified: applied, not observed within 24 hours" in kept
