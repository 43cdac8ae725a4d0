"""What breaks for another incident stays with that one: the one in hand is proposed, and the failure is said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from iam_watchdog import looking, story, together, wiring
from iam_watchdog.approving import heard
from iam_watchdog.handlers import diagnose
from iam_watchdog.handlers.telemetry import metrics
from iam_watchdog.model import Denial, Evidence, Proposed, Status
from iam_watchdog.part import Part, joins
from tests import cases
from tests.drive import deliver
from tests.fakes import FakeWorld
from tests.handlers.events import Context, sqs
from tests.test_approve import click
from tests.test_company import ASKER, SENDER, actions, found, of, press, seen_again, stands, told, world_with
from tests.test_story import READER


def breaking_for(world: FakeWorld, action: str) -> FakeWorld:
    """A world whose reader, or a rule behind it, fails for one kind of denial."""
    gather = world.reader.gather

    def broken(denial: Denial) -> Evidence:
        if denial.action == action:
            raise ZeroDivisionError("a rule that nobody has tried with this")
        return gather(denial)

    world.reader.gather = broken  # type: ignore[method-assign]
    return world


def failing(*_: object) -> bool:
    raise ZeroDivisionError("a comparison that nobody has tried with this")


def alone_and_said(world: FakeWorld) -> None:
    proposed = found(world, READER)
    assert actions(proposed) == {"s3:GetObject"}
    assert proposed.also == ()
    assert any(ASKER.fingerprint in note and "ZeroDivisionError" in note for note in proposed.diagnosis.notes)
    assert [type(why) for _, why in world.troubles] == [ZeroDivisionError]


def test_a_rule_that_fails_on_another_incident_costs_this_one_nothing_and_is_said() -> None:
    world = breaking_for(world_with(READER, ASKER, SENDER), ASKER.action)
    story.respond(of(world, READER), world.reading)
    proposed = found(world, READER)
    assert actions(proposed) == {"s3:GetObject", "sqs:SendMessage"}
    assert [also.incident for also in proposed.also] == [SENDER.fingerprint]
    assert any(ASKER.fingerprint in note and "ZeroDivisionError" in note for note in proposed.diagnosis.notes)


def test_the_one_that_it_fails_on_fails_for_itself_so_that_the_queue_keeps_it() -> None:
    world = breaking_for(world_with(READER, ASKER), ASKER.action)
    with pytest.raises(ZeroDivisionError):
        story.respond(of(world, ASKER), world.reading)


def test_what_could_not_be_looked_into_is_no_reason_for_another_proposal() -> None:
    world = world_with(READER, SENDER)
    story.respond(of(world, READER), world.reading)
    breaking_for(world, ASKER.action)
    story.notice((ASKER,), world.noticing)
    seen_again(world, READER, "e9")
    assert sum(isinstance(fact, Proposed) for fact in of(world, READER).facts) == 1


def test_another_incident_is_read_once_for_one_proposal() -> None:
    world = world_with(READER, ASKER)
    deliver(world)
    story.notice((SENDER,), world.noticing)
    world.clock.pass_by(3600)
    before = world.reader.reads
    seen_again(world, READER, "e9")
    assert world.reader.reads - before == len([READER, ASKER, SENDER])


def test_a_comparison_that_fails_with_one_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_asker(own: Part, other: Part) -> bool:
        return failing() if other.id == ASKER.fingerprint else joins(own, other)

    monkeypatch.setattr(looking, "joins", with_asker)
    world = world_with(READER, ASKER, SENDER)
    story.respond(of(world, READER), world.reading)
    assert actions(found(world, READER)) == {"s3:GetObject", "sqs:SendMessage"}
    assert [what for what, _ in world.troubles if ASKER.fingerprint in what]


@pytest.mark.parametrize(
    ("where", "name"), [(looking, "joins"), (together, "readable"), (together, "join"), (together, "ended")]
)
def test_whatever_fails_of_joining_leaves_the_one_in_hand_by_itself(
    where: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, failing)
    world = world_with(READER, ASKER)
    story.respond(of(world, READER), world.reading)
    alone_and_said(world)


def test_what_fails_before_a_change_fails_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_with(READER, ASKER)
    deliver(world)
    press(world, READER)
    (step,) = [step for step, _ in world.queue.steps]
    monkeypatch.setattr(together, "join", failing)
    with pytest.raises(ZeroDivisionError):
        story.carry_out(step, world.writing)
    assert (world.hands.held, world.troubles, stands(world, READER)) == ({}, [], Status.APPROVED)


def test_what_is_proposed_anew_after_a_dismissal_holds_off_another_s_failure() -> None:
    world = world_with(READER)
    before = world.reader.account
    world.reader.account = lambda: replace(before(), function=replace(cases.function, code_sha="one"))
    deliver(world)
    shown = found(world, READER)
    heard(click(of(world, READER), "dismiss", plan=shown.plan_hash, nonce=shown.nonce), world.approving)
    world.reader.account = lambda: replace(before(), function=replace(cases.function, code_sha="two"))
    breaking_for(world, ASKER.action)
    story.notice((ASKER,), world.noticing)
    seen_again(world, READER, "e9")
    assert found(world, READER).lifted
    alone_and_said(world)


def test_what_fails_is_logged_by_its_name_and_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "IAMWatchdog")
    monkeypatch.setattr(metrics.provider, "namespace", "IAMWatchdog")
    world = breaking_for(world_with(READER, ASKER), ASKER.action)
    monkeypatch.setattr(wiring, "reading", lambda: world.reading)
    answer = diagnose.handler(sqs({"incident": READER.fingerprint, "cycle": 1}), Context())
    assert answer == {"batchItemFailures": []}
    counted = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["Contained"] for line in counted if "Contained" in line] == [[1.0]]
    logged = [vars(record) for record in caplog.records]
    assert [line["failure"] for line in logged if line["msg"] == "contained"] == ["ZeroDivisionError"]
    assert "nobody has tried" not in str(logged)


def test_one_that_falls_out_of_the_message_that_told_of_it_is_told_by_itself() -> None:
    """Nobody would speak of it any more: it was carried, and what carried it is for the others alone now."""
    world = world_with(READER, ASKER)
    deliver(world)
    assert (found(world, ASKER).carried_by, told(world)) == (READER.fingerprint, ["s3:GetObject"])
    whole = world.reader.gather
    breaking_for(world, ASKER.action)
    seen_again(world, READER, "e9")
    assert actions(found(world, READER)) == {"s3:GetObject"}
    world.reader.gather = whole  # type: ignore[method-assign]
    deliver(world)
    assert told(world)[-1] == "dynamodb:GetItem"
