"""The gates as data: what is not said first."""

from __future__ import annotations

import pytest

from iam_watchdog.model import Answer, Confidence, Denial, Finding, Kind, Layer, Request, Unread
from iam_watchdog.report.gates import WAY, Gate, State, gates
from iam_watchdog.report.way import described, stops_at, way
from tests.report.incidents import ACCOUNT, BUCKET_KEY, SESSION, denial, diagnosis, verdict


def of(layer: Layer, drawn: tuple[Gate, ...]) -> Gate:
    return next(gate for gate in drawn if gate.layer is layer)


def test_every_layer_has_its_place_on_the_way() -> None:
    """All nine, each once, whatever was decided."""
    assert [layer for layer, _, _ in WAY] == [gate.layer for gate in gates(diagnosis())]
    assert {layer for layer, _, _ in WAY} == set(Layer)


def test_a_gate_that_is_not_in_play_is_neither_open_nor_shut() -> None:
    """Absent is said as such."""
    assert of(Layer.VPCE, gates(diagnosis())).state is State.ABSENT


def test_unread_is_not_taken_for_absent() -> None:
    """No silence for absence."""
    missing = (Unread(Layer.VPCE, "endpoint vpce-1", "AccessDenied"),)
    gate = of(Layer.VPCE, gates(diagnosis(), missing))
    assert gate.state is State.UNREAD
    assert gate.because == "Endpoint vpce-1 could not be read: AccessDenied."


def test_a_detail_that_could_not_be_read_says_nothing_about_the_gate() -> None:
    """The layer's policies were read; the detail stands among what was not."""
    detail = (Unread(Layer.VPCE, "tags of vpce-1", "AccessDenied", decides=False),)
    assert of(Layer.VPCE, gates(diagnosis(), detail)).state is State.ABSENT


def test_the_shut_gate_names_the_statement_that_nearly_allows() -> None:
    """With the element that did not match."""
    gate = of(Layer.IDENTITY, gates(diagnosis()))
    assert (gate.state, gate.decides) == (State.SHUT, True)
    assert (
        "Allow in inline/data, statement 1 (ReadOrders): its resource is arn:aws:s3:::orders-incoming" in gate.because
    )


def test_a_deny_is_named_with_its_policy() -> None:
    """The deciding statement."""
    deny = Finding(Layer.BOUNDARY, "arn:aws:iam::1:policy/ceiling", 2, None, "Deny")
    said = verdict(answer=Answer.EXPLICIT, layers={Layer.BOUNDARY: Answer.EXPLICIT}, deciding=(deny,), near=())
    gate = of(Layer.BOUNDARY, gates(diagnosis(verdict=said, layer=Layer.BOUNDARY)))
    assert gate.state is State.SHUT
    assert gate.because == "Deny in arn:aws:iam::1:policy/ceiling, statement 3."


@pytest.mark.parametrize(
    ("account", "action", "state"),
    [
        (ACCOUNT, "s3:GetObject", State.ABSENT),
        ("999988887777", "s3:GetObject", State.SHUT),
        (ACCOUNT, "kms:Decrypt", State.SHUT),
    ],
)
def test_a_silent_bucket_policy_shuts_nothing_within_one_account(account: str, action: str, state: State) -> None:
    """One of the two is enough there; across accounts, and for keys, it is not."""
    layers = {Layer.IDENTITY: Answer.ALLOWED, Layer.BOUNDARY: Answer.IMPLICIT, Layer.RESOURCE: Answer.IMPLICIT}
    found = diagnosis(
        verdict=verdict(layers=layers, near=()),
        layer=Layer.BOUNDARY,
        request=Request(SESSION, action, BUCKET_KEY, account),
    )
    assert of(Layer.RESOURCE, gates(found)).state is state


@pytest.mark.parametrize(("sure", "state"), [(Confidence.REPORTED, State.UNREAD), (Confidence.VERIFIED, State.SHUT)])
def test_the_gate_that_the_diagnosis_names_is_never_drawn_as_absent(sure: Confidence, state: State) -> None:
    """AWS's message says so and we could not see it; or we looked, and there is no policy at all."""
    found = diagnosis(layer=Layer.SCP, confidence=sure, verdict=verdict(answer=Answer.UNKNOWN, layers={}, near=()))
    assert of(Layer.SCP, gates(found)).state is state


def test_the_call_stops_where_the_diagnosis_says() -> None:
    """And the drawing says it in words."""
    places = way(gates(diagnosis()), denial())
    assert places[stops_at(places)].label == "role's policies"
    assert described(places).endswith("The call stops at the role's policies.")


def test_a_call_that_stops_nowhere_goes_through() -> None:
    """Already allowed."""
    found = diagnosis(
        layer=None, verdict=verdict(answer=Answer.ALLOWED, layers={Layer.IDENTITY: Answer.ALLOWED}, near=())
    )
    assert stops_at(way(gates(found), denial())) == -1


def test_a_trigger_is_the_caller() -> None:
    """For an invoke permission the target is what comes after."""
    refused: Denial = denial(kind=Kind.INVOKE_PERMISSION, principal="events.amazonaws.com")
    places = way(gates(diagnosis()), refused)
    assert (places[0].label, places[-1].label) == ("events.amazonaws.com", "whatever it calls")
