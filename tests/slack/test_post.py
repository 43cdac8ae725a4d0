"""Posting to Slack: what fails may be retried or not, and is never silent."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from iam_watchdog.ports import CannotWrite
from iam_watchdog.report.slack import Post, message, reply
from iam_watchdog.slack.post import Bot, Webhook, channel
from tests.fakes import FakeClock
from tests.report.incidents import NOW, SETTINGS, incident, proposed
from tests.slack.receiver import Answer, Receiver, receiving

POST = Post("first line", ({"type": "divider"},))


@pytest.fixture
def slack() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def bot(slack: Receiver, clock: FakeClock | None = None) -> Bot:
    return Bot("xoxb-test", "C0ALERTS", clock or FakeClock(NOW), slack.url)


def refuses(error: str, status: int = 200, **headers: str) -> Answer:
    return Answer(status, json.dumps({"ok": False, "error": error}), headers)


def failure(said: Bot | Webhook) -> CannotWrite:
    with pytest.raises(CannotWrite) as failed:
        said.post(POST)
    return failed.value


LASTING = ["invalid_blocks", "channel_not_found", "not_in_channel", "is_archived", "invalid_auth", "token_revoked"]


@pytest.mark.parametrize("error", LASTING)
def test_what_slack_refuses_for_good_is_said_and_not_retried(slack: Receiver, error: str) -> None:
    """Web API errors come with HTTP 200."""
    slack.answers = [refuses(error)]
    failed = failure(bot(slack))
    assert error in str(failed)
    assert not failed.transient


@pytest.mark.parametrize(
    "answer",
    [
        refuses("internal_error"),
        refuses("service_unavailable", 503),
        Answer(502, "<html>Bad Gateway</html>", {"Content-Type": "text/html"}),
        Answer(500, ""),
        Answer(0),
        refuses("ratelimited", 429, **{"Retry-After": "7"}),
        Answer(429, "Too Many Requests", {"Retry-After": "7"}),
    ],
)
def test_an_outage_is_transient_and_tried_once_by_us(slack: Receiver, answer: Answer) -> None:
    """The queue is the retry: a second try here could post a message twice."""
    slack.answers = [answer]
    assert failure(bot(slack)).transient
    assert len(slack.asked) == 1


def test_nothing_is_sent_before_a_retry_after_is_over(slack: Receiver) -> None:
    """Slack asked to be left alone."""
    clock = FakeClock(NOW)
    slack.answers = [refuses("ratelimited", 429, **{"Retry-After": "7"}), Answer()]
    said = bot(slack, clock)
    assert failure(said).transient
    clock.pass_by(6)
    assert failure(said).transient
    assert len(slack.asked) == 1
    clock.pass_by(1)
    assert said.post(POST) == "1700000000.000100"


@pytest.mark.parametrize("strange", ["", "soon", "-5", "1e9", "99999999999"])
def test_a_strange_retry_after_closes_for_an_hour_at_most(slack: Receiver, strange: str) -> None:
    """Whatever the header holds."""
    clock = FakeClock(NOW)
    slack.answers = [refuses("ratelimited", 429, **{"Retry-After": strange}), Answer()]
    said = bot(slack, clock)
    assert failure(said).transient
    clock.pass_by(3_600)
    assert said.post(POST)


def test_nobody_is_there_is_transient_and_does_not_leak_the_address() -> None:
    """The URL of a webhook is its secret."""
    failed = failure(Webhook("http://127.0.0.1:9/services/T/B/secret", FakeClock(NOW)))
    assert failed.transient
    assert "secret" not in str(failed)


def test_a_bot_posts_and_answers_in_the_thread(slack: Receiver) -> None:
    """The ts names the message for its later life."""
    said = bot(slack)
    shown = incident(proposed())
    ts = said.post(message(shown, SETTINGS, NOW))
    said.post(reply(shown, SETTINGS, NOW), thread=ts)
    assert said.edit(ts, message(shown, SETTINGS, NOW))
    paths = [path for path, _, _ in slack.asked]
    assert paths == ["/chat.postMessage", "/chat.postMessage", "/chat.update"]
    assert slack.asked[1][1]["thread_ts"] == ts
    assert slack.asked[2][1]["ts"] == ts
    assert slack.asked[0][2]["Authorization"] == "Bearer xoxb-test"


def test_an_edit_of_a_deleted_message_is_no_fault(slack: Receiver) -> None:
    """Somebody tidied up."""
    slack.answers = [refuses("message_not_found")]
    assert bot(slack).edit("1.0", POST) is False


def test_a_webhook_says_ok_in_plain_text(slack: Receiver) -> None:
    """No ts, no thread, no edit."""
    slack.answers = [Answer(200, "ok", {"Content-Type": "text/html"})]
    hook = Webhook(slack.url + "services/T/B/x", FakeClock(NOW))
    assert hook.post(message(incident(proposed()), SETTINGS, NOW)) == ""
    assert hook.edit("", POST) is False
    assert slack.asked[0][1]["text"].startswith("\U0001f534 prod (111122223333)")


@pytest.mark.parametrize(
    ("answer", "transient"),
    [
        (Answer(403, "action_prohibited", {}), False),
        (Answer(404, "channel_not_found", {}), False),
        (Answer(410, "channel_is_archived", {}), False),
        (Answer(400, "invalid_blocks", {}), False),
        (Answer(200, "no_service", {}), False),
        (Answer(500, "rollup_error", {}), True),
        (Answer(429, "", {"Retry-After": "3"}), True),
        (Answer(0), True),
    ],
)
def test_a_webhooks_refusal_is_never_silent(slack: Receiver, answer: Answer, transient: bool) -> None:
    """Its errors are plain text, and the status is not enough."""
    slack.answers = [answer]
    assert failure(Webhook(slack.url, FakeClock(NOW))).transient is transient


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("", "not JSON"),
        ("[]", "opens nothing"),
        ("{}", "put bot_token"),
        ('{"signing_secret": "s"}', "webhook_url"),
        ('{"webhook_url": "http://hooks.example/x"}', "expected https"),
        ('{"webhook_url": "hooks"}', "expected https"),
    ],
)
def test_a_secret_that_opens_nothing_names_the_remedy(secret: str, words: str) -> None:
    """And does not repeat the secret."""
    with pytest.raises(CannotWrite, match=words) as failed:
        channel(secret, "C0ALERTS", FakeClock(NOW))
    assert not failed.value.transient


def test_a_bot_token_is_preferred_and_needs_a_channel() -> None:
    """Threads and edits are better than none."""
    both = json.dumps({"bot_token": "xoxb-1", "webhook_url": "https://hooks.slack.com/services/T/B/x"})
    assert isinstance(channel(both, "C0ALERTS", FakeClock(NOW)), Bot)
    assert isinstance(channel(both, "", FakeClock(NOW)), Webhook)
    assert "xoxb" not in repr(channel(both, "C0ALERTS", FakeClock(NOW)))
