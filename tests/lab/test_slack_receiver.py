"""The local Slack records what is posted and refuses what Slack refuses."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from iam_watchdog_cli.lab import slack_limits, state
from tests.lab.account import lines


@pytest.fixture
def slack(lab: state.Lab) -> WebClient:
    return WebClient(token=lab.slack.bot_token, base_url=f"{lab.receiver}/api/")


def error(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    return str(caught.value.response["error"])


def section(text: str = "hello") -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": "apply", "text": {"type": "plain_text", "text": "Apply"}} | more


def test_a_message_its_thread_and_its_edit_are_recorded(lab: state.Lab, slack: WebClient) -> None:
    channel = lab.slack.channel
    posted = slack.chat_postMessage(channel=channel, text="first", blocks=[section()])
    reply = slack.chat_postMessage(channel=channel, text="second", thread_ts=posted["ts"])
    slack.chat_update(channel=channel, ts=posted["ts"], text="edited")
    slack.chat_postEphemeral(channel=channel, user="U1", text="for you")
    kept = [(m["method"], m["text"], m["ok"]) for m in lines(lab.slack_inbox)[-4:]]
    assert kept == [
        ("chat.postMessage", "first", True),
        ("chat.postMessage", "second", True),
        ("chat.update", "edited", True),
        ("chat.postEphemeral", "for you", True),
    ]
    assert posted["ts"] < reply["ts"]
    assert slack.auth_test()["team_id"] == lab.slack.team


def test_what_slack_refuses_is_refused_and_recorded(lab: state.Lab, slack: WebClient) -> None:
    channel = lab.slack.channel
    stranger = WebClient(token="xoxb-other", base_url=f"{lab.receiver}/api/")
    assert error(stranger.chat_postMessage, channel=channel, text="x") == "invalid_auth"
    assert error(slack.chat_postMessage, channel="C-OTHER", text="x") == "channel_not_found"
    assert error(slack.api_call, api_method="chat.postMessage", json={"channel": channel}) == "no_text"
    assert error(slack.chat_postMessage, channel=channel, text="x", thread_ts="1.1") == "thread_not_found"
    assert error(slack.chat_update, channel=channel, ts="1.1", text="x") == "message_not_found"
    assert error(slack.chat_postMessage, channel=channel, text="x", blocks=[section("y" * 3001)]) == "invalid_blocks"
    assert error(slack.api_call, api_method="chat.unheard", json={}) == "unknown_method"
    assert lines(lab.slack_inbox)[-1]["error"] == "unknown_method"


def test_it_can_be_told_to_be_busy(lab: state.Lab, slack: WebClient) -> None:
    asked = urllib.request.Request(  # noqa: S310
        f"{lab.receiver}/lab/ratelimit",
        data=b'{"times": 1}',
        headers={"Authorization": f"Bearer {lab.slack.bot_token}"},
    )
    urllib.request.urlopen(asked).close()  # noqa: S310
    with pytest.raises(SlackApiError) as caught:
        slack.chat_postMessage(channel=lab.slack.channel, text="x")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    slack.chat_postMessage(channel=lab.slack.channel, text="x")


def test_webhook_and_response_url_answer_in_plain_text(lab: state.Lab) -> None:
    for kind, method in (("services", "webhook"), ("actions", "response_url")):
        url = f"{lab.receiver}/{kind}/T/B/{lab.slack.hook}"
        body = json.dumps({"text": "hello"}).encode()
        sent = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(sent) as answer:  # noqa: S310
            assert answer.read() == b"ok"
        assert lines(lab.slack_inbox)[-1]["method"] == method
        empty = urllib.request.Request(url, data=b"{}", headers={"Content-Type": "application/json"})  # noqa: S310
        with pytest.raises(urllib.error.HTTPError, match="400") as caught:
            urllib.request.urlopen(empty)  # noqa: S310
        assert caught.value.read() == b"no_text"
        caught.value.close()


def test_blocks_within_the_limits_pass() -> None:
    confirm = {"title": {"type": "plain_text", "text": "Sure?"}, "text": {"type": "plain_text", "text": "Really?"}}
    confirm |= {name: {"type": "plain_text", "text": name} for name in ("confirm", "deny")}
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": "h" * 150}},
        section("s" * 3000),
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "f"}] * 10},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "c"}] * 10},
        {"type": "actions", "elements": [button(value="v" * 2000, style="primary", confirm=confirm)]},
        {"type": "divider"},
        {"type": "markdown", "text": "m" * 12_000},
        {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": []}]},
    ]
    assert slack_limits.problems(blocks) == []


@pytest.mark.parametrize(
    "blocks",
    [
        {"type": "divider"},
        ["divider"],
        [{"type": "divider"}] * 51,
        [{"type": "nonsense"}],
        [{"type": "section"}],
        [section("")],
        [section("x" * 3001)],
        [{"type": "section", "fields": [{"type": "mrkdwn", "text": "f"}] * 11}],
        [{"type": "header", "text": {"type": "mrkdwn", "text": "h"}}],
        [{"type": "header", "text": {"type": "plain_text", "text": "h" * 151}}],
        [{"type": "context", "elements": []}],
        [{"type": "actions", "elements": []}],
        [{"type": "actions", "elements": [button(), button()]}],
        [{"type": "actions", "elements": [button(value="v" * 2001)]}],
        [{"type": "actions", "elements": [button(style="loud")]}],
        [{"type": "actions", "elements": [button(text={"type": "plain_text", "text": "x" * 76})]}],
        [{"type": "actions", "elements": [button(confirm={"title": {"type": "plain_text", "text": "x"}})]}],
        [section() | {"block_id": "a"}, section() | {"block_id": "a"}],
        [section() | {"block_id": "a" * 256}],
        [{"type": "markdown", "text": "m" * 12_001}],
        [{"type": "image", "image_url": "https://x"}],
    ],
)
def test_blocks_over_a_limit_are_named(blocks: Any) -> None:
    assert slack_limits.problems(blocks)
