"""Every call to AWS fails in turn: the incident is kept, nothing is made or told twice, gaps are named."""

from __future__ import annotations

from functools import cache

import pytest

from iam_watchdog import story
from iam_watchdog.aws.announcer import Announcer
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.aws.hands import AwsHands
from iam_watchdog.aws.invoker import LambdaInvoker
from iam_watchdog.detect import cloudtrail
from iam_watchdog.model import Incident, Shown, Stale, Status
from iam_watchdog.report import text
from iam_watchdog.status import derive
from tests.attack.siege import BASIC, GROUND, SETTINGS
from tests.attack.test_trail import record
from tests.drive import deliver
from tests.fakes import FakeWorld
from tests.faults.aws import FAULTS, Aws

TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"


def flow(aws: Aws) -> FakeWorld:
    """From CloudTrail's record to the verified fix, with what stands in front of AWS in earnest."""
    made = FakeWorld(lambda: None, SETTINGS)  # type: ignore[arg-type,return-value]
    clients = aws.clients()
    made.reader = AccountReader(clients, SETTINGS, made.clock.now)  # type: ignore[assignment]
    made.hands = AwsHands(clients, SETTINGS, "arn:aws:iam::123456789012:role/auto", "")  # type: ignore[assignment]
    made.notifier = Announcer(clients, SETTINGS, made.clock, TOPIC, "bucket")  # type: ignore[assignment]
    made.invoker = LambdaInvoker(clients, SETTINGS, made.reader, made.clock, "/iam-watchdog/verify")  # type: ignore[assignment]
    story.notice(cloudtrail.from_record(record(), GROUND), made.noticing)
    deliver(made)
    return made


@cache
def length() -> int:
    """How many calls the whole flow makes."""
    aws = Aws()
    flow(aws)
    return aws.calls


def test_without_a_fault_it_is_mended_verified_and_told() -> None:
    aws = Aws()
    made = flow(aws)
    (incident,) = made.facts.listing()
    assert derive(incident, made.clock.now()) is Status.VERIFIED
    assert (aws.attached, aws.made) == ([BASIC], [BASIC])
    _told_once(aws, incident)


KINDS = tuple(FAULTS)
STRIDE = 4
"""Every fourth call here, every call by every fault in the slow suite."""


@pytest.mark.parametrize("start", range(1, STRIDE + 1))
def test_a_call_that_fails_loses_nothing_and_does_nothing_twice(start: int) -> None:
    """A quarter of the calls, one after another, each by another fault."""
    for number, n in enumerate(range(start, length() + 1, STRIDE)):
        if number % STRIDE == start % STRIDE:
            _survives(n, KINDS[number // STRIDE % 4])


@pytest.mark.slow
@pytest.mark.parametrize("fault", KINDS)
def test_every_call_that_fails_loses_nothing_and_does_nothing_twice(fault: str) -> None:
    for n in range(1, length() + 1):
        _survives(n, fault)


SAYS = {
    "throttled": "ThrottlingException",
    "broken": "InternalError",
    "silent": "ReadTimeout",
    "denied": "AccessDenied",
}


def _survives(n: int, fault: str) -> None:
    """The n-th call fails once; the queues bring again what they have to bring again."""
    aws = Aws(at=n, fault=FAULTS[fault])
    made = flow(aws)
    where = f"{aws.hit} {fault} at call {n}"
    (incident,) = made.facts.listing()
    assert incident.occurrences == 1, where
    assert len(aws.made) <= 1, where
    assert aws.attached == aws.made, where
    assert made.queue.steps == [], where
    _told_once(aws, incident)
    status = derive(incident, made.clock.now())
    if status is not Status.VERIFIED:
        assert status in (Status.PROPOSED, Status.ADVISED, Status.STALE), where
        assert aws.made == [], where
        said = text.text(incident, SETTINGS, made.clock.now())
        assert SAYS[fault] in said or "kill_switch" in said, f"{where}: {said}"


def _told_once(aws: Aws, incident: Incident) -> None:
    """One alert for each plan and status; after a plan was given up the same status is news again."""
    told: set[str] = set()
    shown = 0
    for fact in incident.facts:
        if isinstance(fact, Stale):
            told.clear()
        if isinstance(fact, Shown) and fact.channel == "sns":
            shown += 1
            assert fact.what not in told
            told.add(fact.what)
    assert shown == len(aws.published) >= 1
