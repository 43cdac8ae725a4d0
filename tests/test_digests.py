"""A day's open ends in one digest: first what is none, then each kind with its reason."""

from __future__ import annotations

from datetime import timedelta

from iam_watchdog.digests import daily
from iam_watchdog.model import Applied, Dismissed, Fact, Healed, Snoozed, Stale, Trial, Tried, Undone
from tests.report.incidents import NOW, denial, incident, minutes, proposed, with_facts

APPLIED = Applied(minutes(8), "p", "U0ALICE")
UNSEEN = Trial(False, "observe", "applied, not observed within 24 hours: it has not run since", clear=False)
SAME = Trial(False, "invoke", "the same denial", same_denial=True)
WORKS = Trial(True, "invoke", "the function answered")


def said(*facts: Fact) -> tuple[str, ...]:
    return daily([incident(proposed(), *facts)], NOW).lines


def test_what_is_new_in_hand_or_over_is_no_open_end() -> None:
    assert daily([], NOW).lines == ()
    assert said() == ()
    assert said(APPLIED) == ()
    assert said(APPLIED, Tried(minutes(7), UNSEEN, 1)) == (), "the trials go on"
    assert said(APPLIED, Tried(minutes(7), SAME, 7, True)) == (), "it is about to be undone"
    assert said(APPLIED, Tried(minutes(7), WORKS, 2, True)) == ()
    assert said(APPLIED, Tried(minutes(7), SAME, 7, True), Undone(minutes(6), "it did not help")) == ()
    assert said(Healed(minutes(1))) == ()


def test_what_nobody_could_observe_is_named_with_why() -> None:
    (line,) = said(APPLIED, Tried(minutes(7), UNSEEN, 90, True))
    assert line.startswith("not verified since 2026-11-23: orders-api s3:GetObject on ")
    assert line.endswith(": applied, not observed within 24 hours: it has not run since")


def test_what_was_not_applied_and_what_could_not_be_undone_are_named() -> None:
    (stale,) = said(Stale(minutes(3), "the guard refuses: kill_switch", "p"))
    assert stale.startswith("not applied since 2026-11-23: orders-api")
    assert stale.endswith("kill_switch")
    (failed,) = said(APPLIED, Tried(minutes(7), SAME, 7, True), Undone(minutes(6), "x", refused="changed since"))
    assert failed.startswith("undo refused since")
    assert failed.endswith("changed since")


def test_a_change_that_nothing_was_heard_of_for_a_day_is_named() -> None:
    """A watched function is heard of every quarter of an hour, whether it runs or not."""
    day = timedelta(days=1)
    lost = incident(proposed(at=NOW - 2 * day), Applied(NOW - day, "p", "U0ALICE"), of=denial(at=NOW - 3 * day))
    (line,) = daily([lost], NOW).lines
    assert line.startswith("applied and nothing heard since 2026-11-22: orders-api")
    going = with_facts(lost, Tried(minutes(14), UNSEEN, 40))
    assert daily([going], NOW).lines == ()


def test_each_kind_is_counted_in_the_title() -> None:
    old = incident(proposed(at=NOW - timedelta(days=2)))
    open_end = incident(proposed(), Stale(minutes(3), "gone", "p"))
    aside = [incident(proposed(), Dismissed(minutes(2), "U0ALICE"))]
    aside.append(incident(proposed(), Snoozed(minutes(2), "U0ALICE", NOW + timedelta(hours=1))))
    digest = daily([old, open_end, *aside], NOW)
    assert digest.title == "1 proposals wait for an answer, 1 need a person, 2 are put aside"
    assert [line.split(" ")[0] for line in digest.lines] == ["waiting", "not", "dismissed", "snoozed"]
