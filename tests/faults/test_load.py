"""Many events, twice and out of order, while the table or the queue fails: one incident, one alert, the exact count."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from iam_watchdog import wiring
from iam_watchdog.handlers import diagnose
from iam_watchdog.model import Proposed
from tests.attack.siege import packed
from tests.aws.answers import Refusal, refused
from tests.faults.aws import FAULTS, USUAL
from tests.handlers.deployed import ACCOUNT, REGION, Deployed, deployed
from tests.handlers.events import Context, sqs

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/orders-role/orders"
LINE = (
    f"[ERROR] ClientError: An error occurred (AccessDenied) when calling the GetObject operation: User: {SESSION} is "
    "not authorized to perform: s3:GetObject on resource: arn:aws:s3:::shop/incoming/{n}.csv because no identity-based "
    "policy allows the s3:GetObject action"
)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with deployed(monkeypatch) as made:
        monkeypatch.setenv("WATCHDOG_TOPIC", _topic())
        monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "IAMWatchdog")
        yield made


def _topic() -> str:
    """The alerts topic, and a queue that hears it."""
    topic = boto3.client("sns").create_topic(Name="alerts")["TopicArn"]
    boto3.client("sqs").create_queue(QueueName="heard")
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:heard")
    return str(topic)


def alerts() -> list[str]:
    """What people were told."""
    client = boto3.client("sqs")
    url = client.get_queue_url(QueueName="heard")["QueueUrl"]
    found = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [str(json.loads(json.loads(message["Body"])["Message"])["status"]) for message in found]


def delivery(start: int, count: int) -> dict[str, Any]:
    """So many lines of the log of one function, about one directory."""
    events = [
        {"id": f"e{n}", "timestamp": 1_795_000_000_000 + n, "message": LINE.replace("{n}", str(n))}
        for n in range(start, start + count)
    ]
    return packed(
        {
            "messageType": "DATA_MESSAGE",
            "owner": ACCOUNT,
            "logGroup": "/aws/lambda/orders",
            "logStream": "2026/11/23/[$LATEST]0123456789abcdef",
            "logEvents": events,
        }
    )


def _stormed(stack: Deployed, deliveries: int, each: int) -> None:
    """Every delivery twice, the second round backwards; what is asked is diagnosed in between, twice as well."""
    stack.function("orders", "logs:*")
    batches = [delivery(n * each, each) for n in range(deliveries)]
    for batch in (*batches, *batches[::-1]):
        assert stack.detect(batch)["denials"] == each
        for body in stack.asked():
            stack.diagnose(body, body)
    (incident,) = stack.incidents()
    assert incident.occurrences == deliveries * each
    assert incident.last(Proposed)
    assert alerts() == ["proposed"]


def test_five_thousand_events_are_one_incident_one_alert_and_an_exact_count(stack: Deployed) -> None:
    _stormed(stack, 5, 1_000)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_hundred_thousand_events_are_one_incident_one_alert_and_an_exact_count(stack: Deployed) -> None:
    _stormed(stack, 20, 5_000)


# ---------------------------------------------------------------- Detect's own calls fail


class Trip:
    """Lets the n-th call of this container's clients fail."""

    def __init__(self, at: int, fault: Refusal | Exception, service: str = "") -> None:
        self.at, self.fault, self.service = at, fault, service
        self.calls = 0
        wiring.clients().session.events.register("before-call", self)

    def __call__(self, model: Any, **_: Any) -> Any:
        if self.service in ("", model.service_model.service_name):
            self.calls += 1
            if self.at in (self.calls, 0):
                if isinstance(self.fault, Exception):
                    raise self.fault
                return refused(self.fault)
        return None


def _again(detect: Callable[[], Any]) -> int:
    """Lambda brings an asynchronous event again, twice; how often it took."""
    for attempt in range(3):
        try:
            detect()
        except (ClientError, BotoCoreError):
            continue
        return attempt
    raise AssertionError("the event went to the failure destination")


@pytest.mark.parametrize("fault", USUAL)
def test_each_call_of_detect_fails_and_nothing_is_lost_or_counted_twice(stack: Deployed, fault: str) -> None:
    """First one call after the other; a second delivery is counted on top."""
    n = 0
    while True:
        n += 1
        wiring.clients.cache_clear()
        wiring.noticing.cache_clear()
        trip = Trip(n, FAULTS[fault])
        batch = delivery(n * 10, 10)
        took = _again(partial(stack.detect, batch))
        (incident,) = stack.incidents()
        assert incident.occurrences == n * 10, f"call {n}"
        if took == 0 and trip.calls < n:
            break
    assert n > 5
    assert {body["incident"] for body in stack.asked()} == {incident.id}


def test_a_table_that_is_throttled_keeps_the_event_for_a_retry_and_then_counts_it(stack: Deployed) -> None:
    """Lambda keeps the event, then S3 does; nothing is answered as if it were done."""
    trip = Trip(0, Refusal("ProvisionedThroughputExceededException", "slow down", 400), "dynamodb")
    for _ in range(3):
        with pytest.raises(ClientError):
            stack.detect(delivery(0, 10))
    assert stack.asked() == []
    trip.at = -1
    stack.detect(delivery(0, 10))
    (incident,) = stack.incidents()
    assert incident.occurrences == 10
    assert len(stack.asked()) == 1


# ---------------------------------------------------------------- one bad message among good ones


POISON: dict[str, Any] = {
    "no JSON": "{",
    "an unknown incident": {"incident": "f" * 20, "cycle": 1},
    "a cycle that is text": {"incident": "f" * 20, "cycle": "1"},
    "an unknown digest": {"digest": "x"},
    "a step": {"type": "Step", "incident": "x", "cycle": 1, "kind": "apply"},
    "a list": [1],
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())
def test_a_poison_message_does_not_hold_the_others(stack: Deployed, poison: Any) -> None:
    stack.function("orders", "logs:*")
    stack.detect(delivery(0, 3))
    (good,) = stack.asked()
    answer = diagnose.handler(sqs(poison, good, poison), Context("iam-watchdog-diagnose"))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m2"}]}
    (incident,) = stack.incidents()
    assert incident.last(Proposed)
    assert alerts() == ["proposed"]
