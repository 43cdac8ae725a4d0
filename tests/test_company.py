"""One message, one yes and one ending for all that one function was refused; nobody is told twice, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from iam_watchdog import company, records, story
from iam_watchdog.approving import heard
from iam_watchdog.detect.subscription import LogEvent
from iam_watchdog.guard import PERSON
from iam_watchdog.happened import timeline
from iam_watchdog.hearing import heard as heard_in_log
from iam_watchdog.looking import Looked, consider
from iam_watchdog.model import (
    AddRoleStatements,
    Denial,
    Evidence,
    Healed,
    Incident,
    Layer,
    Policy,
    Proposed,
    Stale,
    Status,
    Step,
    StepKind,
    Target,
    Trial,
    Tried,
    Witness,
)
from iam_watchdog.ports import SweepWorld
from iam_watchdog.records import plan_hash
from iam_watchdog.report.slack import message
from iam_watchdog.report.slack_text import as_text
from iam_watchdog.report.text import mail_subject, text
from iam_watchdog.status import derive
from iam_watchdog.story import TOGETHER
from iam_watchdog.sweeping import sweep
from tests.cases import ACCOUNT, OBJECT, REGION, ROLE
from tests.drive import deliver, fused
from tests.fakes import NOON, FakeWorld
from tests.test_approve import click
from tests.test_story import LETS_LOG, READER, SAME, SETTINGS, WORKS, world_of
from tests.test_sweeping import FakeSurveyor

TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
ASKER = replace(READER, action="dynamodb:GetItem", resource=TABLE, scope=TABLE, event_id="e2")
SENDER = replace(READER, action="sqs:SendMessage", resource=QUEUE, scope=QUEUE, event_id="e3")


def world_with(*denials: Denial) -> FakeWorld:
    """An account whose one function was refused all this in one delivery."""
    world = world_of(denials[0], LETS_LOG)
    before = world.reader.account
    targets = (Target(OBJECT, ACCOUNT), Target(TABLE, ACCOUNT), Target(QUEUE, ACCOUNT))
    world.reader.account = lambda: replace(before(), targets=targets)
    story.notice(denials[1:], world.noticing)
    return world


def of(world: FakeWorld, denial: Denial) -> Incident:
    return world.facts.load(denial.fingerprint)


def found(world: FakeWorld, denial: Denial) -> Proposed:
    proposed = of(world, denial).last(Proposed)
    assert proposed
    return proposed


def stands(world: FakeWorld, denial: Denial) -> Status:
    return derive(of(world, denial), world.clock.now())


def told(world: FakeWorld) -> list[str]:
    return [incident.denial.action for incident in world.notifier.told]


def press(world: FakeWorld, denial: Denial, button: str = "apply") -> None:
    proposed = found(world, denial)
    shown = next(n for n, one in enumerate(world.notifier.told, 1) if one.last(Proposed) == proposed)
    pressed = click(of(world, denial), button, plan=proposed.plan_hash, nonce=proposed.nonce, message=f"{shown}.0")
    heard(pressed, world.approving)


def seen_again(world: FakeWorld, denial: Denial, event: str) -> None:
    """It repeats, and is brought before Diagnose, as counting does for what was never told."""
    world.facts.record([replace(denial, event_id=event, at=world.clock.now())])
    story.respond(of(world, denial), world.reading)


def actions(proposed: Proposed) -> set[str]:
    assert proposed.plan
    (grant,) = proposed.plan.grants
    assert isinstance(grant, AddRoleStatements)
    assert grant.role == ROLE
    return {action for statement in grant.statements for action in statement.actions}


# ---------------------------------------------------------------- silence: who stays alone


def test_a_single_denial_is_proposed_as_ever() -> None:
    world = world_with(READER)
    deliver(world)
    proposed = found(world, READER)
    assert (proposed.also, proposed.carried_by) == ((), "")
    assert proposed.plan
    assert proposed.plan.also == ()
    assert told(world) == ["s3:GetObject"]


def _confirmed(world: FakeWorld, denial: Denial) -> None:
    """CloudTrail's own record of the other one."""
    story.notice([replace(denial, witness=Witness.CLOUDTRAIL, event_id="ct")], world.noticing)


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKER, principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/other-role/shop"),
        replace(ASKER, principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/shop-role/a-person"),
        replace(ASKER, origin="/aws/lambda/stranger 2026/11/23/[$LATEST]abc"),
        replace(ASKER, function="invoices"),
        replace(ASKER, qualifier="live"),
        replace(ASKER, witness=Witness.CLOUDTRAIL),
        replace(ASKER, action="iam:PassRole", resource=f"arn:aws:iam::{ACCOUNT}:role/admin", scope="admin"),
    ],
    ids=["another role", "another session", "another group", "another function", "an alias", "CloudTrail", "advice"],
)
def test_what_may_not_join_is_told_by_itself(other: Denial) -> None:
    world = world_with(READER, other)
    deliver(world)
    assert sorted(told(world)) == sorted(["s3:GetObject", other.action])
    assert actions(found(world, READER)) == {"s3:GetObject"}
    assert (found(world, READER).also, found(world, other).also) == ((), ())


def test_a_forged_line_does_not_widen_what_aws_itself_confirms() -> None:
    world = world_with(replace(READER, witness=Witness.CLOUDTRAIL), ASKER)
    deliver(world)
    assert actions(found(world, READER)) == {"s3:GetObject"}
    assert actions(found(world, ASKER)) == {"dynamodb:GetItem"}
    assert len(told(world)) == 2


def test_another_owner_s_resource_makes_nothing_appliable_that_was_not() -> None:
    """Both are shown; what the guard says of either is said of both."""
    world = world_with(READER, ASKER)
    before = world.reader.account
    world.reader.account = lambda: replace(before(), targets=(Target(OBJECT, "999999999999"),))
    deliver(world)
    for denial in (READER, ASKER):
        proposed = found(world, denial)
        assert not proposed.plan or "foreign_target" in proposed.refusals[PERSON]


@pytest.mark.parametrize("button", ["dismiss", "snooze"])
def test_what_a_person_put_aside_does_not_join(button: str) -> None:
    world = world_with(READER)
    deliver(world)
    press(world, READER, button)
    story.notice([ASKER], world.noticing)
    deliver(world)
    assert actions(found(world, ASKER)) == {"dynamodb:GetItem"}
    assert told(world)[-1] == "dynamodb:GetItem"


def test_what_is_over_does_not_join() -> None:
    world = world_with(READER)
    deliver(world)
    world.facts.add(of(world, READER), Healed(NOON))
    story.notice([ASKER], world.noticing)
    deliver(world)
    assert found(world, ASKER).also == ()


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_line_dated_at_the_end_of_time_breaks_nothing(at: datetime) -> None:
    world = world_with(READER)
    story.notice([replace(ASKER, at=at)], world.noticing)
    deliver(world)
    assert set(told(world)) >= {"s3:GetObject"}


def test_what_was_not_refused_for_a_day_does_not_join() -> None:
    """It may be called no more; its own message stands."""
    world = world_with(READER)
    deliver(world)
    world.clock.pass_by(86_401)
    story.notice([replace(ASKER, at=world.clock.now())], world.noticing)
    deliver(world)
    assert found(world, ASKER).also == ()


def test_a_log_that_claims_a_crowd_of_refusals_gives_none_of_them_company() -> None:
    many = [replace(READER, resource=f"{OBJECT}{n}", scope=f"d{n}/", event_id=f"m{n}") for n in range(company.MOST + 2)]
    world = world_with(*many)
    deliver(world)
    assert all(found(world, one).also == () for one in many)
    assert len(told(world)) == len(many)
    assert company.LEFT in found(world, many[0]).diagnosis.notes


# ---------------------------------------------------------------- one message


def test_the_first_one_s_message_tells_of_all_and_the_others_have_none() -> None:
    world = world_with(READER, ASKER, SENDER)
    deliver(world)
    assert told(world) == ["s3:GetObject"]
    first = found(world, READER)
    assert actions(first) == {"s3:GetObject", "dynamodb:GetItem", "sqs:SendMessage"}
    assert {one.denial.action for one in first.also} == {"dynamodb:GetItem", "sqs:SendMessage"}
    for other in (ASKER, SENDER):
        assert stands(world, other) is Status.PROPOSED
        assert found(world, other).carried_by == READER.fingerprint
        assert actions(found(world, other)) == {other.action}
        assert "together with incident" in timeline(of(world, other))[-1][1]
    assert "also ends" in " ".join(words for _, words in timeline(of(world, READER)))


def test_an_error_that_access_analyzer_finds_in_the_joint_document_removes_apply() -> None:
    world = world_with(READER, ASKER)
    world.reader.opinion = {"validation_error": "the action does not exist"}
    deliver(world)
    proposed = found(world, READER)
    assert (len(proposed.also), proposed.refusals[PERSON]) == (1, ("invalid",))
    assert any("the action does not exist" in note for note in proposed.diagnosis.notes)


def test_the_second_of_a_batch_waits_and_the_first_of_another_function_does_not() -> None:
    world = FakeWorld(lambda: Evidence(NOON), SETTINGS)
    story.notice([READER, ASKER, replace(SENDER, function="other")], world.noticing)
    assert sorted(world.queue.held_back.values()) == [0, 0, TOGETHER]
    assert world.queue.held_back[READER.fingerprint] == 0


def test_what_comes_a_moment_later_in_a_delivery_of_its_own_waits_as_well() -> None:
    world = FakeWorld(lambda: Evidence(NOON), SETTINGS)
    story.notice([READER], world.noticing)
    story.notice([replace(ASKER, at=NOON + timedelta(seconds=TOGETHER - 1))], world.noticing)
    story.notice([replace(SENDER, at=NOON + timedelta(minutes=5))], world.noticing)
    assert world.queue.held_back == {READER.fingerprint: 0, ASKER.fingerprint: TOGETHER, SENDER.fingerprint: 0}


def test_what_a_trial_surfaced_waits_for_nobody() -> None:
    world = FakeWorld(lambda: Evidence(NOON), SETTINGS)
    story.notice([READER], world.noticing)
    story.notice([replace(ASKER, follows=READER.fingerprint)], world.noticing)
    assert world.queue.held_back[ASKER.fingerprint] == 0


def test_what_comes_later_tells_of_both_and_leaves_the_first_message_as_it_is() -> None:
    world = world_with(READER)
    deliver(world)
    first = found(world, READER)
    story.notice([ASKER], world.noticing)
    deliver(world)
    assert told(world) == ["s3:GetObject", "dynamodb:GetItem"]
    assert actions(found(world, ASKER)) == {"s3:GetObject", "dynamodb:GetItem"}
    seen_again(world, READER, "r2")
    assert found(world, READER) == first, "the announcer says nothing twice about one plan"


def test_what_repeats_is_not_told_again_while_the_message_stands() -> None:
    world = world_with(READER, ASKER)
    deliver(world)
    for n in range(3):
        world.clock.pass_by(700)
        seen_again(world, ASKER, f"a{n}")
    assert told(world) == ["s3:GetObject"]


def test_a_second_look_that_knows_more_opens_no_message_of_the_others() -> None:
    """The same plan proposed once more, for instance because CloudTrail has told by now who changed what."""
    world = world_with(READER, ASKER)
    deliver(world)
    before = found(world, READER)
    later = replace(
        before, at=world.clock.now(), diagnosis=replace(before.diagnosis, because="It is known who did it.")
    )
    world.facts.add(of(world, READER), later)
    seen_again(world, ASKER, "again")
    assert found(world, ASKER).carried_by == READER.fingerprint
    assert "dynamodb:GetItem" not in told(world)


@pytest.mark.parametrize("how", ["dismissed", "expired", "never shown"])
def test_nobody_is_forgotten_when_the_message_no_longer_stands(how: str) -> None:
    world = world_with(READER, ASKER)
    if how == "never shown":
        world.facts.add(of(world, READER), story.respond(of(world, READER), world.reading, quietly=True).facts[-1])
    else:
        deliver(world)
    if how == "dismissed":
        press(world, READER, "dismiss")
    if how == "expired":
        world.clock.pass_by(SETTINGS.approval_ttl)
    seen_again(world, ASKER, "later")
    assert told(world)[-1] == "dynamodb:GetItem"
    assert found(world, ASKER).carried_by == ""


# ---------------------------------------------------------------- one yes, one ending


def test_one_yes_ends_all_of_them() -> None:
    world = world_with(READER, ASKER)
    deliver(world)
    press(world, READER)
    deliver(world)
    assert stands(world, READER) is Status.VERIFIED
    assert len(world.hands.held) == 1
    assert stands(world, ASKER) is Status.HEALED
    assert READER.fingerprint in of(world, ASKER).last(Healed).because  # type: ignore[union-attr]
    assert {one.denial.action for one in world.notifier.told} == {"s3:GetObject"}


def test_one_who_was_told_by_himself_hears_that_it_is_over() -> None:
    world = world_with(READER)
    deliver(world)
    story.notice([ASKER], world.noticing)
    deliver(world)
    press(world, ASKER)
    deliver(world)
    assert (stands(world, ASKER), stands(world, READER)) == (Status.VERIFIED, Status.HEALED)
    assert told(world)[-1] == "s3:GetObject"


def test_a_step_told_twice_closes_the_others_once() -> None:
    world = world_with(READER, ASKER)
    deliver(world)
    press(world, READER)
    deliver(world, twice=True)
    healed = [f for f in of(world, ASKER).facts if isinstance(f, Healed)]
    assert (stands(world, READER), len(healed)) == (Status.VERIFIED, 1)


@pytest.mark.parametrize("how", ["dismissed", "healed", "allowed", "forgotten"])
def test_a_yes_to_all_is_stale_when_one_of_them_is_gone(how: str) -> None:
    world = world_with(READER, ASKER)
    deliver(world)
    press(world, READER)
    if how == "dismissed":
        heard(click(of(world, ASKER), "dismiss", plan=found(world, ASKER).plan_hash, nonce=""), world.approving)
    elif how == "healed":
        world.facts.add(of(world, ASKER), Healed(NOON))
    elif how == "forgotten":
        del world.facts.incidents[ASKER.fingerprint]
    else:
        confirmed = replace(of(world, ASKER).denial, witness=Witness.CLOUDTRAIL)
        world.facts.incidents[ASKER.fingerprint] = [replace(of(world, ASKER), denial=confirmed)]
    deliver(world)
    stale = of(world, READER).last(Stale)
    assert stale
    assert ASKER.fingerprint in stale.because
    assert world.hands.calls == []
    assert actions(found(world, READER)) == {"s3:GetObject"}
    assert stands(world, READER) is Status.PROPOSED, "a new plan, a new message"


def test_a_fix_that_one_of_them_survives_is_taken_back_and_the_other_is_told() -> None:
    """The trial still meets the second call's denial, and the policies agree."""
    world = world_with(READER, ASKER)
    deliver(world)
    world.invoker.trials = [SAME]
    press(world, READER)
    before = world.reader.account
    applied = iter(range(100))

    def account() -> Evidence:
        """After the change, the policy that was put there shows nowhere."""
        now = before()
        return (
            replace(now, policies=tuple(p for p in now.policies if p.name != "inline/ours")) if next(applied) else now
        )

    world.reader.account = account
    deliver(world)
    assert stands(world, READER) is Status.UNDONE
    assert world.hands.held == {}
    assert stands(world, ASKER) is Status.PROPOSED
    assert found(world, ASKER).carried_by == ""
    assert told(world)[-1] == "dynamodb:GetItem"


def test_a_person_s_undo_takes_all_of_it_back() -> None:
    world = world_with(READER, ASKER)
    deliver(world)
    press(world, READER)
    deliver(world)
    incident = of(world, READER)
    story.carry_out(
        Step(incident.id, incident.cycle, StepKind.UNDO, found(world, READER).plan_hash, "U1"), world.writing
    )
    assert (world.hands.held, stands(world, READER)) == ({}, Status.UNDONE)


def test_verified_needs_the_policies_to_allow_each_of_them() -> None:
    world = world_with(READER, ASKER)
    deliver(world)
    press(world, READER)
    before = world.reader.account
    world.invoker.trials = [WORKS]

    def half() -> Evidence:
        """Whatever the hands wrote, the second call is not in it."""
        now = before()
        texts = (replace(p, text=p.text.replace("dynamodb:GetItem", "dynamodb:ListTables")) for p in now.policies)
        return replace(now, policies=tuple(texts))

    world.reader.account = half
    deliver(world)
    assert stands(world, READER) is Status.NOT_YET
    assert "a person has to decide" in of(world, READER).last(Tried).trial.detail  # type: ignore[union-attr]
    assert stands(world, ASKER) is Status.PROPOSED


def test_the_other_one_s_denial_in_the_trial_s_log_is_the_same_denial() -> None:
    world = world_with(READER, ASKER)
    deliver(world)
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/shop-role/shop"
    words = (
        "[ERROR] ClientError: An error occurred (AccessDeniedException) when calling the GetItem operation: User: "
        f"{session} is not authorized to perform: dynamodb:GetItem on resource: {TABLE} because no identity-based "
        "policy allows the dynamodb:GetItem action"
    )
    line = LogEvent("1", NOON, words)
    alone = heard_in_log([line], replace(of(world, READER), facts=()), SETTINGS)
    both = heard_in_log([line], of(world, READER), SETTINGS)
    assert (alone.same, alone.other and alone.other.action) == (False, "dynamodb:GetItem")
    assert (both.same, both.other) == (True, None)


# ---------------------------------------------------------------- how it is written down


def test_a_joint_plan_survives_the_table_and_an_old_one_is_still_read() -> None:
    world = world_with(READER, ASKER)
    deliver(world)
    proposed = found(world, READER)
    assert records.fact(records.dump(proposed)) == proposed
    assert proposed.plan
    assert plan_hash(replace(proposed.plan, also=())) != plan_hash(proposed.plan), "the yes is to these incidents"
    old = records.dump(proposed)
    for part in (old, old["plan"]):
        del part["also"]
    read = records.fact(old)
    assert isinstance(read, Proposed)
    assert (read.also, read.plan.also if read.plan else None) == ((), ())


def test_the_same_account_leads_to_the_same_joint_plan_an_hour_later() -> None:
    world = world_with(READER, ASKER)
    deliver(world)
    shown = found(world, READER)
    world.clock.pass_by(int(timedelta(minutes=59).total_seconds()))
    assert (
        company.again(
            consider(of(world, READER), world.reading),
            of(world, READER),
            (ASKER.fingerprint,),
            world.reading,
            Looked(),
        ).plan
        == shown.plan
    )


def test_a_trial_that_fails_otherwise_leaves_the_others_open() -> None:
    world = world_with(READER, ASKER)
    deliver(world)
    world.invoker.trials = [Trial(False, "invoke", "the function timed out", clear=False)]
    press(world, READER)
    deliver(world)
    assert (stands(world, READER), stands(world, ASKER)) == (Status.NOT_YET, Status.PROPOSED)


def _approved() -> FakeWorld:
    world = world_with(READER, ASKER)
    deliver(world)
    press(world, READER)
    return world


def _ending(world: FakeWorld) -> tuple[dict[str, Status], set[str], bool]:
    statuses = {i.denial.action: derive(i, world.clock.now()) for i in world.facts.listing()}
    return statuses, set(told(world)), len(world.hands.held) == 1


@pytest.mark.slow
def test_a_crash_at_every_moment_between_the_yes_and_the_end_ends_the_same() -> None:
    calm = _approved()
    fuse = fused(calm, at=-1)
    deliver(calm)
    moments = fuse.burnt
    assert _ending(calm) == (
        {"s3:GetObject": Status.VERIFIED, "dynamodb:GetItem": Status.HEALED},
        {"s3:GetObject"},
        True,
    )
    for moment in range(1, moments + 1):
        world = _approved()
        fused(world, at=moment)
        deliver(world)
        assert _ending(world) == _ending(calm), f"moment {moment} of {moments}"


def _mended_elsewhere(world: FakeWorld) -> None:
    """Somebody gives the role what the first call wants, and nothing more; then the sweep looks after all of them."""
    before = world.reader.account
    allow = {"Effect": "Allow", "Action": ASKER.action, "Resource": TABLE}
    given = Policy(Layer.IDENTITY, "inline/theirs", json.dumps({"Statement": [allow]}), ROLE)
    world.reader.account = lambda: replace(before(), policies=(*before().policies, given))
    world.clock.pass_by(600)
    sweep(
        SweepWorld(FakeSurveyor([]), world.reader, world.facts, world.queue, world.clock, SETTINGS),
        world.clock.now() + timedelta(hours=1),
    )


def test_the_other_one_is_told_by_itself_when_the_first_is_mended_by_somebody_else() -> None:
    """One message told of both, and it is green now."""
    world = world_with(ASKER, READER)
    deliver(world)
    _mended_elsewhere(world)
    assert (stands(world, ASKER), stands(world, READER)) == (Status.HEALED, Status.PROPOSED)
    deliver(world)
    assert sorted(told(world)) == ["dynamodb:GetItem", "dynamodb:GetItem", "s3:GetObject"]


def test_what_is_over_for_the_first_one_is_not_said_of_the_others() -> None:
    world = world_with(ASKER, READER)
    deliver(world)
    now = world.clock.now()
    assert " and 1 more call" in mail_subject(of(world, ASKER), now)
    _mended_elsewhere(world)
    over = of(world, ASKER)
    for told_as in (text(over, SETTINGS, now), mail_subject(over, now), as_text(message(over, SETTINGS, now).blocks)):
        assert "more call" not in told_as
        assert "ends all of these" not in told_as
