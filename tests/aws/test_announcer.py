"""Telling people: nothing twice, nothing lost, and no channel stops another."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iam_watchdog.aws.announcer import Announcer
from iam_watchdog.model import Applied, Incident, Shown, Snoozed, Stale
from iam_watchdog.ports import CannotWrite, PartlyTold
from iam_watchdog.report.slack import Post
from tests.fakes import FakeClock
from tests.report.incidents import NOW, SETTINGS, advice, diagnosis, incident, minutes, proposed, with_facts

TOPIC = "arn:aws:sns:eu-central-1:111122223333:alerts"


@dataclass
class FakeAws:
    """S3, SNS and Secrets Manager that remember; `breaks` names the calls that fail and how."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    breaks: dict[str, Exception] = field(default_factory=dict)

    def get(self, service: str) -> FakeAws:
        return self

    def _call(self, name: str, given: dict[str, Any]) -> None:
        if name in self.breaks:
            raise self.breaks[name]
        self.calls.append((name, given))

    def publish(self, **given: Any) -> None:
        self._call("publish", given)

    def put_object(self, **given: Any) -> None:
        self._call("put_object", given)

    def get_secret_value(self, **given: Any) -> dict[str, str]:
        self._call("get_secret_value", given)
        return {"SecretString": json.dumps({"webhook_url": "https://hooks.example/T/B/x"})}

    def made(self, name: str) -> list[dict[str, Any]]:
        return [given for called, given in self.calls if called == name]


@dataclass
class FakeChannel:
    """A Slack channel that remembers; `breaks` counts posts until one fails."""

    name: str = "C0ALERTS"
    posts: list[tuple[str, Post]] = field(default_factory=list)
    edits: list[tuple[str, Post]] = field(default_factory=list)
    breaks: list[CannotWrite | None] = field(default_factory=list)

    def post(self, post: Post, thread: str = "") -> str:
        failure = self.breaks.pop(0) if self.breaks else None
        if failure:
            raise failure
        self.posts.append((thread, post))
        return "" if self.name == "webhook" else f"{len(self.posts)}.0"

    def edit(self, ts: str, post: Post) -> bool:
        self.edits.append((ts, post))
        return True


def announcer(aws: FakeAws, channel: FakeChannel | None = None) -> Announcer:
    made = Announcer(aws, SETTINGS, FakeClock(NOW), TOPIC, "reports-bucket", "secret" if channel else "")
    if channel:
        made.__dict__["_slack"] = channel
    return made


def told(speaker: Announcer, of: Incident) -> Incident:
    return with_facts(of, *speaker.show(of))


def test_nothing_is_said_twice() -> None:
    """The same status and plan, however often the queue brings it."""
    aws, channel = FakeAws(), FakeChannel()
    speaker = announcer(aws, channel)
    once = told(speaker, incident(proposed()))
    assert speaker.show(once) == ()
    assert len(aws.made("publish")) == 1
    assert [thread for thread, _ in channel.posts] == ["", "1.0"]


def test_without_topic_bucket_and_secret_nothing_is_called() -> None:
    """A channel that does not exist is no fault."""
    aws = FakeAws()
    assert Announcer(aws, SETTINGS, FakeClock(NOW)).show(incident(proposed())) == ()
    assert aws.calls == []


def test_the_first_message_is_followed_by_the_other_forms_in_its_thread() -> None:
    """One form shown, the others one click away."""
    channel = FakeChannel()
    facts = announcer(FakeAws(), channel).show(incident(proposed()))
    plan = proposed().plan_hash[:12]
    assert [(f.channel, f.ts, f.what) for f in facts] == [
        ("C0ALERTS", "1.0", f"proposed {plan}"),
        ("C0ALERTS", "", f"other forms of {plan}"),
        ("sns", "", f"proposed {plan}"),
    ]


def test_a_later_status_lives_in_the_thread_and_redraws_the_message() -> None:
    """One message per plan."""
    channel = FakeChannel()
    speaker = announcer(FakeAws(), channel)
    later = with_facts(told(speaker, incident(proposed())), Applied(NOW, proposed().plan_hash, "U0ALICE"))
    speaker.show(later)
    assert [thread for thread, _ in channel.posts] == ["", "1.0", "1.0"]
    assert [ts for ts, _ in channel.edits] == ["1.0"]


def test_a_new_plan_is_a_new_message_and_the_old_one_loses_its_buttons() -> None:
    """A message with Apply never changes its plan."""
    channel = FakeChannel()
    speaker = announcer(FakeAws(), channel)
    before = told(speaker, incident(proposed()))
    newer = with_facts(before, Stale(NOW, "the role changed"), proposed(diagnosis(advice()), at=NOW, nonce="other"))
    after = told(speaker, newer)
    assert [thread for thread, _ in channel.posts][2] == ""
    closed = [post for ts, post in channel.edits if ts == "1.0"]
    assert [b["type"] for b in closed[0].blocks if b["type"] == "actions"] == []
    assert "orders-incoming/2026/11/*" in json.dumps(closed[0].blocks)
    assert speaker.show(after) == ()


def test_a_status_that_comes_back_is_news_again() -> None:
    """After a snooze is over, people hear of it in the thread."""
    channel = FakeChannel()
    speaker = announcer(FakeAws(), channel)
    snoozed = with_facts(told(speaker, incident(proposed())), Snoozed(minutes(3), "U0ALICE", minutes(1)))
    assert [f.what.split()[0] for f in speaker.show(snoozed)] == ["proposed", "proposed"]


def throttled(operation: str) -> ClientError:
    error = {"Code": "ThrottlingException", "Message": "Rate exceeded"}
    return ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation)  # type: ignore[typeddict-item]


def denied(operation: str) -> ClientError:
    error = {"Code": "AccessDenied", "Message": "no"}
    return ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 403}}, operation)  # type: ignore[typeddict-item]


@pytest.mark.parametrize(("make", "transient"), [(throttled, True), (denied, False)])
@pytest.mark.parametrize(("call", "channels"), [("put_object", {"C0ALERTS", "sns"}), ("publish", {"C0ALERTS"})])
def test_a_failing_channel_does_not_stop_the_others(
    call: str, channels: set[str], make: Callable[[str], ClientError], transient: bool
) -> None:
    """What was said comes along with the failure."""
    aws = FakeAws(breaks={call: make(call)})
    with pytest.raises(PartlyTold) as failed:
        announcer(aws, FakeChannel()).show(incident(proposed()))
    assert {f.channel for f in failed.value.shown} == channels
    assert failed.value.transient is transient


def test_an_outage_of_slack_is_retried_without_a_second_email() -> None:
    """Kept and retried, never lost."""
    aws, channel = FakeAws(), FakeChannel(breaks=[CannotWrite("down", transient=True)])
    speaker = announcer(aws, channel)
    with pytest.raises(PartlyTold) as failed:
        speaker.show(incident(proposed()))
    again = speaker.show(with_facts(incident(proposed()), *failed.value.shown))
    assert len(aws.made("publish")) == 1
    assert [f.what.split()[0] for f in again] == ["proposed", "other"]


def test_a_message_whose_thread_failed_is_not_posted_twice() -> None:
    """The reply alone is retried."""
    channel = FakeChannel(breaks=[None, CannotWrite("slow down", transient=True)])
    speaker = announcer(FakeAws(), channel)
    with pytest.raises(PartlyTold) as failed:
        speaker.show(incident(proposed()))
    again = speaker.show(with_facts(incident(proposed()), *failed.value.shown))
    assert [f.what.split()[0] for f in again] == ["other"]
    assert [thread for thread, _ in channel.posts] == ["", "1.0"]


def test_a_webhook_gets_one_message_and_then_short_ones() -> None:
    """No thread, no edit: the first line and what happened."""
    channel = FakeChannel("webhook")
    speaker = announcer(FakeAws(), channel)
    later = with_facts(told(speaker, incident(proposed())), Applied(NOW, proposed().plan_hash, "U0ALICE"))
    assert [f.what.split()[0] for f in speaker.show(later)] == ["applied", "applied"]
    assert len(channel.posts[1][1].blocks) < len(channel.posts[0][1].blocks)


def test_the_secret_is_read_once() -> None:
    """Once per container."""
    aws = FakeAws()
    speaker = Announcer(aws, SETTINGS, FakeClock(NOW), secret="arn:secret")
    assert speaker._slack is speaker._slack
    assert aws.made("get_secret_value") == [{"SecretId": "arn:secret"}]


def test_the_report_is_kept_for_the_account_that_owns_the_bucket() -> None:
    """A deleted bucket's name may be somebody else's by now."""
    aws = FakeAws()
    shown = incident(proposed())
    announcer(aws).show(shown)
    put = aws.made("put_object")[0]
    assert put["Key"] == f"reports/{shown.id}/1.html"
    assert put["ExpectedBucketOwner"] == SETTINGS.account


def test_a_message_is_told_and_noted_as_a_fact() -> None:
    """Its ts is what a click is checked against."""
    facts = announcer(FakeAws(), FakeChannel()).show(incident(proposed()))
    assert all(isinstance(f, Shown) and f.at == NOW for f in facts)
