"""A person's word: signed, in time, by somebody who may, about exactly one plan, once; else nothing changes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iam_watchdog.approving import Refused, heard
from iam_watchdog.clicks import LONGEST, Click, Rejected, read, signed_body
from iam_watchdog.guard import PERSON
from iam_watchdog.model import (
    WATCHDOG,
    Applied,
    Approved,
    Dismissed,
    Fact,
    Healed,
    Incident,
    Plan,
    Prepared,
    Proposed,
    Shown,
    Snoozed,
    Stale,
    Status,
    StepKind,
    Undone,
    Witness,
)
from iam_watchdog.records import plan_hash
from iam_watchdog.status import derive, quieted
from tests import cases
from tests.fakes import NOON, Crash, FakeWorld, kinds

SECRET = "signing secret"
SETTINGS = replace(cases.SETTINGS, slack_team="T1", slack_app="A1", slack_channel="C1", approvers=("U1", "U2"))
PLAN = plan_hash(cases.reading)
NONCE = "n0nce"
URL = "https://hooks.slack.com/actions/T1/1/x"


def proposed(plan: Plan | None = cases.reading, **differs: Any) -> Proposed:
    given: dict[str, Any] = {
        "at": NOON,
        "diagnosis": cases.found,
        "plan": plan,
        "refusals": {WATCHDOG: ("ask",), PERSON: ()},
        "nonce": NONCE,
        "plan_hash": plan_hash(plan) if plan else "",
    }
    return Proposed(**given | differs)


def world_with(*facts: Fact) -> tuple[FakeWorld, Incident]:
    """A world that knows one incident with these facts, shown in Slack."""
    world = FakeWorld(lambda: cases.evidence, SETTINGS)
    (incident,) = world.facts.record([cases.denial])
    for fact in (*facts, Shown(NOON, "C1", "1.0", "told")):
        incident = world.facts.add(incident, fact)
    return world, incident


def click(about: Incident, button: str = "apply", **differs: str) -> Click:
    given = {
        "button": button,
        "incident": about.id,
        "plan": PLAN,
        "nonce": NONCE,
        "user": "U1",
        "team": "T1",
        "app": "A1",
        "channel": "C1",
        "message": "1.0",
        "url": URL,
    }
    return Click(**given | differs)


def refused(world: FakeWorld, pressed: Click) -> str:
    """The one answer to a click that changes nothing."""
    facts, steps = dict(world.facts.incidents), list(world.queue.steps)
    with pytest.raises(Refused) as no:
        heard(pressed, world.approving)
    assert (world.facts.incidents, world.queue.steps) == (facts, steps)
    return str(no.value)


# ---------------------------------------------------------------- what does nothing


@pytest.mark.parametrize(
    ("differs", "answer"),
    [
        ({"team": "T2"}, "not for this workspace"),
        ({"app": "A2"}, "not for this app"),
        ({"channel": "C2"}, "not for this channel"),
        ({"user": "U9"}, "not among the approvers"),
        ({"user": ""}, "not among the approvers"),
        ({"message": "2.0"}, "not the message"),
        ({"incident": "f" * 20}, "no longer known"),
        ({"plan": "0" * 64}, "newer diagnosis"),
        ({"nonce": "other"}, "newer diagnosis"),
        ({"plan": ""}, "nothing here that could be applied"),
    ],
)
def test_a_click_that_differs_in_one_thing_is_refused_with_one_answer(differs: dict[str, str], answer: str) -> None:
    world, incident = world_with(proposed())
    assert answer in refused(world, click(incident, **differs))


@pytest.mark.parametrize("name", ["slack_team", "slack_app", "slack_channel"])
def test_what_is_not_configured_admits_nobody(name: str) -> None:
    world, incident = world_with(proposed())
    world.settings = replace(SETTINGS, **{name: ""})  # type: ignore[arg-type]
    field = name.removeprefix("slack_")
    assert "not for this" in refused(world, click(incident, **{field: ""}))


def test_an_old_button_is_refused() -> None:
    world, incident = world_with(proposed())
    world.clock.pass_by(SETTINGS.approval_ttl)
    assert "expired" in refused(world, click(incident))


def test_a_button_of_a_replaced_plan_is_refused() -> None:
    later = proposed(cases.mending, at=NOON + timedelta(seconds=5), nonce="newer")
    world, incident = world_with(proposed(), later)
    assert "newer diagnosis" in refused(world, click(incident))


def test_a_plan_that_was_given_up_needs_a_new_message() -> None:
    world, incident = world_with(proposed(), Stale(NOON, "the role changed", PLAN))
    assert "newer diagnosis" in refused(world, click(incident))


def test_what_the_guard_refuses_to_a_person_is_refused_here_already() -> None:
    world, incident = world_with(proposed(refusals={WATCHDOG: (), PERSON: ("no_boundary", "tag")}))
    assert "no_boundary, tag" in refused(world, click(incident))


def test_advice_cannot_be_applied() -> None:
    world, incident = world_with(proposed(None))
    assert "owner" in refused(world, click(incident))


# ---------------------------------------------------------------- what does something


def test_a_yes_is_stored_and_the_step_names_the_plan_and_the_person() -> None:
    world, incident = world_with(proposed())
    assert "Approved" in heard(click(incident), world.approving)
    incident = world.facts.load(incident.id)
    assert incident.last(Approved) == Approved(NOON, "U1", PLAN, NONCE)
    ((step, after),) = world.queue.steps
    assert (step.kind, step.plan, step.by, step.nonce, after) == (StepKind.APPLY, PLAN, "U1", NONCE, 0)
    assert derive(incident, NOON) is Status.APPROVED


def test_a_button_is_good_once() -> None:
    world, incident = world_with(proposed())
    heard(click(incident), world.approving)
    assert "already, by <@U1>" in refused(world, click(incident, user="U2"))
    world.facts.add(world.facts.load(incident.id), Shown(NOON, "C1", "", "approved"))
    assert "already, by you" in refused(world, click(incident))


def test_two_at_the_same_moment_are_one_yes() -> None:
    world, incident = world_with(proposed())
    world.facts.words.add((incident.id, f"apply:{NONCE}"))
    assert "Somebody else" in refused(world, click(incident))


def test_an_order_that_was_lost_on_its_way_is_sent_again_by_the_second_click() -> None:
    world, incident = world_with(proposed())
    world.queue.breaks = 1
    with pytest.raises(Crash, match="out of reach"):
        heard(click(incident), world.approving)
    assert world.queue.steps == []
    with pytest.raises(Refused, match="already, by you"):
        heard(click(incident), world.approving)
    assert [step.kind for step, _ in world.queue.steps] == [StepKind.APPLY]


@pytest.mark.parametrize(("button", "kind", "hours"), [("dismiss", Dismissed, 720), ("snooze", Snoozed, 24)])
def test_quiet_is_for_a_time_and_lifts_when_it_gets_worse(button: str, kind: type[Fact], hours: int) -> None:
    world, incident = world_with(proposed())
    assert "Quiet until" in heard(click(incident, button), world.approving)
    incident = world.facts.load(incident.id)
    assert kinds(incident.facts)[-1] == kind.__name__
    assert quieted(incident, NOON + timedelta(hours=hours - 1))
    assert not quieted(incident, NOON + timedelta(hours=hours))
    assert not quieted(replace(incident, occurrences=10), NOON)
    assert quieted(replace(incident, occurrences=9), NOON)
    assert "pressed already" in refused(world, click(incident, button))


def test_a_stronger_witness_lifts_a_dismissal() -> None:
    world = FakeWorld(lambda: cases.evidence, SETTINGS)
    (incident,) = world.facts.record([replace(cases.denial, witness=Witness.LOG)])
    world.facts.add(incident, proposed())
    heard(click(incident, "dismiss"), world.approving)
    incident = world.facts.load(incident.id)
    assert quieted(incident, NOON)
    assert not quieted(replace(incident, denial=replace(incident.denial, witness=Witness.CLOUDTRAIL)), NOON)


def test_nothing_is_quieted_while_a_change_is_under_way() -> None:
    world, incident = world_with(proposed(), Approved(NOON, "U1", PLAN, NONCE))
    for button in ("dismiss", "snooze"):
        assert "under way" in refused(world, click(incident, button))


def test_what_was_applied_unasked_needs_no_yes() -> None:
    world, incident = world_with(proposed(), Prepared(NOON, (), PLAN, WATCHDOG), Applied(NOON, PLAN, WATCHDOG))
    assert "applied already" in refused(world, click(incident))


@pytest.mark.parametrize("button", ["dismiss", "snooze"])
def test_what_ended_is_not_quieted(button: str) -> None:
    world, incident = world_with(proposed(), Healed(NOON, "allowed now"))
    assert "ended" in refused(world, click(incident, button))
    assert derive(world.facts.load(incident.id), NOON) is Status.HEALED


def test_an_undo_needs_a_change() -> None:
    world, incident = world_with(proposed())
    assert "Nothing was changed" in refused(world, click(incident, "undo"))


def test_an_undo_of_what_was_applied_is_ordered_by_name() -> None:
    made = (Prepared(NOON, (), PLAN, "U1"), Applied(NOON, PLAN, "U1"))
    world, incident = world_with(proposed(), *made)
    assert "taken back" in heard(click(incident, "undo", user="U2"), world.approving)
    ((step, _),) = world.queue.steps
    assert (step.kind, step.by, step.plan) == (StepKind.UNDO, "U2", PLAN)
    assert "newer plan" in refused(world, click(incident, "undo", plan="0" * 64))
    world.facts.add(world.facts.load(incident.id), Undone(NOON, "asked", "U2", None, PLAN))
    assert "undone already" in refused(world, click(incident, "undo"))


def test_a_refused_undo_may_be_asked_for_again() -> None:
    made = (Prepared(NOON, (), PLAN, "U1"), Applied(NOON, PLAN, "U1"), Undone(NOON, "asked", "U1", "denied", PLAN))
    world, incident = world_with(proposed(), *made)
    assert "taken back" in heard(click(incident, "undo"), world.approving)


def test_the_report_is_a_link_for_an_approver() -> None:
    world, incident = world_with(proposed())
    assert f"https://bucket.example/{incident.id}" in heard(click(incident, "report"), world.approving)
    assert "not among" in refused(world, click(incident, "report", user="U9"))
    world.reports.stored = False
    assert "no stored report" in refused(world, click(incident, "report"))


# ---------------------------------------------------------------- as it comes through the function URL


def payload(pressed: Click, **differs: Any) -> dict[str, Any]:
    """The payload as Slack posts it."""
    given: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": pressed.user, "team_id": pressed.team},
        "team": {"id": pressed.team},
        "api_app_id": pressed.app,
        "channel": {"id": pressed.channel},
        "container": {"type": "message", "message_ts": pressed.message, "channel_id": pressed.channel},
        "response_url": pressed.url,
        "actions": [
            {
                "type": "button",
                "action_id": pressed.button,
                "value": f"{pressed.incident}:{pressed.plan}:{pressed.nonce}",
            }
        ],
    }
    return given | differs


def event(
    body: bytes, *, encoded: bool = True, secret: str = SECRET, age: int = 0, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """A function URL event, signed as Slack signs."""
    stamp = str(int(NOON.timestamp()) - age)
    mac = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    given = {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={mac}"}
    text = base64.b64encode(body).decode() if encoded else body.decode()
    return {"headers": given | (headers or {}), "body": text, "isBase64Encoded": encoded}


def form(data: object) -> bytes:
    return urlencode({"payload": json.dumps(data)}).encode()


@pytest.mark.parametrize("encoded", [True, False])
def test_a_signed_click_is_read_as_it_was_pressed(encoded: bool) -> None:
    _, incident = world_with(proposed())
    pressed = click(incident)
    assert read(signed_body(event(form(payload(pressed)), encoded=encoded), SECRET, NOON)) == pressed


def test_a_value_for_advice_has_neither_plan_nor_nonce() -> None:
    _, incident = world_with(proposed(None))
    pressed = click(incident, "dismiss", plan="", nonce="")
    assert read(form(payload(pressed))) == pressed


@pytest.mark.parametrize(
    "given",
    [
        event(b"payload=1", secret="another"),
        event(b"payload=1", age=301),
        event(b"payload=1", age=-301),
        event(b"payload=1") | {"body": base64.b64encode(b"payload=2").decode()},
        event(b"payload=1") | {"headers": {}},
        event(b"payload=1") | {"headers": None},
        event(b"payload=1") | {"headers": ["x"]},
        event(b"payload=1", headers={"x-slack-request-timestamp": "now"}),
        event(b"payload=1", headers={"x-slack-signature": "v0=\udcff"}),
    ],
)
def test_what_slack_did_not_sign_just_now_is_not_read(given: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as no:
        signed_body(given, SECRET, NOON)
    assert no.value.status == 401


def test_without_a_secret_nothing_is_signed() -> None:
    with pytest.raises(Rejected):
        signed_body(event(b"payload=1", secret=""), "", NOON)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (None, 400),
        ("", 400),
        (7, 400),
        ("?not base64", 400),
        ("A" * (3 * LONGEST), 413),
        ("A" * (LONGEST * 3 // 2), 413),
    ],
)
def test_a_body_is_measured_before_it_is_hashed(body: object, status: int) -> None:
    with pytest.raises(Rejected) as no:
        signed_body({"headers": {}, "body": body, "isBase64Encoded": True}, SECRET, NOON)
    assert no.value.status == status


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        None,
        "text",
        {"type": "view_submission"},
        {"type": "block_actions"},
        {"type": "block_actions", "actions": []},
        {"type": "block_actions", "actions": {}},
    ],
)
def test_a_signed_body_that_is_no_click_is_a_bad_request(data: object) -> None:
    with pytest.raises(Rejected) as no:
        read(form(data))
    assert no.value.status == 400


@pytest.mark.parametrize(
    "action",
    [
        {"action_id": "delete", "value": f"{'a' * 20}:{'0' * 64}:n"},
        {"action_id": "apply", "value": f"{'A' * 20}:{'0' * 64}:n"},
        {"action_id": "apply", "value": f"{'a' * 20}:{'0' * 64}:n:more"},
        {"action_id": "apply", "value": f"{'a' * 20}:{'0' * 64}:n\n"},
        {"action_id": "apply", "value": f"../{'a' * 17}:{'0' * 64}:n"},
        {"action_id": "apply", "value": 7},
        {"action_id": ["apply"], "value": f"{'a' * 20}:{'0' * 64}:n"},
        {"action_id": "apply"},
    ],
)
def test_a_button_that_we_did_not_draw_is_a_bad_request(action: dict[str, Any]) -> None:
    _, incident = world_with(proposed())
    with pytest.raises(Rejected):
        read(form(payload(click(incident), actions=[action])))


@given(body=st.binary(max_size=300), encoded=st.booleans(), signature=st.text(max_size=80))
@settings(max_examples=60)
def test_any_bytes_unsigned_are_refused(body: bytes, encoded: bool, signature: str) -> None:
    text = base64.b64encode(body).decode() if encoded else body.decode("latin-1")
    given = {"body": text, "isBase64Encoded": encoded, "headers": {"x-slack-signature": signature}}
    with pytest.raises(Rejected) as no:
        signed_body(given, SECRET, NOON)
    assert 400 <= no.value.status < 500


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list("abc")) | st.text(max_size=5), inner)
    ),
    max_leaves=6,
)
_fields = ("type", "user", "team", "api_app_id", "channel", "container", "response_url", "actions")


@given(field=st.sampled_from(_fields), value=_json)
@settings(max_examples=100)
def test_a_signed_body_with_any_field_bent_changes_nothing(field: str, value: object) -> None:
    world, incident = world_with(proposed(None))
    before = dict(world.facts.incidents)
    with suppress(Rejected, Refused):
        heard(read(form(payload(click(incident), **{field: value}))), world.approving)
    assert world.facts.incidents == before
    assert world.queue.steps == []


@given(body=st.binary(max_size=400))
@settings(max_examples=100)
def test_any_signed_bytes_are_a_bad_request(body: bytes) -> None:
    with pytest.raises(Rejected) as no:
        read(body)
    assert no.value.status == 400
