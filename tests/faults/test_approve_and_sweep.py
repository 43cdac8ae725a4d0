"""The calls of Approve and of the sweep fail in turn: one yes, one order; one incident, found by the next run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from iam_watchdog import records, wiring
from iam_watchdog.aws.facts import TableFacts
from iam_watchdog.aws.queues import SqsQueue
from iam_watchdog.handlers.approve import answered
from iam_watchdog.model import Approved, Incident, Shown, Step
from iam_watchdog.ports import ApproveWorld, CannotRead
from tests import cases
from tests.fakes import NOON, FakeClock, FakeReplies, FakeReports
from tests.faults.aws import FAULTS, USUAL
from tests.faults.test_load import Trip
from tests.handlers.deployed import Deployed, deployed, forget
from tests.test_approve import SECRET, SETTINGS, click, event, form, payload, proposed

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with deployed(monkeypatch) as made:
        monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "IAMWatchdog")
        yield made


def _approving(steps: str) -> ApproveWorld:
    """Approve on the real table and queue, through this container's clients."""
    clients = wiring.clients()
    facts = TableFacts(clients.get("dynamodb"), "incidents", FakeClock())
    queue = SqsQueue(clients.get("sqs"), steps=steps)
    return ApproveWorld(facts, queue, FakeReplies(), FakeReports(), FakeClock(), SETTINGS, SECRET)


def _shown(stack: Deployed, n: int) -> Incident:
    """One more incident that waits for a yes."""
    (incident,) = stack.facts.record([replace(cases.denial, scope=f"s{n}", event_id=f"e{n}")])
    incident = stack.facts.add(incident, proposed())
    return stack.facts.add(incident, Shown(NOON, "C1", "1.0", "told"))


def _steps(url: str) -> list[Step]:
    found = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        boto3.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [records.load(Step, json.loads(message["Body"])) for message in found]


@pytest.mark.parametrize("fault", USUAL)
def test_each_call_of_approve_fails_and_the_second_click_is_one_yes_and_one_order(stack: Deployed, fault: str) -> None:
    url = str(boto3.client("sqs").create_queue(QueueName="steps")["QueueUrl"])
    n, failed = 0, True
    while failed:
        n += 1
        incident = _shown(stack, n)
        signed = event(form(payload(click(incident))))
        wiring.clients.cache_clear()
        Trip(n, FAULTS[fault])
        world, failed = _approving(url), False
        try:
            answered(signed, world)
        except (ClientError, BotoCoreError):
            failed = True
            answered(signed, world)
        now = stack.facts.load(incident.id)
        assert len([f for f in now.facts if isinstance(f, Approved)]) == 1, f"call {n}"
        (step,) = _steps(url)
        assert (step.incident, step.by, step.plan) == (incident.id, "U1", proposed().plan_hash)
    assert n > 6


def _swept(stack: Deployed, n: int, fault: str) -> bool:
    """One run of which the n-th call fails; then a run without a fault. True while there is an n-th call."""
    forget()
    trip = Trip(n, FAULTS[fault])
    with suppress(ClientError, BotoCoreError, CannotRead):
        stack.sweep()
    trip.at = -1
    stack.sweep()
    return trip.calls >= n


STRIDE = 15


def _mute(stack: Deployed) -> None:
    stack.function("mute")
    stack.function("fine", "logs:*")


def _one_incident(stack: Deployed, where: Any) -> None:
    """Also while nobody can tell whether the log group exists."""
    found = [i.denial for i in stack.incidents() if i.denial.action.startswith("logs:")]
    assert {denial.function for denial in found} == {"mute"}, where
    assert [denial.action for denial in found] == ["logs:CreateLogStream"], where


def test_calls_of_the_sweep_fail_and_the_next_run_finds_the_same(stack: Deployed) -> None:
    """Every fifteenth call, each by another fault; the slow suite tries them all."""
    _mute(stack)
    for number, n in enumerate(range(1, 46, STRIDE)):
        _swept(stack, n, tuple(FAULTS)[number % 4])
        _one_incident(stack, n)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("fault", FAULTS)
def test_each_call_of_the_sweep_fails_and_the_next_run_finds_the_same(stack: Deployed, fault: str) -> None:
    _mute(stack)
    n = 1
    while _swept(stack, n, fault) and n < 80:
        _one_incident(stack, n)
        n += 1
    assert n > 10
