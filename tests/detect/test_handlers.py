"""Detect's envelope: an ordinary batch costs no client, a denial is recorded, sent and counted once a delivery."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from iam_watchdog import story
from iam_watchdog.detect import denials, subscription
from iam_watchdog.ports import NoticeWorld
from tests.detect.deliveries import DENIAL, GROUND, body, packed
from tests.fakes import FakeFacts, FakeQueue

ROOT = Path(__file__).parents[2]
PROBE = """
import json, sys
from iam_watchdog.handlers import detect
answer = detect.handler(json.load(sys.stdin), None)
print(json.dumps({"answer": answer, "loaded": sorted(sys.modules)}))
"""
CLIENTS = (
    "boto3",
    "botocore.session",
    "botocore.client",
    "iam_watchdog.wiring",
    "iam_watchdog.aws",
    "iam_watchdog.story",
)
"""Powertools itself loads the bare name `botocore` for its user agent, without a client."""


def loaded_after(event: dict[str, Any]) -> tuple[dict[str, int], set[str]]:
    """What the handler answers in a process of its own, and the modules that this took."""
    environment = {
        "PYTHONPATH": str(ROOT / "src"),
        "POWERTOOLS_SERVICE_NAME": "detect",
        "POWERTOOLS_METRICS_NAMESPACE": "IAMWatchdog",
    }
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", PROBE],
        input=json.dumps(event),
        capture_output=True,
        text=True,
        env=environment,
        check=True,
        timeout=60,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    return told["answer"], set(told["loaded"])


@pytest.mark.parametrize(
    "lines",
    [
        ("START RequestId: x", "all is well", "REPORT RequestId: x"),
        ("permission granted", "token is authorized", "403: Forbidden is what the test expects"),
    ],
)
def test_a_batch_without_a_denial_loads_no_client(lines: tuple[str, ...]) -> None:
    answer, loaded = loaded_after(packed(body(*lines)))
    assert answer == {"denials": 0, "sent": 0}
    assert loaded.isdisjoint(CLIENTS)


def test_an_ordinary_batch_does_not_even_load_the_grammar() -> None:
    _, loaded = loaded_after(packed(body("START RequestId: x", "all is well")))
    assert "iam_watchdog.detect.parse" not in loaded


def world() -> NoticeWorld:
    return NoticeWorld(FakeFacts(), FakeQueue())


def test_a_delivery_that_comes_twice_is_counted_once_and_sent_once() -> None:
    here = world()
    found = denials.from_batch(subscription.unpack(packed(body(DENIAL, DENIAL))), GROUND)
    assert (story.notice(found, here), story.notice(found, here)) == (1, 0)
    (incident,) = here.facts.listing()
    assert incident.occurrences == 2


def test_two_denials_of_one_event_are_two_incidents_each_counted_once() -> None:
    here = world()
    text = f"{DENIAL}\n{DENIAL.replace('PutItem', 'GetItem')}"
    found = denials.from_batch(subscription.unpack(packed(body(text))), GROUND)
    assert story.notice(found, here) == 2
    assert [i.occurrences for i in here.facts.listing()] == [1, 1]
