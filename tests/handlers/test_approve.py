"""The function URL: 4xx for what Slack did not sign or we did not draw, one sentence for everything else."""

from __future__ import annotations

import base64
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from iam_watchdog.handlers.approve import answered
from tests.test_approve import URL, click, event, form, payload, proposed, world_with


def test_an_approved_click_is_answered_to_the_person_and_to_slack() -> None:
    world, incident = world_with(proposed())
    status, said = answered(event(form(payload(click(incident)))), world.approving)
    assert (status, "Approved" in said) == (200, True)
    assert world.replies.said == [(URL, said)]
    assert len(world.queue.steps) == 1


def test_a_replayed_request_changes_nothing_more() -> None:
    world, incident = world_with(proposed())
    same = event(form(payload(click(incident))))
    answered(same, world.approving)
    facts = world.facts.load(incident.id).facts
    status, said = answered(same, world.approving)
    assert (status, "already, by you" in said) == (200, True)
    assert world.facts.load(incident.id).facts == facts


def test_a_stranger_hears_one_sentence_and_changes_nothing() -> None:
    world, incident = world_with(proposed())
    status, said = answered(event(form(payload(click(incident, user="U9")))), world.approving)
    assert (status, "approvers" in said, world.queue.steps) == (200, True, [])


def test_unsigned_and_foreign_requests_get_no_sentence() -> None:
    world, incident = world_with(proposed())
    good = form(payload(click(incident)))
    for bent, status in (
        (event(good, secret="another"), 401),
        (event(good, age=400), 401),
        (event(b"hello"), 400),
        (event(form({"type": "view_submission"})), 400),
        ({}, 400),
        ({"body": "x" * 200_000}, 413),
    ):
        assert answered(bent, world.approving) == (status, "")
    assert (world.replies.said, world.queue.steps) == ([], [])


@given(
    body=st.text(max_size=200) | st.none() | st.integers(),
    encoded=st.booleans() | st.none(),
    headers=st.none() | st.dictionaries(st.text(max_size=30), st.text(max_size=30), max_size=3) | st.lists(st.text()),
)
@settings(max_examples=80)
def test_any_event_is_a_4xx_and_never_a_change(body: Any, encoded: Any, headers: Any) -> None:
    world, _ = world_with(proposed())
    status, said = answered({"body": body, "isBase64Encoded": encoded, "headers": headers}, world.approving)
    assert 400 <= status < 500
    assert (said, world.queue.steps, world.replies.said) == ("", [], [])


@given(raw=st.binary(max_size=200))
@settings(max_examples=60)
def test_any_signed_bytes_are_a_4xx_and_never_a_change(raw: bytes) -> None:
    world, _ = world_with(proposed())
    signed = event(raw)
    assert signed["body"] == base64.b64encode(raw).decode()
    status, _said = answered(signed, world.approving)
    assert 400 <= status < 500
    assert world.queue.steps == []
