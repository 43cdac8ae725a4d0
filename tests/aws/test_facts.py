"""The incidents table on a real table's semantics: exact counts, cycles, facts, locks, budgets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from iam_watchdog.aws import kinship
from iam_watchdog.aws.counting import FLOOD
from iam_watchdog.aws.facts import TableFacts
from iam_watchdog.model import (
    Applied,
    Approved,
    Denial,
    Dismissed,
    Healed,
    Incident,
    Kind,
    Prepared,
    Shown,
    Snoozed,
    Stale,
    Status,
    Trial,
    Tried,
    Witness,
)
from iam_watchdog.status import derive
from tests.fakes import NOON, FakeClock

TABLE = "incidents"


def denial(event: str = "e1", action: str = "s3:GetObject", **other: Any) -> Denial:
    given: dict[str, Any] = {
        "scope": "arn:aws:s3:::orders/incoming/*",
        "witness": Witness.LOG,
        "at": NOON,
        "function": "reader",
    }
    given |= {"principal": None, "resource": "arn:aws:s3:::orders/incoming/1.csv", "qualifier": "$LATEST"} | other
    return Denial(account="111122223333", region="us-east-1", action=action, event_id=event, **given)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime.now(UTC))


@pytest.fixture
def facts(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[TableFacts]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
        )
        yield TableFacts(client, TABLE, clock)


def opened(facts: TableFacts, **other: Any) -> Incident:
    (incident,) = facts.record([denial(**other)])
    facts.enqueued(incident)
    return facts.load(incident.id)


def test_nothing_recorded_is_nothing_found(facts: TableFacts) -> None:
    assert facts.record([]) == ()
    assert facts.listing() == ()
    with pytest.raises(LookupError, match="no 'abc'"):
        facts.load("abc")


def test_a_delivery_twice_is_one_occurrence_and_is_sent_until_marked(facts: TableFacts) -> None:
    batch = [denial("e1"), denial("e2"), denial("e3", action="s3:PutObject")]
    first = facts.record(batch)
    again = facts.record(list(reversed(batch)))
    assert {i.id for i in first} == {i.id for i in again} == {d.fingerprint for d in batch}
    for incident in again:
        facts.enqueued(incident)
    assert facts.record(batch) == ()
    assert sorted(i.occurrences for i in facts.listing()) == [1, 2]


def test_the_incidents_of_one_function_are_found_newest_first_without_reading_the_table(facts: TableFacts) -> None:
    assert list(facts.of_function(denial())) == []
    later = NOON + timedelta(minutes=5)
    facts.record([denial("e1"), denial("e2", action="s3:PutObject", at=later), denial("e3", function="other")])
    assert [i.denial.action for i in facts.of_function(denial())] == ["s3:PutObject", "s3:GetObject"]
    assert [i.denial.function for i in facts.of_function(denial(function="other"))] == ["other"]
    assert list(facts.of_function(replace(denial(), region="eu-west-1"))) == []
    assert len(facts.listing()) == 3, "what finds an incident is none"


def test_what_came_just_before_or_after_is_found_by_time(facts: TableFacts) -> None:
    times = {"a": NOON, "b": NOON + timedelta(seconds=20), "c": NOON + timedelta(seconds=21)}
    facts.record([denial(f"e{n}", scope=n, at=at) for n, at in times.items()])
    near = {facts.load(name).denial.scope for name in facts.lately(denial(at=NOON), 20)}
    assert near == {"a", "b"}


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_line_dated_at_the_end_of_time_finds_itself_and_breaks_nothing(facts: TableFacts, at: datetime) -> None:
    (incident,) = facts.record([denial(at=at)])
    assert facts.lately(incident.denial, 20) == {incident.id}


def test_an_incident_in_its_second_cycle_is_found_once(facts: TableFacts) -> None:
    first = opened(facts)
    facts.add(first, Healed(NOON))
    facts.record([denial("e2", at=NOON + timedelta(hours=1))])
    (found,) = facts.of_function(denial())
    assert (found.id, found.cycle) == (first.id, 2)


def test_only_the_newest_incidents_of_a_function_are_looked_at(facts: TableFacts) -> None:
    for n in range(kinship.MOST + 3):
        facts.record([denial(f"n{n}", scope=f"d{n}", at=NOON + timedelta(seconds=n))])
    found = [i.denial.scope for i in facts.of_function(denial())]
    assert found == [f"d{n}" for n in reversed(range(3, kinship.MOST + 3))]


def test_a_denial_whose_call_could_not_be_told_is_nobody_s_company(facts: TableFacts) -> None:
    facts.record([denial("e1", action="", resource=None, scope="")])
    assert list(facts.of_function(denial())) == []


def test_a_repeat_counts_and_asks_nobody(facts: TableFacts) -> None:
    incident = opened(facts)
    assert facts.record([denial("e2", at=NOON + timedelta(minutes=1)), denial("e3")]) == ()
    now = facts.load(incident.id)
    assert (now.occurrences, now.cycle) == (3, 1)
    assert now.last_seen == NOON + timedelta(minutes=1)


def test_a_stronger_witness_is_kept_and_asks_again(facts: TableFacts) -> None:
    incident = opened(facts)
    (renewed,) = facts.record([denial("ct", witness=Witness.CLOUDTRAIL)])
    assert renewed.denial.witness is Witness.CLOUDTRAIL
    facts.enqueued(renewed)
    assert facts.record([denial("e9")]) == ()
    assert facts.load(incident.id).denial.witness is Witness.CLOUDTRAIL


def test_what_a_refusal_follows_is_kept_whoever_tells_of_it_first(facts: TableFacts) -> None:
    """The log of a trial's run may come before the trial's own word, and AWS's confirmation after it."""
    incident = opened(facts)
    assert facts.load(incident.id).denial.follows is None
    facts.record([denial("trial", follows="f" * 20)])
    assert facts.load(incident.id).denial.follows == "f" * 20
    facts.record([denial("later")])
    facts.record([denial("ct", witness=Witness.CLOUDTRAIL)])
    kept = facts.load(incident.id).denial
    assert (kept.witness, kept.follows) == (Witness.CLOUDTRAIL, "f" * 20)


def test_a_finished_incident_seen_again_opens_the_next_cycle_once(facts: TableFacts, clock: FakeClock) -> None:
    incident = opened(facts)
    facts.add(incident, Healed(clock.now(), "the owner mended it"))
    assert derive(facts.load(incident.id), clock.now()) is Status.HEALED
    assert facts.record([denial("e1")]) == (), "a late retry of the old delivery opens nothing"
    (second,) = facts.record([denial("e2")])
    assert (second.cycle, second.occurrences) == (2, 1)
    assert facts.load(incident.id, 1).last(Healed) is not None
    assert facts.load(incident.id).last(Healed) is None
    assert [i.cycle for i in facts.listing()] == [2]


def test_what_was_never_told_or_went_stale_is_asked_again_after_a_while(facts: TableFacts, clock: FakeClock) -> None:
    incident = opened(facts)
    clock.pass_by(700)
    assert len(facts.record([denial("e2")])) == 1
    facts.enqueued(incident)
    facts.add(incident, Shown(clock.now(), "C", "1.0", "proposed"))
    clock.pass_by(700)
    assert facts.record([denial("e3")]) == ()
    facts.add(incident, Stale(clock.now(), "the role changed"))
    assert len(facts.record([denial("e4")])) == 1


def test_the_same_fact_twice_is_one_fact_and_all_come_back_in_order(facts: TableFacts, clock: FakeClock) -> None:
    incident = opened(facts)
    prepared = Prepared(clock.now() + timedelta(seconds=1), (), "hash", "U1")
    tried = Tried(clock.now() + timedelta(seconds=3), Trial(True, "invoke", "fine"), 0)
    applied = Applied(clock.now() + timedelta(seconds=2), "hash", "U1")
    for fact in (tried, prepared, applied, prepared):
        incident = facts.add(incident, fact)
    assert incident.facts[1:] == (prepared, applied, tried)
    assert facts.load(incident.id).facts[1:] == (prepared, applied, tried)


def test_a_long_fact_comes_back_whole(facts: TableFacts, clock: FakeClock) -> None:
    incident = opened(facts)
    healed = Healed(clock.now(), "x" * 300_000)
    facts.add(incident, healed)
    assert facts.load(incident.id).last(Healed) == healed


def test_a_lock_is_held_by_one_until_it_expires_or_is_given_back(facts: TableFacts, clock: FakeClock) -> None:
    assert facts.claim("role#r", 900, "a")
    assert facts.claim("role#r", 900, "a")
    assert not facts.claim("role#r", 900, "b")
    facts.release("role#r", "b")
    assert not facts.claim("role#r", 900, "b")
    facts.release("role#r", "a")
    assert facts.claim("role#r", 900, "b")
    clock.pass_by(1000)
    assert facts.claim("role#r", 900, "c")


def test_a_budget_is_spent_within_its_window(facts: TableFacts, clock: FakeClock) -> None:
    assert [facts.spend("role#r", 2, 86_400) for _ in range(3)] == [True, True, False]
    assert facts.spend("role#other", 2, 86_400)
    clock.pass_by(86_400)
    assert facts.spend("role#r", 2, 86_400)


def test_a_flood_of_distinct_claims_is_one_incident_that_says_so(facts: TableFacts) -> None:
    for n in range(FLOOD + 30):
        for incident in facts.record([denial(f"e{n}", action=f"s3:Fake{n}")]):
            facts.enqueued(incident)
    found = facts.listing()
    (flood,) = [i for i in found if i.denial.kind is Kind.OTHER]
    assert (len(found), flood.occurrences) == (FLOOD + 1, 30)
    real = replace(denial("ct", action="sqs:SendMessage"), witness=Witness.CLOUDTRAIL)
    assert len(facts.record([real])) == 1, "what AWS itself reports is never folded into the flood"


def test_a_thousand_events_in_batches_are_counted_exactly(facts: TableFacts) -> None:
    for batch in range(20):
        events = [denial(f"{batch}-{n}") for n in range(50)]
        for incident in (*facts.record(events), *facts.record(events)):
            facts.enqueued(incident)
    (one,) = facts.listing()
    assert one.occurrences == 1000


def test_a_cursor_begins_empty_and_stands_where_it_was_moved(facts: TableFacts) -> None:
    assert facts.cursor("sweep") == ""
    facts.move("sweep", "page 7")
    assert facts.cursor("sweep") == "page 7"


def test_a_word_is_good_for_one_fact_of_its_incident(facts: TableFacts) -> None:
    incident = opened(facts)
    yes = Approved(NOON, "U1", "hash", "nonce")
    assert facts.once(incident, "apply:nonce", yes)
    assert not facts.once(incident, "apply:nonce", replace(yes, by="U2"))
    assert facts.load(incident.id).last(Approved) == yes
    assert facts.once(incident, "apply:other", yes)


def test_a_dismissed_denial_comes_back_when_it_is_ten_times_as_frequent(facts: TableFacts, clock: FakeClock) -> None:
    incident = opened(facts)
    facts.add(incident, Shown(clock.now(), "C1", "1.0", "told"))
    facts.add(incident, Dismissed(clock.now(), "U1", clock.now() + timedelta(days=30), 1, Witness.LOG))
    clock.pass_by(3_000)
    assert facts.record([denial(f"more{n}") for n in range(8)]) == ()
    assert facts.record([denial("tenth")]) == ()
    (back,) = facts.record([denial("eleventh")])
    assert back.occurrences == 11


def test_a_dismissed_denial_that_repeats_is_looked_at_once_an_hour(facts: TableFacts, clock: FakeClock) -> None:
    """What stood when a person put it aside may have changed; nobody is asked more often than that."""
    incident = opened(facts)
    facts.add(incident, Shown(clock.now(), "C", "1.0", "proposed"))
    facts.add(incident, Dismissed(clock.now(), "U1", clock.now() + timedelta(days=30), 1, Witness.LOG))
    clock.pass_by(3_500)
    assert facts.record([denial("e2")]) == ()
    clock.pass_by(200)
    (again,) = facts.record([denial("e3")])
    facts.enqueued(again)
    clock.pass_by(3_500)
    assert facts.record([denial("e4")]) == ()


def test_a_snoozed_denial_comes_back_after_its_time(facts: TableFacts, clock: FakeClock) -> None:
    incident = opened(facts)
    facts.add(incident, Shown(clock.now(), "C1", "1.0", "told"))
    facts.add(incident, Snoozed(clock.now(), "U1", clock.now() + timedelta(hours=24), 1, Witness.LOG))
    clock.pass_by(86_000)
    (looked_at,) = facts.record([denial("an hour and more")])
    facts.enqueued(looked_at)
    clock.pass_by(300)
    assert facts.record([denial("within")]) == ()
    clock.pass_by(700)
    assert len(facts.record([denial("after")])) == 1
