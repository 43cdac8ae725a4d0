"""Some minutes after the first message one more look: CloudTrail may know by then who changed what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from iam_watchdog import story
from iam_watchdog.happened import learned, timeline
from iam_watchdog.model import Change, Evidence, Healed, Proposed, Shown
from iam_watchdog.report import told
from iam_watchdog.report.slack import reply
from iam_watchdog.report.slack_text import as_text
from tests.cases import ROLE
from tests.drive import deliver, the
from tests.fakes import NOON, FakeWorld
from tests.test_story import LETS_LOG, READER, SETTINGS, world_of

REMOVED = Change(
    NOON - timedelta(minutes=3), "arn:aws:iam::111122223333:user/alice", "DeleteRolePolicy", ROLE, "policyName reader"
)


def told_once(**differs: Any) -> FakeWorld:
    """A reader's denial of noon, noticed, diagnosed and told."""
    world = world_of(READER, LETS_LOG, **differs)
    deliver(world)
    assert len(world.notifier.told) == 1
    return world


def look_again(world: FakeWorld, **differs: Any) -> None:
    """What was held back comes."""
    before = world.reader.account

    def account() -> Evidence:
        return replace(before(), **differs)

    world.reader.account = account
    world.clock.pass_by(360)
    assert world.queue.later == [the(world).id]
    world.queue.later.clear()
    story.respond(the(world), world.reading)


def test_what_is_not_told_is_not_looked_at_again() -> None:
    world = world_of(READER, LETS_LOG)
    story.respond(the(world), world.reading, quietly=True)
    assert world.queue.later == []


def test_where_the_change_is_known_nobody_asks_again() -> None:
    world = world_of(READER, LETS_LOG, settings=replace(SETTINGS, settling=0), changes=(REMOVED,))
    deliver(world)
    assert len(world.notifier.told) == 1
    assert world.queue.later == []


def test_an_old_change_hides_no_new_one() -> None:
    old = replace(REMOVED, at=NOON - timedelta(days=6))
    assert told_once(changes=(old,)).queue.later


def test_nothing_new_is_the_same_plan_and_no_third_look() -> None:
    world = told_once()
    assert world.queue.held_back[the(world).id] == 360
    before = the(world).last(Proposed)
    look_again(world)
    assert the(world).last(Proposed) == before
    assert world.queue.later == []
    assert learned(the(world), before) == ""  # type: ignore[arg-type]


def test_what_ended_in_between_is_left_alone() -> None:
    world = told_once()
    world.facts.add(the(world), Healed(NOON))
    reads = world.reader.reads
    look_again(world)
    assert world.reader.reads == reads


def test_who_changed_what_is_told_in_one_line_of_the_thread_and_once() -> None:
    world = told_once()
    look_again(world, changes=(REMOVED,))
    assert len(world.notifier.told) == 2
    assert world.queue.later == []
    said = [words for _, words in timeline(the(world)) if "by now it is known" in words]
    assert len(said) == 1
    assert said[0].endswith(f"alice did DeleteRolePolicy on {ROLE} at 2026-11-23 11:57 UTC")
    words = as_text(reply(the(world), SETTINGS, world.clock.now()).blocks, 10_000)
    assert "alice did DeleteRolePolicy" in words.splitlines()[0]
    story.respond(the(world), world.reading)
    assert [words for _, words in timeline(the(world)) if "by now it is known" in words] == said


@pytest.mark.parametrize(("changes", "again"), [((), False), ((REMOVED,), True)])
def test_the_topic_hears_of_the_same_plan_again_only_with_the_cause(changes: tuple[Change, ...], again: bool) -> None:
    world = told_once()
    first = the(world)
    key = told.key(first, NOON)
    first = world.facts.add(first, Shown(NOON, "sns", "", key))
    last = first.last(Proposed)
    assert last
    second = world.facts.add(first, replace(last, at=NOON + timedelta(minutes=6), nonce="new", changes=changes))
    assert (key not in told.said_since(second, "sns", buttons=False)) is again


def test_a_change_after_the_first_refusal_is_no_cause() -> None:
    after = replace(REMOVED, at=NOON + timedelta(minutes=1))
    world = told_once()
    look_again(world, changes=(after,))
    assert not [words for _, words in timeline(the(world)) if "by now it is known" in words]
