"""`iam-watchdog undo`: a step in the caller's name for the newest change that stands, and its outcome."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iam_watchdog import story
from iam_watchdog.model import Status, StepKind, Undone
from iam_watchdog.status import derive
from iam_watchdog_cli.undo import changed, order, outcome, wait
from tests.drive import deliver, the
from tests.fakes import NOON, FakeWorld
from tests.test_story import approved_world, undone, world_of

ME = "arn:aws:sts::111122223333:assumed-role/Admin/alice"


def _nothing(world: FakeWorld, why: str) -> None:
    with pytest.raises(LookupError, match=why):
        changed(world.facts, the(world).id)


def test_what_was_only_proposed_or_undone_already_cannot_be_undone() -> None:
    proposed = world_of()
    _nothing(proposed, "nothing was changed for incident")
    taken_back = undone()
    deliver(taken_back)
    _nothing(taken_back, "was undone already, at 2026")
    with pytest.raises(LookupError, match="there is no incident"):
        changed(proposed.facts, "f" * 20)


def test_the_order_is_carried_out_in_the_callers_name() -> None:
    world = approved_world()
    deliver(world)
    step = order(changed(world.facts, the(world).id), ME)
    assert (step.kind, step.by) == (StepKind.UNDO, ME)
    story.carry_out(step, world.writing)
    assert (derive(the(world), NOON), world.hands.held) == (Status.UNDONE, {})
    assert the(world).last(Undone).by == ME  # type: ignore[union-attr]


def test_it_waits_for_the_outcome_of_this_order_and_no_other() -> None:
    world = approved_world()
    deliver(world)
    world.facts.add(the(world), Undone(NOON, "earlier", ME, "refused then"))
    incident = changed(world.facts, the(world).id)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            story.carry_out(order(incident, ME), world.writing)

    found = wait(world.facts, incident, 60, sleep)
    assert found
    assert (found.refused, len(slept)) == (None, 3)
    assert wait(world.facts, the(world), 2, slept.append) is None


def test_the_outcome_names_what_was_taken_away_or_why_not() -> None:
    world = approved_world()
    deliver(world)
    incident = changed(world.facts, the(world).id)
    done = Undone(NOON, "x", ME)
    code, said = outcome(incident, done, 60)
    assert (code, "Taken back is: the " in said) == (0, True)
    assert outcome(incident, replace(done, refused="changed since"), 60) == (1, "the undo was refused: changed since")
    assert outcome(incident, None, 0)[0] == 1
    assert "was not waited for" in outcome(incident, None, 0)[1]
    assert "dead letters" in outcome(incident, None, 60)[1]
