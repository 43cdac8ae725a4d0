"""A person's word for quiet is for what stood then: it holds while that stands, and only a change of that lifts it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from iam_watchdog import story
from iam_watchdog.approving import heard
from iam_watchdog.happened import timeline
from iam_watchdog.model import Change, Dismissed, Evidence, Fact, Layer, Proposed, Snoozed, Status, Target, Unread
from iam_watchdog.part import look
from iam_watchdog.quiet import CODE, LAYERS, ROLE, changed, standing
from iam_watchdog.records import dump, fact
from iam_watchdog.report.slack import message
from iam_watchdog.report.slack_text import as_text
from iam_watchdog.status import derive, quieted
from tests import cases
from tests.drive import deliver, the
from tests.fakes import NOON, FakeWorld
from tests.rules.cases import ACCOUNT, BUCKET, OBJECT, allow, denial, deny, evidence, function, identity, resource, role
from tests.test_approve import click
from tests.test_story import LETS_LOG, READER, SETTINGS, world_of

GAP = Unread(Layer.IDENTITY, "inline policies", "AccessDenied")


def stood(seen: Evidence) -> dict[str, str]:
    return dict(standing(look("i", denial("s3:GetObject", OBJECT), seen)))


SEEN = evidence(identity(allow("s3:ListBucket")), function=function(code_sha="one"), targets=[Target(BUCKET, ACCOUNT)])


def test_an_account_that_stands_still_is_unchanged() -> None:
    assert set(stood(SEEN)) == {CODE, ROLE, *LAYERS.values()}
    assert changed(stood(SEEN), stood(replace(SEEN, at=NOON + timedelta(days=3)))) == ()
    lately = Change(NOON, "alice", "PutRolePolicy", "orders-role")
    assert changed(stood(SEEN), stood(replace(SEEN, changes=(lately,)))) == ()


def test_what_could_not_be_read_once_is_no_change() -> None:
    for gap in (
        replace(SEEN, policies=(), unread=(GAP,)),
        replace(SEEN, function=None),
        replace(SEEN, function=replace(function(), code_sha="")),
        replace(SEEN, role=role(id="")),
    ):
        assert changed(stood(SEEN), stood(gap)) == ()
        assert changed(stood(gap), stood(SEEN)) == ()


@pytest.mark.parametrize(
    ("differs", "words"),
    [
        ({"function": function(code_sha="two")}, CODE),
        ({"role": role(id="AROAANOTHER")}, ROLE),
        ({"role": role(attached=("arn:aws:iam::aws:policy/AWSDenyAll",))}, "the role's policies"),
        ({"policies": (identity(allow("s3:ListAllMyBuckets")),)}, "the role's policies"),
        ({"policies": (*SEEN.policies, resource(BUCKET, deny("s3:GetObject", Principal="*")))}, "the target's policy"),
    ],
)
def test_code_role_and_each_policy_in_play_are_told_apart(differs: dict[str, Any], words: str) -> None:
    assert changed(stood(SEEN), stood(replace(SEEN, **differs))) == (words,)


# ---------------------------------------------------------------- through the story


def put_aside(button: str = "dismiss", **differs: Any) -> FakeWorld:
    """A reader's denial, told once, that a person has put aside."""
    given = {"function": replace(cases.function, code_sha="one"), **differs}
    world = world_of(READER, LETS_LOG, **given)
    deliver(world)
    found = the(world).last(Proposed)
    assert found
    heard(click(the(world), button, plan=found.plan_hash, nonce=found.nonce), world.approving)
    assert len(world.notifier.told) == 1
    return world


def later(world: FakeWorld, change: Callable[[Evidence], Evidence] = lambda seen: seen) -> int:
    """Two hours later the denial repeats in an account that differs so; how often people were told by then."""
    before = world.reader.account
    world.reader.account = lambda: change(before())
    world.clock.pass_by(7200)
    story.respond(the(world), world.reading)
    return len(world.notifier.told)


def new_code(seen: Evidence) -> Evidence:
    return replace(seen, function=replace(cases.function, code_sha="two"))


def broken_read(seen: Evidence) -> Evidence:
    rest = tuple(policy for policy in seen.policies if policy.layer is not Layer.IDENTITY)
    return replace(seen, policies=rest, unread=(*seen.unread, GAP))


def another_note(seen: Evidence) -> Evidence:
    removed = Change(NOON - timedelta(minutes=9), "alice", "DeleteRolePolicy", "orders-role", "policyName reader")
    return replace(seen, changes=(removed,))


@pytest.mark.parametrize("button", ["dismiss", "snooze"])
@pytest.mark.parametrize("change", [lambda seen: seen, broken_read, another_note])
def test_what_still_stands_stays_quiet(button: str, change: Callable[[Evidence], Evidence]) -> None:
    """A read that fails for once and news about how it came are no reason to wake anybody."""
    world = put_aside(button)
    assert later(world, change) == 1
    assert quieted(the(world), world.clock.now())
    assert len([f for f in the(world).facts if isinstance(f, Proposed)]) == 1


@pytest.mark.parametrize("button", ["dismiss", "snooze"])
def test_new_code_is_told_once_and_says_why(button: str) -> None:
    world = put_aside(button)
    assert later(world, new_code) == 2
    told = the(world)
    assert derive(told, world.clock.now()) is Status.PROPOSED
    assert "no longer put aside, since the function's code changed" in timeline(told)[-2][1]
    words = as_text(message(told, SETTINGS, world.clock.now()).blocks, 10_000)
    assert "This incident is told again: since it was put aside, the function's code changed." in words


def test_advice_is_lifted_as_well() -> None:
    """Where the watchdog has no plan there is a basis all the same."""
    deny_all = replace(LETS_LOG, name="inline/guard", text=json.dumps({"Statement": deny("s3:GetObject", "*")}))
    world = world_of(READER, LETS_LOG, deny_all, function=replace(cases.function, code_sha="one"))
    deliver(world)
    assert derive(the(world), world.clock.now()) is Status.ADVISED
    heard(click(the(world), "dismiss", plan="", nonce="n"), world.approving)
    assert later(world) == 1
    assert later(world, new_code) == 2


def test_ten_times_as_often_is_told_as_open_again() -> None:
    world = put_aside()
    for number in range(9):
        world.facts.record([replace(READER, event_id=f"more{number}")])
    assert later(world) == 2
    assert derive(the(world), world.clock.now()) is Status.PROPOSED
    found = the(world).last(Proposed)
    assert found
    assert found.lifted == ("how often it is refused",)


@pytest.mark.parametrize(
    "old", [Dismissed(NOON, "U1", NOON + timedelta(days=30), 3), Snoozed(NOON, "U1", NOON + timedelta(days=1), 3)]
)
def test_a_word_of_before_is_still_read_and_still_holds(old: Fact) -> None:
    """Facts stored by an earlier version know nothing of what stood."""
    stored = json.loads(json.dumps(dump(old)))
    assert "standing" not in stored
    assert fact(stored) == old
    world = world_of(READER, LETS_LOG)
    deliver(world)
    world.facts.add(the(world), old)
    assert later(world) == 1
