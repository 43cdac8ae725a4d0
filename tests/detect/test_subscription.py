"""Deliveries, good and bad: bounded, said, and never silent about what was cut off."""

from __future__ import annotations

import base64
import json
import tracemalloc
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.detect import subscription
from tests.detect.deliveries import ACCOUNT, DENIAL, body, packed


def test_a_control_message_is_only_that() -> None:
    batch = subscription.unpack(packed({**body("CWL CONTROL MESSAGE"), "messageType": "CONTROL_MESSAGE"}))
    assert batch.control


def test_a_delivery_comes_out_as_it_was_packed() -> None:
    batch = subscription.unpack(packed(body("one", DENIAL)))
    assert (batch.owner, batch.log_group, batch.log_stream) == (
        ACCOUNT,
        "/aws/lambda/orders",
        "2026/01/01/[$LATEST]0f",
    )
    assert [e.id for e in batch.events] == ["event-0", "event-1"]
    assert batch.events[1].at == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert not batch.truncated


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"awslogs": None},
        {"awslogs": {}},
        {"awslogs": {"data": 5}},
        {"awslogs": {"data": "%%%"}},
        {"awslogs": {"data": base64.b64encode(b"no gzip").decode()}},
        packed(b"no json"),
        packed(b"[1]"),
        packed(b"[" * 100_000),
    ],
)
def test_what_is_no_delivery_names_the_field(event: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="awslogs.data"):
        subscription.unpack(event)


def test_a_broken_event_leaves_the_others() -> None:
    content = body("one", "two", "three", "four")
    content["logEvents"][0] = "text"
    del content["logEvents"][1]["message"]
    content["logEvents"][2]["timestamp"] = 1e300
    batch = subscription.unpack(packed(content))
    assert [e.message for e in batch.events] == ["three", "four"]


def test_a_bomb_is_cut_and_said_to_be() -> None:
    content = body(DENIAL, "x" * (subscription.UNPACKED + 1))
    event = packed(json.dumps(content).encode() + b" " * 200_000_000)
    tracemalloc.start()
    batch = subscription.unpack(event)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert batch.truncated
    assert batch.log_group == "/aws/lambda/orders"
    assert [e.message for e in batch.events] == [DENIAL]
    assert peak < 100_000_000


def test_a_delivery_that_ends_early_keeps_what_arrived() -> None:
    whole = packed(body(*[f"{DENIAL} {n}" for n in range(3_000)]))["awslogs"]["data"]
    cut = base64.b64encode(base64.b64decode(whole)[:-400]).decode()
    batch = subscription.unpack({"awslogs": {"data": cut}})
    assert batch.truncated
    assert len(batch.events) > 1_000


@given(st.binary(max_size=200))
def test_any_bytes_are_a_delivery_or_a_value_error(raw: bytes) -> None:
    for event in ({"awslogs": {"data": base64.b64encode(raw).decode()}}, packed(raw)):
        try:
            subscription.unpack(event)
        except ValueError as wrong:
            said = str(wrong)
            if not said.startswith("awslogs.data: "):
                raise
