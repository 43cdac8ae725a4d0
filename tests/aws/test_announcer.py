"""Telling people: nothing twice, nothing lost, and no channel stops another."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iam_watchdog.aws.announcer import Announcer
from iam_watchdog.model import (
    Answer,
    Applied,
    Digest,
    Dismissed,
    Finding,
    Healed,
    Incident,
    Layer,
    Shown,
    Snoozed,
    Stale,
)
from iam_watchdog.ports import CannotWrite, PartlyTold
from iam_watchdog.report.grouping import Group, row, statement
from iam_watchdog.report.slack import Post
from iam_watchdog.report.slack_text import as_text
from iam_watchdog.slack.voice import Voice
from tests.fakes import FakeClock
from tests.report.hostile import TEXTS
from tests.report.incidents import (
    NOW,
    SETTINGS,
    advice,
    denial,
    diagnosis,
    incident,
    minutes,
    proposed,
    verdict,
    with_facts,
)
from tests.slack.block_kit import objections

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


@dataclass
class FakeGroups:
    """Whoever comes first leads; the others stand in its list."""

    came: list[Incident] = field(default_factory=list)

    def join(self, incident: Incident) -> Group | None:
        if not statement(incident):
            return None
        if incident.id not in {i.id for i in self.came}:
            self.came.append(incident)
        alone = self.came[0].id == incident.id
        return None if alone else Group(self.came[0], tuple(row(i) for i in self.came))

    def led(self, incident: Incident) -> Group | None:
        leads = len(self.came) > 1 and self.came[0].id == incident.id
        return Group(incident, tuple(row(i) for i in self.came)) if leads else None


def announcer(aws: FakeAws, channel: FakeChannel | None = None, groups: FakeGroups | None = None) -> Announcer:
    made = Announcer(aws, SETTINGS, FakeClock(NOW), TOPIC, "bucket", "secret" if channel else "", groups=groups)
    if channel:
        made.__dict__["_voice"] = Voice(channel, SETTINGS)
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
    assert speaker._voice is speaker._voice
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


DENY = Finding(Layer.SCP, "p-guard1", 0, "OnlyEurope", "Deny")


def guarded(function: str) -> Incident:
    """A function that a guardrail stops: nobody here can apply anything."""
    said = verdict(answer=Answer.EXPLICIT, layers={Layer.SCP: Answer.EXPLICIT}, deciding=(DENY,), near=())
    found = diagnosis(rule="organization_policy", layer=Layer.SCP, verdict=said, because="An SCP denies it.")
    return incident(proposed(found, plan=None, proof=None, plan_hash=""), of=denial(function=function))


def test_functions_with_plans_of_their_own_are_not_grouped() -> None:
    """Each role's fix has its own button."""
    channel, groups = FakeChannel(), FakeGroups()
    speaker = announcer(FakeAws(), channel, groups)
    for name in ("a", "b"):
        speaker.show(incident(proposed(), of=denial(function=name)))
    assert [thread for thread, _ in channel.posts].count("") == 2


def test_many_functions_refused_by_one_statement_are_one_alert() -> None:
    """One message that lists them; the topic hears of it at a few sizes only."""
    aws, channel, groups = FakeAws(), FakeChannel(), FakeGroups()
    speaker = announcer(aws, channel, groups)
    groups.came[:] = [told(speaker, guarded("f0"))]
    later = [told(speaker, guarded(f"f{n}")) for n in range(1, 30)]
    assert len([1 for thread, _ in channel.posts if not thread]) == 1
    assert "30 functions are refused by one statement" not in channel.posts[0][1].text
    assert "20 functions are refused by one statement" in channel.edits[-1][1].text
    assert len(channel.edits) == 10
    assert [p["Subject"].split(":")[0] for p in aws.made("publish")] == [
        "advised",
        "2 functions",
        "5 functions",
        "20 functions",
    ]
    assert all(speaker.show(of) == () for of in later)


def test_the_life_of_a_grouped_function_goes_on_in_the_groups_thread() -> None:
    """It never draws over the message of the group."""
    channel, groups = FakeChannel(), FakeGroups()
    speaker = announcer(FakeAws(), channel, groups)
    groups.came[:] = [told(speaker, guarded("f0"))]
    member = told(speaker, guarded("f1"))
    edits = len(channel.edits)
    speaker.show(with_facts(member, Healed(NOW, "allowed now")))
    assert channel.posts[-1][0] == "1.0"
    assert len(channel.edits) == edits


def test_the_end_of_the_first_one_takes_the_others_not_out_of_the_list() -> None:
    """They are refused all the same: a word about one function is about that one."""
    aws, channel, groups = FakeAws(), FakeChannel(), FakeGroups()
    speaker = announcer(aws, channel, groups)
    first = told(speaker, guarded("f0"))
    groups.came[:] = [first]
    told(speaker, guarded("f1"))
    speaker.show(with_facts(first, Dismissed(NOW, "U0ALICE", NOW + timedelta(days=30))))
    (ts, drawn), text = channel.edits[-1], as_text(channel.edits[-1][1].blocks)
    assert ts == "1.0"
    assert "2 functions were refused by one statement, whose ends stand in the thread. The first one: ⚪" in drawn.text
    assert "f1: s3:GetObject refused" in text
    assert channel.posts[-1][0] == "1.0"
    assert aws.made("publish")[-1]["Subject"].startswith("dismissed: f0")


def test_a_digest_is_said_once_in_each_channel_however_often_it_comes() -> None:
    """Where one channel fails, the other is not told again."""
    aws, channel = FakeAws(), FakeChannel(breaks=[CannotWrite("down", transient=True)])
    speaker = announcer(aws, channel)
    daily = Digest("daily-2026-11-23", NOW, "2 proposals wait", ("one", "two"))
    with pytest.raises(CannotWrite) as failed:
        speaker.digest(daily)
    assert failed.value.transient
    speaker.digest(daily)
    speaker.digest(daily)
    assert (len(channel.posts), len(aws.made("publish"))) == (1, 1)


@pytest.mark.parametrize("hostile", [(), *((text,) * 300 for text in TEXTS)])
def test_a_digest_keeps_within_the_limits(hostile: tuple[str, ...]) -> None:
    """Nothing, or megabytes."""
    aws, channel = FakeAws(), FakeChannel()
    announcer(aws, channel).digest(Digest("d", NOW, "".join(hostile)[:200_000], hostile))
    post = channel.posts[0][1]
    assert objections(post.text, post.blocks) == []
    assert len(aws.made("publish")[0]["Message"].encode()) < 262_144
