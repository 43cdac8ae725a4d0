"""Facts that another version of this program wrote: one that cannot be read costs its own incident, no other."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from iam_watchdog import records
from iam_watchdog.aws.facts import TableFacts
from iam_watchdog.aws.table import fact_item
from iam_watchdog.model import Healed, Incident
from tests.aws.test_facts import clock, denial, facts
from tests.fakes import NOON

__all__ = ["clock", "facts"]


def spoilt(facts: TableFacts, incident: Incident) -> None:
    """A fact of this incident as a later version may write it, before somebody went back to this one."""
    item = fact_item("plan", incident.id, incident.cycle, Healed(NOON))
    item["fact"] = {"S": json.dumps({**records.dump(Healed(NOON)), "of_tomorrow": "x"})}
    facts.client.put_item(TableName=facts.table, Item=item)


def two(facts: TableFacts) -> tuple[Incident, Incident]:
    one, other = facts.record([denial("e1"), denial("e2", action="s3:PutObject")])
    spoilt(facts, other)
    return one, other


def test_the_incident_itself_is_refused_by_name(facts: TableFacts) -> None:
    _, other = two(facts)
    with pytest.raises(records.Unreadable, match="of_tomorrow"):
        facts.load(other.id)


def test_it_keeps_no_other_of_its_function_from_being_diagnosed(facts: TableFacts) -> None:
    one, _ = two(facts)
    assert [found.id for found in facts.of_function(denial())] == [one.id]


def test_it_stops_no_sweep(facts: TableFacts) -> None:
    one, _ = two(facts)
    assert [found.id for found in facts.listing()] == [one.id]


def test_it_keeps_no_other_of_its_delivery_from_being_counted(facts: TableFacts) -> None:
    one, other = two(facts)
    again = [denial("e3", action="s3:PutObject"), denial("e4"), denial("e5", action="s3:ListBucket")]
    with pytest.raises(records.Unreadable):
        facts.record(again)
    assert facts.load(one.id).occurrences == 2
    assert len(list(facts.of_function(replace(denial(), action="x")))) == 2
