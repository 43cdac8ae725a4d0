"""Slack is down for an hour: the topic is told at once and once, Slack as soon as it is back, and once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from iam_watchdog import story
from iam_watchdog.aws.announcer import Announcer
from iam_watchdog.model import Incident, Proposed, Shown
from iam_watchdog.ports import PartlyTold
from tests.attack.siege import REAL, SETTINGS, delivery, printed, world
from tests.fakes import FakeWorld
from tests.faults.aws import Aws
from tests.slack.receiver import Answer, Receiver, receiving

TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf"
HOUR = 3_600
DOWN = {
    "unavailable": Answer(503, "upstream connect error"),
    "throttled": Answer(429, "", {"Retry-After": "30"}),
    "silent": Answer(0),
    "an error of its own": Answer(200, '{"ok": false, "error": "internal_error"}'),
    "a page of HTML": Answer(200, "<html>maintenance</html>", {"Content-Type": "text/html"}),
}


class _Tags(yaml.SafeLoader):
    """CloudFormation's own tags are read as nothing."""


_Tags.add_multi_constructor("!", lambda *_: None)


def _retries() -> tuple[int, int]:
    """How often and after how many seconds the deployed queue brings a message again."""
    template: dict[str, Any] = yaml.load(Path("template.yaml").read_text(), _Tags)  # noqa: S506 - a safe loader
    queue = template["Resources"]["Denials"]["Properties"]
    return queue["RedrivePolicy"]["maxReceiveCount"], queue["VisibilityTimeout"]


def _deployed(slack: Receiver) -> tuple[FakeWorld, Aws]:
    aws = Aws()
    aws.table["secretsmanager:GetSecretValue"] = {"SecretString": '{"bot_token": "xoxb-1", "signing_secret": "s"}'}
    made = world()
    settings = replace(SETTINGS, slack_channel="C0ALERTS")
    made.notifier = Announcer(aws.clients(), settings, made.clock, TOPIC, "bucket", SECRET, slack.url)  # type: ignore[assignment]
    return made, aws


def _brought(made: FakeWorld, slack: Receiver, down_for: int) -> Incident:
    """The message, brought again as the deployed queue does, until it is taken."""
    tries, wait = _retries()
    (incident,) = made.facts.listing()
    began = made.clock.now()
    for _ in range(tries):
        if (made.clock.now() - began).total_seconds() >= down_for:
            slack.answers = [Answer()]
        try:
            return story.respond(made.facts.load(incident.id), made.reading)
        except PartlyTold:
            made.clock.pass_by(wait)
    raise AssertionError("the message went to the dead letters")


@pytest.mark.parametrize("answer", DOWN.values(), ids=DOWN.keys())
def test_an_hour_without_slack_loses_nothing_and_says_nothing_twice(answer: Answer) -> None:
    with receiving() as slack:
        slack.answers = [answer]
        made, aws = _deployed(slack)
        made.queue.asked.clear()
        story.notice(_denials(), made.noticing)
        made.queue.asked.clear()
        incident = _brought(made, slack, HOUR)
        said = [fact.channel for fact in incident.facts if isinstance(fact, Shown)]
        posts = [
            given for path, given, _ in slack.asked if path.endswith("chat.postMessage") and "thread_ts" not in given
        ]
    assert said.count("sns") == len(aws.published) == 1
    assert said[-1] == "C0ALERTS"
    assert posts
    assert len([fact for fact in incident.facts if isinstance(fact, Proposed)]) <= 2
    assert made.hands.calls == []


def _denials() -> Any:
    from iam_watchdog.detect import denials, subscription  # noqa: PLC0415
    from tests.attack.siege import GROUND  # noqa: PLC0415

    return denials.from_batch(subscription.unpack(delivery(REAL)), GROUND)


def test_silence_is_not_told() -> None:
    with receiving() as slack:
        made, aws = _deployed(slack)
        printed(made, "all is well")
        assert (slack.asked, aws.published) == ([], [])
