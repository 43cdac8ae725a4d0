"""`iam-watchdog incidents` as a person reads it."""

from __future__ import annotations

from iam_watchdog.model import Witness
from iam_watchdog_cli import incidents
from tests.report.incidents import denial, incident, proposed


def test_nothing_found_is_said() -> None:
    assert incidents.table([]) == "No incidents."


def test_nothing_of_a_stranger_acts_in_the_terminal() -> None:
    """Function and resource may come from a line that anybody printed."""
    hostile = denial(witness=Witness.LOG, function="a\x1b[2Jb", resource="c\u202ed\r")
    shown = incidents.table([incidents.shown(incident(of=hostile))])
    assert not {"\x1b", "\u202e", "\r"} & set(shown)


def test_an_incident_is_two_lines_and_what_is_not_known_yet_is_left_out() -> None:
    first, second = incidents.table([incidents.shown(incident(proposed()))]).splitlines()
    assert first.startswith("proposed   orders-api: s3:GetObject on ")
    assert "s3_object_on_bucket_arn, identity, 14 times, last 2026-11-23T03:11:00Z" in second
    new = incidents.table([incidents.shown(incident(occurrences=1))])
    assert "not diagnosed yet, once, last" in new
