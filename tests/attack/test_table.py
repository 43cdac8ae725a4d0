"""The incidents table under attack, on a real table's semantics: floods, invented voices, times out of the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from iam_watchdog import records
from iam_watchdog.aws.counting import FLOOD, GROUP_FLOOD
from iam_watchdog.aws.facts import TableFacts
from iam_watchdog.model import Confidence, Denial, Shown, Witness
from tests import cases
from tests.aws import test_facts
from tests.aws.test_facts import TABLE, denial, opened
from tests.fakes import FakeClock
from tests.test_approve import proposed

clock, facts = test_facts.clock, test_facts.facts
ATTACKER = "/aws/lambda/attacker 2026/11/23/reader[$LATEST]x"
OWN = "/aws/lambda/reader 2026/11/23/[$LATEST]y"


def test_what_could_not_be_read_whole_is_looked_at_again_after_an_hour(facts: TableFacts, clock: FakeClock) -> None:
    """A throttled read makes a diagnosis incomplete; nobody should have to wait for a person because of it."""
    incident = opened(facts)
    facts.add(incident, replace(proposed(), diagnosis=replace(cases.found, confidence=Confidence.INCOMPLETE)))
    facts.add(incident, Shown(clock.now(), "sns", "", "advised"))
    clock.pass_by(1_800)
    assert facts.record([denial("e2")]) == ()
    clock.pass_by(1_800)
    (again,) = facts.record([denial("e3")])
    assert again.id == incident.id


def test_another_voice_is_another_incident_and_a_stronger_witness_speaks_for_all(facts: TableFacts) -> None:
    """Whoever came first with an invented principal is not diagnosed in the place of the function itself."""
    forged = denial(
        "e1", principal="arn:aws:sts::111122223333:assumed-role/admin/reader", origin="/aws/lambda/reader s"
    )
    real = replace(forged, event_id="e2", principal="arn:aws:sts::111122223333:assumed-role/reader-role/reader")
    first, second = facts.record([forged, real])
    assert first.id == forged.fingerprint == real.fingerprint != second.id
    assert second.denial.principal == real.principal
    assert (first.occurrences, second.occurrences) == (1, 1)
    (again,) = facts.record([replace(real, event_id="e3")])
    assert (again.id, again.occurrences) == (second.id, 2)
    (strong,) = facts.record([replace(real, event_id="e4", witness=Witness.CONFIG, origin="sweep")])
    assert (strong.id, strong.denial.witness) == (first.id, Witness.CONFIG)


def test_a_stream_named_after_another_function_does_not_spend_its_budget(facts: TableFacts) -> None:
    """The flood of one log group leaves room for the first line of another."""
    for n in range(FLOOD + 5):
        facts.record([denial(f"f{n}", scope=f"s{n}", origin="/aws/lambda/attacker 2026/11/23/reader[$LATEST]x")])
    (real,) = facts.record([denial("real", origin="/aws/lambda/reader 2026/11/23/[$LATEST]y")])
    assert real.denial.scope == "arn:aws:s3:::orders/incoming/*"


def test_what_has_no_time_is_not_forgotten_at_once(facts: TableFacts, clock: FakeClock) -> None:
    """The table forgets by when an item was written, not by what a line says."""
    for at in (datetime.fromtimestamp(0, UTC), datetime(9999, 12, 31, tzinfo=UTC)):
        (incident,) = facts.record([denial("e1", at=at, scope=str(at))])
        where = {"pk": {"S": f"denial#{incident.id}"}, "sk": {"S": "0001"}}
        item = facts.client.get_item(TableName=TABLE, Key=where)["Item"]
        assert int(item["expires"]["N"]) > clock.now().timestamp() + 86_400 * 300
        assert int(item["expires"]["N"]) < clock.now().timestamp() + 86_400 * 500


def fakes(count: int, start: int = 0, **other: Any) -> Sequence[Denial]:
    """Distinct denials that nobody met."""
    return [denial(f"f{n}", scope=f"arn:aws:s3:::b{n}/x", **other) for n in range(start, start + count)]


def test_a_flood_is_one_more_alert_and_every_event_is_counted(facts: TableFacts) -> None:
    """Three hundred distinct fakes: twenty incidents and the flood, which counts the rest exactly."""
    told = facts.record(fakes(300, origin=OWN))
    assert len({incident.id for incident in told}) == FLOOD + 1
    (flood,) = [i for i in facts.listing() if i.denial.scope.startswith("flood")]
    assert flood.occurrences == 300 - FLOOD
    assert sum(incident.occurrences for incident in facts.listing()) == 300


@pytest.mark.parametrize("witness", [Witness.CONFIG, Witness.CLOUDTRAIL, Witness.AUTHORIZATION])
def test_a_flood_hides_no_denial_that_a_stranger_cannot_write(facts: TableFacts, witness: Witness) -> None:
    facts.record(fakes(FLOOD + 5, origin=OWN))
    (real,) = facts.record([denial("real", witness=witness, origin="sweep")])
    assert real.denial.witness is witness
    assert facts.load(real.id).denial.scope == "arn:aws:s3:::orders/incoming/*"


def test_a_flood_hides_no_incident_that_is_open_already(facts: TableFacts) -> None:
    incident = opened(facts, origin=OWN)
    facts.record(fakes(FLOOD + 5, origin=OWN))
    facts.record([denial("again", origin=OWN)])
    assert facts.load(incident.id).occurrences == 2


def test_a_flood_is_over_after_an_hour(facts: TableFacts, clock: FakeClock) -> None:
    facts.record(fakes(FLOOD + 5, origin=OWN))
    clock.pass_by(3_600)
    (real,) = facts.record([denial("real", origin=OWN)])
    assert not real.denial.scope.startswith("flood")


def test_a_group_that_names_its_streams_after_everybody_is_bounded_as_a_whole(facts: TableFacts) -> None:
    """Each invented function would have a budget of its own otherwise."""
    for _ in range(GROUP_FLOOD - 2):
        facts.spend_as("denial", "flood#111122223333#/aws/lambda/attacker", GROUP_FLOOD, 3_600)
    facts.record([d for n in range(6) for d in fakes(1, n, function=f"fn{n}", origin=ATTACKER)])
    assert len([i for i in facts.listing() if not i.denial.scope.startswith("flood")]) == 2
    assert sum(incident.occurrences for incident in facts.listing()) == 6


def test_ten_thousand_fakes_in_one_delivery_take_no_longer_than_forty(facts: TableFacts) -> None:
    """Detect has a minute; the real one repeats, and is looked at first wherever it stands among them."""
    real = [denial(f"r{n}", origin=OWN) for n in range(2)]
    told = facts.record([*fakes(10_000, origin=OWN), *real])
    assert "arn:aws:s3:::orders/incoming/*" in {incident.denial.scope for incident in told}
    assert len(told) == FLOOD + 1
    assert sum(incident.occurrences for incident in facts.listing()) == 10_002


def test_deliveries_twice_and_out_of_order_are_counted_once(facts: TableFacts) -> None:
    deliveries = [[denial(f"e{n}"), denial(f"e{n}b")] for n in range(12)]
    for delivery in (*deliveries[::-1], *deliveries, *deliveries[::2]):
        facts.record(delivery)
        facts.record(delivery[::-1])
    (incident,) = facts.listing()
    assert incident.occurrences == 24


def test_a_name_that_is_a_key_of_the_table_opens_nothing(facts: TableFacts) -> None:
    """The parts of a key are joined by #; what a queue's body names is a name and no key."""
    incident = opened(facts)
    keys = (
        "",
        "#",
        "digest#x",
        "flood#x",
        f"{incident.id}#0001",
        f"{incident.id}#seen",
        f"plan#{incident.id}",
        "\ud7ff",
    )
    for forged in keys:
        with pytest.raises(LookupError):
            facts.load(forged)
    assert records.dump(facts.load(incident.id).denial) == records.dump(incident.denial)
