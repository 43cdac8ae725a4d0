"""Forged requests to the public endpoint: nothing is read before the signature, nothing is done against the facts."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from iam_watchdog.clicks import Click
from iam_watchdog.guard import PERSON
from iam_watchdog.handlers.approve import answered
from iam_watchdog.model import (
    WATCHDOG,
    AddRoleStatements,
    Allow,
    Also,
    Applied,
    Approved,
    Fact,
    Healed,
    Incident,
    Prepared,
    Shown,
    Stale,
    Undone,
)
from iam_watchdog.report import blocks
from iam_watchdog.report.forms import forms
from iam_watchdog.report.slack import message
from tests import cases
from tests.fakes import NOON, FakeWorld
from tests.report import incidents
from tests.test_approve import NONCE, PLAN, click, event, form, payload, proposed, world_with

type Bend = Callable[[bytes], dict[str, Any]]


def _headers(**changed: Any) -> Bend:
    def bend(body: bytes) -> dict[str, Any]:
        signed = event(body)
        given = {name.lower(): value for name, value in signed["headers"].items()}
        return signed | {"headers": {**given, **{k.replace("_", "-"): v for k, v in changed.items()}}}

    return bend


def _signature(body: bytes) -> str:
    return next(str(v) for k, v in event(body)["headers"].items() if k.lower() == "x-slack-signature")


UNSIGNED: dict[str, Bend] = {
    "another secret": lambda body: event(body, secret="another"),
    "an empty secret": lambda body: event(body, secret=""),
    "a replay after the window": lambda body: event(body, age=301),
    "a request from the future": lambda body: event(body, age=-301),
    "an hour old": lambda body: event(body, age=3_600),
    "no headers": lambda body: event(body) | {"headers": {}},
    "headers that are null": lambda body: event(body) | {"headers": None},
    "headers that are a list": lambda body: event(body) | {"headers": [["x-slack-signature", "v0="]]},
    "no signature": _headers(x_slack_signature=""),
    "half a signature": lambda body: _headers(x_slack_signature=_signature(body)[:-1])(body),
    "the signature in capitals": lambda body: _headers(x_slack_signature=_signature(body).upper())(body),
    "another version": lambda body: _headers(x_slack_signature=_signature(body).replace("v0=", "v1="))(body),
    "two signatures": lambda body: _headers(x_slack_signature=f"{_signature(body)},{_signature(body)}")(body),
    "a signature with a blank": lambda body: _headers(x_slack_signature=f" {_signature(body)}")(body),
    "a signature of zeros": _headers(x_slack_signature="v0=" + "0" * 64),
    "another time than was signed": lambda body: _headers(x_slack_request_timestamp=str(int(NOON.timestamp()) - 1))(
        body
    ),
    "a time in other digits": _headers(x_slack_request_timestamp="१७९५४३६४००"),
    "a time with a sign": lambda body: _headers(x_slack_request_timestamp=f"+{int(NOON.timestamp())}")(body),
    "a time with a fraction": lambda body: _headers(x_slack_request_timestamp=f"{int(NOON.timestamp())}.0")(body),
    "a time with a blank": lambda body: _headers(x_slack_request_timestamp=f"{int(NOON.timestamp())} ")(body),
    "a time without end": _headers(x_slack_request_timestamp="9" * 400),
    "a time that is null": _headers(x_slack_request_timestamp=None),
    "one byte changed": lambda body: event(body) | {"body": base64.b64encode(body + b" ").decode()},
    "one byte less": lambda body: event(body) | {"body": base64.b64encode(body[:-1]).decode()},
    "a signed body beside another": lambda body: event(b"x") | {"body": base64.b64encode(body).decode()},
    "compressed": lambda body: event(body) | {"body": base64.b64encode(gzip.compress(body)).decode()},
    "said to be no base64": lambda body: event(body) | {"isBase64Encoded": False},
    "too long": lambda body: event(body + b"&x=" + b"A" * 70_000),
    "too long by far": lambda body: event(body) | {"body": "A" * 5_000_000},
    "no body": lambda body: event(body) | {"body": None},
    "a body that is a list": lambda body: event(body) | {"body": [body.decode()]},
    "half a letter": lambda body: event(body) | {"body": "\ud800", "isBase64Encoded": False},
}


@pytest.mark.parametrize("bend", UNSIGNED.values(), ids=UNSIGNED.keys())
def test_what_slack_did_not_sign_is_not_heard(bend: Bend) -> None:
    """An approver's own click, in everything but the signature."""
    world, incident = world_with(proposed())
    status, said = answered(bend(form(payload(click(incident)))), world.approving)
    assert (status in (400, 401, 413), said) == (True, "")
    _nothing_happened(world, incident)


def _nothing_happened(world: FakeWorld, before: Incident) -> None:
    assert world.queue.steps == []
    assert world.facts.load(before.id).facts == before.facts
    assert (world.hands.calls, world.reader.reads) == ([], 0)


def _payload(**changed: Any) -> Callable[[Click], bytes]:
    return lambda pressed: form({**payload(pressed), **changed})


def _raw(text: str) -> Callable[[Click], bytes]:
    return lambda _: text.encode()


SIGNED: dict[str, Callable[[Click], bytes]] = {
    "another workspace": lambda c: form(payload(replace(c, team="T2"))),
    "another app": lambda c: form(payload(replace(c, app="A2"))),
    "another channel": lambda c: form(payload(replace(c, channel="C2"))),
    "a direct message": lambda c: form(payload(replace(c, channel="D1"))),
    "a stranger": lambda c: form(payload(replace(c, user="U9"))),
    "an approver in small letters": lambda c: form(payload(replace(c, user="u1"))),
    "an approver and a blank": lambda c: form(payload(replace(c, user="U1 "))),
    "two approvers": lambda c: form(payload(replace(c, user="U1,U2"))),
    "nobody": lambda c: form(payload(replace(c, user=""))),
    "the watchdog itself": lambda c: form(payload(replace(c, user=WATCHDOG))),
    "a name instead of an id": _payload(user={"name": "U1", "username": "U1", "id": "U9"}),
    "two users": _payload(user=[{"id": "U1"}]),
    "an id that is a list": _payload(user={"id": ["U1"]}),
    "a forwarded message": lambda c: form(payload(replace(c, message="9.9"))),
    "no message": _payload(container={}),
    "another incident": lambda c: form(payload(replace(c, incident="f" * 20))),
    "another plan": lambda c: form(payload(replace(c, plan="0" * 64))),
    "no plan": lambda c: form(payload(replace(c, plan=""))),
    "another nonce": lambda c: form(payload(replace(c, nonce="other"))),
    "no nonce": lambda c: form(payload(replace(c, nonce=""))),
    "an undo of nothing": lambda c: form(payload(replace(c, button="undo"))),
    "a shortcut": _payload(type="shortcut"),
    "a view": _payload(type="view_submission"),
    "no action": _payload(actions=[]),
    "an action that is text": _payload(actions="apply"),
    "a button that we never draw": lambda c: form(payload(replace(c, button="grant"))),
    "two buttons, the second ours": lambda c: form(
        {**payload(c), "actions": [{"action_id": "x", "value": "x"}, *payload(c)["actions"]]}
    ),
    "two payloads": lambda c: form(payload(replace(c, user="U9"))) + b"&" + form(payload(c)),
    "a payload within a payload": lambda c: form({"payload": payload(c)}),
    "JSON without a form": lambda c: json.dumps(payload(c)).encode(),
    "a form within a form": lambda c: urlencode({"payload": form(payload(c)).decode()}).encode(),
    "escaped twice": lambda c: f"payload={quote(quote(json.dumps(payload(c))))}".encode(),
    "UTF-16": lambda c: form(payload(c)).decode().encode("utf-16"),
    "deep nesting": _raw("payload=" + "[" * 60_000),
    "many fields": _raw("&".join(f"a{n}=1" for n in range(5_000))),
    "a number without end": _raw("payload=" + "9" * 60_000),
    "bytes that are no text": lambda _: b"payload=\xff\xfe\x00",
    "a value with a path": lambda c: form(payload(replace(c, incident="../" + "a" * 17))),
    "a value with a key of the table": lambda c: form(payload(replace(c, incident="plan#" + "a" * 15))),
    "a value with a line break": lambda c: form(payload(replace(c, nonce="n0nce\n"))),
    "a value with another incident behind it": lambda c: form(payload(replace(c, nonce=f"{c.nonce}:{'f' * 20}"))),
    "a value with JSON": lambda c: form(payload(replace(c, nonce='{"$ne":1}'))),
}


@pytest.mark.parametrize("forged", SIGNED.values(), ids=SIGNED.keys())
def test_a_signed_request_that_differs_in_one_thing_does_nothing(forged: Callable[[Click], bytes]) -> None:
    """Whoever is in the workspace can make Slack sign; that is no authority."""
    world, incident = world_with(proposed())
    status, _ = answered(event(forged(click(incident))), world.approving)
    assert status in (200, 400)
    _nothing_happened(world, incident)


def test_the_twin_is_an_order() -> None:
    world, incident = world_with(proposed())
    assert answered(event(form(payload(click(incident)))), world.approving)[0] == 200
    assert len(world.queue.steps) == 1


LATE: dict[str, tuple[Fact, ...]] = {
    "a newer plan": (proposed(), proposed(cases.mending, nonce="newer")),
    "the same plan under a newer button": (proposed(), proposed(nonce="newer")),
    "advice since": (proposed(), proposed(None, nonce="newer")),
    "a plan that was given up": (proposed(), Stale(NOON, "x", PLAN)),
    "a plan that was taken back": (
        proposed(),
        Approved(NOON, "U1", PLAN, NONCE),
        Prepared(NOON, (), PLAN, "U1"),
        Applied(NOON, PLAN, "U1"),
        Undone(NOON, "x", "U1", None, PLAN),
    ),
    "a change by the watchdog": (proposed(), Prepared(NOON, (), PLAN, WATCHDOG), Applied(NOON, PLAN, WATCHDOG)),
    "a yes by somebody else": (proposed(), Approved(NOON, "U2", PLAN, NONCE)),
    "a plan that the guard refuses": (proposed(refusals={PERSON: ("hold",)}),),
    "a plan whose refusals are missing": (proposed(refusals={}),),
    "a denial that has healed": (proposed(), Healed(NOON, "allowed now")),
}


@pytest.mark.parametrize("facts", LATE.values(), ids=LATE.keys())
def test_a_click_that_comes_after_the_facts_have_changed_orders_nothing(facts: tuple[Fact, ...]) -> None:
    world, incident = world_with(*facts)
    status, _ = answered(event(form(payload(click(incident)))), world.approving)
    assert status == 200
    _nothing_happened(world, incident)


def test_a_replay_within_the_window_is_one_order() -> None:
    """The same bytes, five times: one yes, one step."""
    world, incident = world_with(proposed())
    same = event(form(payload(click(incident))))
    for _ in range(5):
        answered(same, world.approving)
        world.facts.add(world.facts.load(incident.id), Shown(NOON, "C1", "", "approved"))
    assert len(world.queue.steps) == 1
    assert len([f for f in world.facts.load(incident.id).facts if isinstance(f, Approved)]) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://hooks.slack.com.evil.example/x",
        "https://hooks.slack.com@evil.example/x",
        "https://evil.example/https://hooks.slack.com/",
        "file:///etc/passwd",
        "https://hooks.slack.com:8443/x",
        "//hooks.slack.com/x",
        "https://[::1]/x",
        "https://hooks.slack.com\\@evil.example/",
        "x" * 10_000,
    ],
)
def test_no_answer_goes_where_slack_is_not(url: str) -> None:
    """The response URL is signed by Slack, but the endpoint must not be a way to call from inside."""
    from iam_watchdog.slack.replies import ResponseUrl  # noqa: PLC0415 - slack_sdk for this test alone

    assert not ResponseUrl()._slacks(url)


def test_the_longest_message_that_has_an_apply_button_shows_every_byte_of_its_plan() -> None:
    long = f"arn:aws:s3:::{'b' * 63}/{'k' * 400}"
    fixes = tuple(
        AddRoleStatements(
            f"{incidents.ROLE}-{n}", tuple(Allow(("s3:GetObject",), (f"{long}{n}{i}",)) for i in range(4))
        )
        for n in range(2)
    )
    near = replace(incidents.near_miss(), policy="p" * 590, missed=None)
    found = incidents.diagnosis(
        *fixes,
        because="b" * 1_300,
        notes=("n" * 900,) * 30,
        verdict=incidents.verdict(deciding=(near, near)),
    )
    also = tuple(Also(f"{i:020d}", incidents.denial(resource=f"{long}{i}")) for i in range(5))
    told = incidents.incident(incidents.proposed(found, also=also), of=incidents.denial(resource=long))
    drawn = message(told, incidents.SETTINGS, incidents.NOW).blocks
    (row,) = (block for block in drawn if block["type"] == "actions")
    assert row["elements"][0]["action_id"] == "apply"
    assert all(forms(fix)["json"] in runs(drawn) for fix in fixes)
    assert sum(map(len, runs(drawn))) <= blocks.TOGETHER + 500, "the buttons' and the small print's words"


def runs(drawn: object) -> list[str]:
    """Every text of a message."""
    if isinstance(drawn, dict):
        own = [drawn["text"]] if isinstance(drawn.get("text"), str) else []
        return [*own, *(one for value in drawn.values() for one in runs(value))]
    return [one for inner in drawn for one in runs(inner)] if isinstance(drawn, list | tuple) else []
