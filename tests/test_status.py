"""Where an incident stands is derived from its facts alone: the whole table, and the words of its timeline."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from iam_watchdog.happened import timeline
from iam_watchdog.model import (
    WATCHDOG,
    Applied,
    Approved,
    Dismissed,
    Fact,
    Healed,
    Incident,
    Prepared,
    Proposed,
    Seen,
    Shown,
    Snoozed,
    Stale,
    Status,
    Trial,
    Tried,
    Undone,
    Witness,
)
from iam_watchdog.status import FINISHED, derive, quieted, under_way
from tests import cases
from tests.fakes import NOON

LATER = NOON + timedelta(hours=1)
SEEN = Seen(NOON, cases.denial, 3)
PLAN = Proposed(NOON, cases.found, cases.reading, plan_hash="p")
ADVICE = Proposed(NOON, cases.found, None)
YES = Approved(NOON, "U1", "p", "n")
PREPARED = Prepared(NOON, (), "p", "U1")
APPLIED = Applied(NOON, "p", "U1")
WORKS = Trial(True, "invoke", "it works")
SAME = Trial(False, "invoke", "the same", same_denial=True)
OTHER = Trial(False, "invoke", "another", other_denial=cases.denial)
UNCLEAR = Trial(False, "invoke", "a timeout", clear=False)


def tried(trial: Trial, *, final: bool = False) -> Tried:
    return Tried(NOON, trial, 0, final)


def incident(*facts: Fact) -> Incident:
    return Incident("i" * 20, 1, cases.denial, 3, NOON, NOON, (SEEN, *facts))


TABLE: tuple[tuple[tuple[Fact, ...], Status], ...] = (
    ((), Status.OPEN),
    ((ADVICE,), Status.ADVISED),
    ((PLAN,), Status.PROPOSED),
    ((PLAN, ADVICE), Status.ADVISED),
    ((PLAN, Shown(NOON)), Status.PROPOSED),
    ((PLAN, Dismissed(NOON, "U1")), Status.DISMISSED),
    ((PLAN, Dismissed(NOON, "U1", LATER)), Status.DISMISSED),
    ((PLAN, Dismissed(NOON, "U1", NOON)), Status.PROPOSED),
    ((PLAN, Snoozed(NOON, "U1", LATER)), Status.SNOOZED),
    ((PLAN, Snoozed(NOON, "U1", NOON)), Status.PROPOSED),
    ((PLAN, Snoozed(NOON, "U1", LATER), PLAN), Status.PROPOSED),
    ((PLAN, YES), Status.APPROVED),
    ((PLAN, YES, PREPARED), Status.APPLIED),
    ((PLAN, YES, PREPARED, APPLIED), Status.APPLIED),
    ((PLAN, Stale(NOON, "x", "p")), Status.STALE),
    ((PLAN, Stale(NOON, "x", "p"), PLAN), Status.PROPOSED),
    ((PLAN, APPLIED, tried(WORKS)), Status.NOT_YET),
    ((PLAN, APPLIED, tried(SAME)), Status.NOT_YET),
    ((PLAN, APPLIED, tried(WORKS, final=True)), Status.VERIFIED),
    ((PLAN, APPLIED, tried(SAME, final=True)), Status.NOT_YET),
    ((PLAN, APPLIED, tried(OTHER, final=True)), Status.NOT_YET),
    ((PLAN, APPLIED, tried(UNCLEAR, final=True)), Status.NOT_YET),
    ((PLAN, APPLIED, tried(SAME, final=True), Undone(NOON, "x")), Status.UNDONE),
    ((PLAN, APPLIED, tried(SAME, final=True), Undone(NOON, "x", refused="no")), Status.FAILED),
    ((PLAN, APPLIED, Undone(NOON, "x", refused="no"), Undone(NOON, "x")), Status.UNDONE),
    ((PLAN, Healed(NOON)), Status.HEALED),
)


@pytest.mark.parametrize(("facts", "status"), TABLE)
def test_the_newest_fact_that_says_anything_wins(facts: tuple[Fact, ...], status: Status) -> None:
    assert derive(incident(*facts), NOON) is status


def test_every_status_but_a_bare_failure_is_in_the_table() -> None:
    assert {status for _, status in TABLE} == set(Status)


def test_telling_people_never_changes_where_it_stands() -> None:
    for facts, status in TABLE:
        assert derive(incident(*facts, Shown(NOON, "C1", "1.0", "told")), NOON) is status


@pytest.mark.parametrize(
    ("facts", "busy"),
    [
        ((PLAN,), False),
        ((PLAN, YES), True),
        ((PLAN, YES, PREPARED), True),
        ((PLAN, APPLIED, tried(SAME)), True),
        ((PLAN, APPLIED, tried(SAME, final=True)), True),
        ((PLAN, APPLIED, tried(UNCLEAR, final=True)), False),
        ((PLAN, APPLIED, tried(OTHER, final=True)), False),
        ((PLAN, APPLIED, tried(WORKS, final=True)), False),
        ((PLAN, APPLIED, tried(SAME, final=True), Undone(NOON, "x")), False),
        ((PLAN, YES, Stale(NOON, "x", "p")), False),
    ],
)
def test_the_write_side_is_left_alone_until_it_ended_or_asked_a_person(facts: tuple[Fact, ...], busy: bool) -> None:
    assert under_way(incident(*facts), NOON) is busy


ASIDE = Dismissed(LATER, "U1", LATER + timedelta(days=30), 3, Witness.CONFIG)


def seen_until(hours: int, times: int) -> Incident:
    """Put aside an hour after the first of three refusals; by then so many more hours and times."""
    return replace(incident(PLAN, ASIDE), occurrences=times, last_seen=LATER + timedelta(hours=hours))


@pytest.mark.parametrize(("hours", "times"), [(1, 29), (24 * 29, 3 + 24 * 29), (24 * 29, 3 * 24 * 29), (2, 59)])
def test_what_only_goes_on_stays_quiet_however_long(hours: int, times: int) -> None:
    """The sweep sees the same every hour for a month: that is no tenfold rate."""
    found = seen_until(hours, times)
    assert quieted(found, found.last_seen)


@pytest.mark.parametrize(("hours", "times"), [(0, 30), (1, 30), (2, 60), (24, 720)])
def test_ten_times_as_often_an_hour_is_heard(hours: int, times: int) -> None:
    found = seen_until(hours, times)
    assert not quieted(found, found.last_seen)


def test_what_ended_opens_a_new_cycle_when_seen_again() -> None:
    assert {Status.VERIFIED, Status.UNDONE, Status.HEALED} == FINISHED


def test_the_timeline_says_each_fact_in_plain_words() -> None:
    facts = (
        PLAN,
        Shown(NOON, "C1", "1.0", "proposed p"),
        YES,
        PREPARED,
        APPLIED,
        tried(SAME, final=True),
        Undone(NOON, "it did not help", WATCHDOG),
        Undone(NOON, "x", refused="changed since"),
        Stale(NOON, "the role changed"),
        Dismissed(NOON, "U1"),
        Snoozed(NOON, "U1", LATER),
        Healed(NOON, "allowed now"),
        ADVICE,
    )
    assert [words for _, words in timeline(incident(*facts))] == [
        "seen 3 times, first by config ()",
        "diagnosed identity_missing_allow: a fix is proposed",
        "told people in C1: proposed p",
        "approved by U1",
        "stored how to undo 0 changes",
        "applied by order of U1",
        "trial 1 (invoke): the same",
        "undone: it did not help",
        "undo refused: changed since",
        "not applied: the role changed",
        "dismissed by U1",
        "snoozed by U1 until 2026-11-23 13:00 UTC",
        "healed: allowed now",
        "diagnosed identity_missing_allow: advice given",
    ]
    assert timeline(replace(incident(), facts=())) == ()
