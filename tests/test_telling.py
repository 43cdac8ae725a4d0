"""Telling people through the story: what went out is noted, what did not comes again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iam_watchdog.aws.announcer import Announcer
from iam_watchdog.model import Evidence, Shown
from iam_watchdog.ports import CannotWrite, PartlyTold, ReadWorld
from iam_watchdog.slack.voice import Voice
from iam_watchdog.telling import tell
from tests.aws.test_announcer import TOPIC, FakeAws, FakeChannel
from tests.fakes import NOON, FakeWorld
from tests.report.incidents import SETTINGS, denial, proposed


def world(aws: FakeAws, channel: FakeChannel) -> ReadWorld:
    fake = FakeWorld(lambda: Evidence(NOON), SETTINGS)
    speaker = Announcer(aws, SETTINGS, fake.clock, topic=TOPIC, secret="arn")
    speaker.__dict__["_voice"] = Voice(channel, SETTINGS)
    return replace(fake.reading, notifier=speaker)


def test_slack_down_for_an_hour_is_one_mail_and_in_the_end_one_message() -> None:
    """The queue brings the incident again and again; nobody hears anything twice, and nothing is lost."""
    aws, channel = FakeAws(), FakeChannel(breaks=[CannotWrite("down", transient=True)] * 12)
    reading = world(aws, channel)
    (opened,) = reading.facts.record([denial()])
    reading.facts.add(opened, proposed(at=NOON))
    for _ in range(12):
        with pytest.raises(PartlyTold):
            tell(reading.facts.load(opened.id), reading)
    told = tell(reading.facts.load(opened.id), reading)
    assert len(aws.made("publish")) == 1
    assert [thread for thread, _ in channel.posts] == ["", "1.0"]
    assert tell(told, reading) == told
    assert {f.channel for f in told.facts if isinstance(f, Shown)} == {"sns", "C0ALERTS"}
