"""The order of things, to every ending: told twice, and after a crash at every moment, it ends the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from iam_watchdog import story
from iam_watchdog.approving import Refused, heard
from iam_watchdog.model import (
    WATCHDOG,
    AddRoleStatements,
    Applied,
    AttachManagedPolicy,
    Change,
    Denial,
    Evidence,
    Layer,
    Plan,
    Policy,
    Prepared,
    Proposed,
    Receipt,
    Stale,
    Status,
    Step,
    StepKind,
    Target,
    Trial,
    Tried,
    Undone,
    Witness,
)
from iam_watchdog.ports import CannotRead, CannotWrite, Mode, Settings
from iam_watchdog.records import document_hash
from iam_watchdog.remedy.document import policy_document
from iam_watchdog.remedy.managed import DOCUMENTS
from iam_watchdog.status import derive
from tests import cases
from tests.cases import ACCOUNT, BASIC, BOUNDARY, CEILING, GROUP, OBJECT, ROLE, document
from tests.drive import deliver, fused, the
from tests.fakes import NOON, Crash, FakeHands, FakeWorld, kinds
from tests.test_approve import click

TRUST = document({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
SETTINGS = replace(
    cases.SETTINGS,
    allow_listed={BASIC: document_hash(DOCUMENTS[BASIC])},
    slack_team="T1",
    slack_app="A1",
    slack_channel="C1",
)
MUTE = replace(
    cases.denial, action="logs:CreateLogStream", resource=f"{GROUP}:log-stream:x", scope=GROUP, origin="sweep"
)
READER = replace(cases.denial, witness=Witness.LOG, origin="/aws/lambda/shop 2026/11/23/[$LATEST]abc", event_id="e1")
LETS_LOG = Policy(
    Layer.IDENTITY, "inline/logs", document({"Effect": "Allow", "Action": "logs:*", "Resource": "*"}), ROLE
)
SAME = Trial(False, "invoke", "the same denial", same_denial=True)
UNCLEAR = Trial(False, "invoke", "the function timed out", clear=False)
WORKS = Trial(True, "invoke", "the function answered")
RAN = Trial(True, "observe", "it ran")
QUIET = Trial(False, "observe", "it has not run since", clear=False)


def _held(world: FakeWorld) -> tuple[Policy, ...]:
    """What the hands put on the role, as IAM would show it."""
    policies = []
    for receipt in world.hands.held.values():
        if isinstance(receipt.grant, AttachManagedPolicy):
            policies.append(Policy(Layer.IDENTITY, BASIC, DOCUMENTS[BASIC], ROLE))
        if isinstance(receipt.grant, AddRoleStatements):
            text = json.dumps(policy_document(receipt.grant.statements))
            policies.append(Policy(Layer.IDENTITY, "inline/ours", text, ROLE))
    return tuple(policies)


def world_of(denial: Denial = MUTE, *policies: Policy, settings: Settings = SETTINGS, **differs: Any) -> FakeWorld:
    """An account with one denied function whose role has these policies and whatever the hands put there."""
    target = Target(OBJECT, ACCOUNT) if denial.action.startswith("s3") else Target(GROUP, ACCOUNT)
    standing = (Policy(Layer.TRUST, "trust", TRUST, ROLE), Policy(Layer.BOUNDARY, BOUNDARY, CEILING, ROLE), *policies)
    world: FakeWorld

    def account() -> Evidence:
        held = _held(world)
        attached = (BASIC,) if any(p.name == BASIC for p in held) else ()
        role = replace(cases.role, attached=attached)
        return replace(cases.evidence, role=role, targets=(target,), policies=(*standing, *held), **differs)

    world = FakeWorld(account, settings)
    story.notice([denial], world.noticing)
    return world


def approved_world(*trials: Trial) -> FakeWorld:
    """A reader's denial, proposed, and a person who has pressed Apply."""
    world = world_of(READER, LETS_LOG)
    world.invoker.trials = list(trials) or [WORKS]
    deliver(world)
    incident = the(world)
    proposed = incident.last(Proposed)
    assert proposed
    pressed = click(incident, plan=proposed.plan_hash, nonce=proposed.nonce, message=f"{len(world.notifier.told)}.0")
    heard(pressed, world.approving)
    return world


class SecondFails(FakeHands):
    """Hands that make the first change and are refused the second."""

    def apply(self, receipt: Receipt, incident: str) -> None:
        if self.held:
            raise CannotWrite("the second was refused")
        super().apply(receipt, incident)


def _undo(world: FakeWorld) -> Step:
    """A person's order to take back what was prepared last."""
    incident = the(world)
    prepared = incident.last(Prepared)
    assert prepared
    return Step(incident.id, incident.cycle, StepKind.UNDO, prepared.plan_hash, "U1")


def _again(world: FakeWorld) -> None:
    """An hour later the next sweep finds the function as mute as before."""
    world.clock.pass_by(3600)
    story.notice([replace(MUTE, event_id="again", at=world.clock.now())], world.noticing)
    deliver(world)


def status(world: FakeWorld) -> Status:
    return derive(the(world), world.clock.now())


# ---------------------------------------------------------------- silence


def test_nothing_denied_is_nothing_done() -> None:
    world = FakeWorld(lambda: cases.evidence, SETTINGS)
    assert story.notice([], world.noticing) == 0
    assert (world.queue.asked, world.queue.steps, world.notifier.told) == ([], [], [])


def test_what_the_write_side_has_is_not_diagnosed_again() -> None:
    world = approved_world()
    incident, reads = the(world), world.reader.reads
    assert story.respond(incident, world.reading) == incident
    assert world.reader.reads == reads


def test_what_ended_is_not_opened_again_by_a_late_message() -> None:
    world = undone()
    deliver(world)
    ended = the(world)
    assert derive(ended, NOON) is Status.UNDONE
    assert story.respond(ended, world.reading) == ended
    assert world.queue.steps == []


def test_what_access_analyzer_holds_to_be_an_error_has_no_apply_button_and_is_said() -> None:
    world = world_of(READER, LETS_LOG)
    world.reader.opinion = {"validation_error": "the action does not exist"}
    deliver(world)
    proposed = the(world).last(Proposed)
    assert proposed
    assert "invalid" in proposed.refusals["person"]
    assert "IAM Access Analyzer says of this policy: the action does not exist" in proposed.diagnosis.notes
    with pytest.raises(Refused, match="invalid"):
        heard(click(the(world), plan=proposed.plan_hash, nonce=proposed.nonce), world.approving)
    assert not world.hands.held


def test_a_security_warning_is_said_and_leaves_the_button() -> None:
    world = world_of(READER, LETS_LOG)
    world.reader.opinion = {"validation_security_warning": "wide"}
    deliver(world)
    proposed = the(world).last(Proposed)
    assert proposed
    assert proposed.refusals["person"] == ()
    assert any("wide" in note for note in proposed.diagnosis.notes)


def test_a_dismissed_denial_is_told_again_only_when_something_changed() -> None:
    world = world_of(READER, LETS_LOG, function=replace(cases.function, code_sha="old code"))
    deliver(world)
    proposed = the(world).last(Proposed)
    assert proposed
    heard(click(the(world), "dismiss", plan=proposed.plan_hash, nonce=proposed.nonce), world.approving)
    told = len(world.notifier.told)
    world.clock.pass_by(2 * SETTINGS.approval_ttl)
    story.respond(the(world), world.reading)
    assert len(world.notifier.told) == told
    before = world.reader.account
    world.reader.account = lambda: replace(before(), function=replace(cases.function, code_sha="new code"))
    story.respond(the(world), world.reading)
    assert len(world.notifier.told) == told + 1
    assert status(world) is Status.PROPOSED


def test_what_a_person_dismissed_is_not_applied_unasked() -> None:
    world = world_of(settings=replace(SETTINGS, budget_per_role_and_day=0))
    incident = story.respond(the(world), world.reading)
    assert [step.kind for step, _ in world.queue.steps] == [StepKind.APPLY]
    world.queue.steps.clear()
    proposed = incident.last(Proposed)
    assert proposed
    pressed = click(incident, "dismiss", plan=proposed.plan_hash, nonce=proposed.nonce)
    heard(pressed, world.approving)
    story.respond(the(world), world.reading)
    assert (world.queue.steps, status(world)) == ([], Status.DISMISSED)


@pytest.mark.parametrize("thing", ["function", "role"])
def test_what_is_tagged_to_be_ignored_is_known_and_not_told(thing: str) -> None:
    tagged = replace(getattr(cases, thing), tags={"iam-watchdog": "ignore"})
    world = world_of(READER, LETS_LOG)
    before = world.reader.account
    world.reader.account = lambda: replace(before(), **{thing: tagged})
    deliver(world)
    assert world.notifier.told == []
    assert status(world) is Status.PROPOSED


def test_a_role_changed_a_moment_before_is_quiet_until_it_repeats() -> None:
    changed = Change(NOON - timedelta(seconds=60), "deploy", "PutRolePolicy", ROLE, by_person=False)
    world = world_of(READER, LETS_LOG, changes=(changed,))
    deliver(world)
    assert world.notifier.told == []
    world.facts.record([replace(READER, event_id="e2")])
    story.respond(the(world), world.reading)
    assert len(world.notifier.told) == 1


def test_a_function_deployed_a_moment_before_is_quiet_until_it_repeats() -> None:
    deployed = replace(cases.function, last_modified="2026-11-23T11:58:30.000+0000")
    world = world_of(READER, LETS_LOG, function=deployed)
    deliver(world)
    assert world.notifier.told == []
    world.facts.record([replace(READER, event_id="e2")])
    story.respond(the(world), world.reading)
    assert len(world.notifier.told) == 1


@pytest.mark.parametrize("modified", ["2026-11-23T11:57:59.000+0000", "2026-11-23T12:00:01.000+0000", "yesterday", ""])
def test_a_function_deployed_earlier_or_later_or_nobody_knows_when_is_told(modified: str) -> None:
    world = world_of(READER, LETS_LOG, function=replace(cases.function, last_modified=modified))
    deliver(world)
    assert len(world.notifier.told) == 1


def test_where_nothing_has_to_settle_a_new_function_is_told_at_once() -> None:
    deployed = replace(cases.function, last_modified="2026-11-23T12:00:00.000+0000")
    world = world_of(READER, LETS_LOG, settings=replace(SETTINGS, settling=0), function=deployed)
    deliver(world)
    assert len(world.notifier.told) == 1


def test_what_the_sweep_reads_of_a_new_function_is_told_at_once() -> None:
    deployed = replace(cases.function, last_modified="2026-11-23T11:59:59.000+0000")
    world = world_of(MUTE, settings=replace(SETTINGS, mode=Mode.PROPOSE), function=deployed)
    deliver(world)
    assert len(world.notifier.told) == 1


# ---------------------------------------------------------------- the endings


def test_an_allow_listed_fix_is_applied_unasked_and_verified_twice() -> None:
    world = world_of()
    deliver(world)
    incident = the(world)
    assert status(world) is Status.VERIFIED
    assert [r.grant for r in world.hands.held.values()] == [AttachManagedPolicy(ROLE, BASIC)]
    assert [f for f in kinds(incident.facts) if f != "Shown"] == [
        "Seen",
        "Proposed",
        "Prepared",
        "Applied",
        "Tried",
        "Tried",
    ]
    first, second = (fact for fact in incident.facts if isinstance(fact, Tried))
    assert second.at - first.at >= timedelta(seconds=SETTINGS.gap)
    assert world.invoker.since == [incident.last(Applied).at, first.at]  # type: ignore[union-attr]
    assert world.facts.locks == {}


@pytest.mark.parametrize("differs", [{"mode": Mode.PROPOSE}, {"dev_accounts": ()}])
def test_elsewhere_it_is_only_proposed(differs: dict[str, Any]) -> None:
    world = world_of(settings=replace(SETTINGS, **differs))
    deliver(world)
    assert status(world) is Status.PROPOSED
    assert world.hands.calls == []
    assert len(world.notifier.told) == 1


def test_an_approved_fix_is_applied_in_the_persons_name_and_verified() -> None:
    world = approved_world()
    deliver(world)
    assert status(world) is Status.VERIFIED
    (receipt,) = world.hands.held.values()
    assert (type(receipt.grant), receipt.by) == (AddRoleStatements, "U1")
    assert world.facts.spent == {}, "a person's yes is not rationed"


def test_a_fix_that_does_not_help_is_undone_and_never_made_again_unasked() -> None:
    world = world_of()
    world.invoker.trials = [SAME]
    before = world.reader.account
    # The policy is there, and the call is still refused: something that the evaluation cannot see denies it.
    world.reader.account = lambda: replace(before(), policies=before().policies[:2])
    deliver(world)
    assert status(world) is Status.UNDONE
    assert world.hands.held == {}
    assert len([f for f in the(world).facts if isinstance(f, Tried)]) == len(SETTINGS.waits)
    _again(world)
    incident = the(world)
    assert incident.cycle == 2
    assert incident.last(Proposed).refusals[WATCHDOG] == ("tried_before",)  # type: ignore[union-attr]
    assert (world.hands.made, status(world)) == (1, Status.PROPOSED)


@pytest.mark.parametrize("code", [cases.function.code_sha, "another"])
def test_what_a_person_took_back_is_not_made_again_unasked_whatever_else_has_changed(code: str) -> None:
    world = world_of()
    deliver(world)
    story.carry_out(_undo(world), world.writing)
    deliver(world)
    assert status(world) is Status.UNDONE
    before = world.reader.account
    world.reader.account = lambda: replace(before(), function=replace(cases.function, code_sha=code))
    _again(world)
    incident = the(world)
    assert incident.last(Proposed).refusals[WATCHDOG] == ("tried_before",)  # type: ignore[union-attr]
    assert (world.hands.made, status(world)) == (1, Status.PROPOSED)


def test_text_alone_does_not_undo() -> None:
    world = world_of()
    world.invoker.trials = [SAME]
    deliver(world)
    assert status(world) is Status.NOT_YET, "the evaluation allows it: a person decides"
    assert len(world.hands.held) == 1
    assert "a person has to decide" in the(world).last(Tried).trial.detail  # type: ignore[union-attr]


def test_a_handler_that_swallows_its_denial_is_not_taken_for_success() -> None:
    world = world_of()
    before = world.reader.account
    world.reader.account = lambda: replace(before(), policies=before().policies[:2])
    deliver(world)
    assert status(world) is Status.NOT_YET
    assert "implicit" in the(world).last(Tried).trial.detail  # type: ignore[union-attr]


def test_a_different_denial_is_progress_and_an_incident_of_its_own() -> None:
    other = replace(
        READER, action="kms:Decrypt", resource=f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k", scope="k", event_id="t1"
    )
    world = approved_world(Trial(False, "invoke", "another denial", other_denial=other))
    deliver(world)
    first, second = sorted(world.facts.listing(), key=lambda i: i.denial.action, reverse=True)
    assert derive(first, world.clock.now()) is Status.NOT_YET
    assert len(world.hands.held) == 1, "kept"
    assert (second.denial.action, second.denial.follows) == ("kms:Decrypt", first.id)
    assert second.last(Proposed) is not None


def test_an_unclear_trial_is_left_to_a_person() -> None:
    world = approved_world(UNCLEAR)
    deliver(world)
    assert status(world) is Status.NOT_YET
    assert len(world.hands.held) == 1
    assert world.notifier.told[-1].last(Tried).final  # type: ignore[union-attr]


def test_a_lucky_first_success_is_not_enough() -> None:
    world = approved_world(WORKS, UNCLEAR, WORKS, WORKS)
    deliver(world)
    assert status(world) is Status.VERIFIED
    assert [f.trial.ok for f in the(world).facts if isinstance(f, Tried)] == [True, False, True, True]


def test_a_run_counts_once() -> None:
    world = approved_world(WORKS, UNCLEAR, WORKS, WORKS)
    deliver(world)
    incident = the(world)
    first, _, third, _ = (fact.at for fact in incident.facts if isinstance(fact, Tried))
    applied = incident.last(Applied)
    assert applied
    assert world.invoker.since == [applied.at, first, first, third]


def test_an_observed_function_has_a_day() -> None:
    world = approved_world(QUIET)
    deliver(world)
    tried = [f for f in the(world).facts if isinstance(f, Tried)]
    assert len(tried) > len(SETTINGS.waits)
    assert tried[-1].at - tried[0].at >= timedelta(hours=23)
    assert status(world) is Status.NOT_YET
    assert {fact.trial.detail for fact in tried[:-1]} == {"it has not run since"}
    assert tried[-1].trial.detail == "applied, not observed within 24 hours: it has not run since"


def test_a_function_that_ran_once_in_its_day_was_not_observed_a_second_time() -> None:
    world = approved_world(RAN, QUIET)
    deliver(world)
    last = the(world).last(Tried)
    assert last
    assert last.trial.detail == "applied, not observed a second time within 24 hours: it has not run since"
    assert status(world) is Status.NOT_YET


def test_a_function_that_runs_now_and_then_is_verified_by_its_second_run() -> None:
    world = approved_world(QUIET, RAN, QUIET, QUIET, RAN, SAME)
    deliver(world)
    assert status(world) is Status.VERIFIED


def test_an_account_that_changed_since_the_yes_makes_it_stale_and_brings_a_new_plan() -> None:
    world = approved_world()
    before = world.reader.account
    world.reader.account = lambda: replace(before(), function=replace(cases.function, code_sha="new code"))
    deliver(world)
    incident = the(world)
    stale, proposed = incident.last(Stale), incident.last(Proposed)
    assert stale
    assert "code" in stale.because
    assert proposed
    assert incident.facts.index(proposed) > incident.facts.index(stale)
    assert (status(world), world.hands.calls) == (Status.PROPOSED, [])


def test_a_permission_given_by_hand_in_between_makes_it_stale() -> None:
    world = approved_world()
    mended = Policy(
        Layer.IDENTITY, "inline/hand", document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}), ROLE
    )
    before = world.reader.account
    world.reader.account = lambda: replace(before(), policies=(*before().policies, mended))
    deliver(world)
    assert "no longer leads" in the(world).last(Stale).because  # type: ignore[union-attr]
    assert world.hands.calls == []


def test_the_guard_is_asked_again_before_the_change() -> None:
    world = approved_world()
    before = world.reader.account
    held = replace(cases.function, tags={"iam-watchdog-hold": "INC-1"})
    world.reader.account = lambda: replace(before(), function=held)
    deliver(world)
    assert the(world).last(Stale).because == "the guard refuses: hold"  # type: ignore[union-attr]
    assert world.hands.calls == []


def test_an_account_that_never_agrees_with_itself_is_given_up() -> None:
    world = approved_world()
    before = world.reader.account
    world.reader.account = lambda: replace(
        before(), function=replace(cases.function, code_sha=f"build {world.reader.reads}")
    )
    world.settings = replace(SETTINGS, allow_listed={})
    deliver(world)
    assert len([f for f in the(world).facts if isinstance(f, Stale)]) <= story.GIVEN_UP
    assert world.hands.calls == []


def test_the_kill_switch_stops_before_any_call_and_the_story_ends() -> None:
    world = world_of()
    world.reader.on = False
    deliver(world)
    assert world.hands.calls == []
    assert [f.because for f in the(world).facts if isinstance(f, Stale)] == ["the guard refuses: kill_switch"]
    assert status(world) is Status.STALE


def test_the_kill_switch_stops_an_undo_too_and_says_so() -> None:
    world = approved_world()
    deliver(world)
    world.reader.on = False
    story.carry_out(_undo(world), world.writing)
    undone = the(world).last(Undone)
    assert undone
    assert "kill switch" in (undone.refused or "")
    world.reader.on = True
    story.carry_out(_undo(world), world.writing)
    assert (status(world), world.hands.held) == (Status.UNDONE, {})


def test_a_role_that_was_changed_often_enough_today_waits() -> None:
    world = world_of(settings=replace(SETTINGS, budget_per_role_and_day=0))
    deliver(world)
    assert {f.because for f in the(world).facts if isinstance(f, Stale)} == {"the guard refuses: budget"}
    assert world.hands.calls == []


def test_a_change_that_aws_refuses_is_said_and_leaves_nothing() -> None:
    world = approved_world()
    world.hands.fails["apply"] = CannotWrite("iam AttachRolePolicy: AccessDenied")
    deliver(world)
    stale = next(f for f in the(world).facts if isinstance(f, Stale))
    assert "AccessDenied" in stale.because
    assert world.hands.held == {}


def test_a_change_that_may_go_through_later_is_brought_again() -> None:
    world = approved_world()
    world.hands.fails["apply"] = CannotWrite("iam AttachRolePolicy: Throttling", transient=True)
    deliver(world)
    assert (status(world), world.hands.made) == (Status.VERIFIED, 1)


def test_what_cannot_be_looked_at_is_not_changed() -> None:
    world = approved_world()
    world.hands.fails["prepare"] = CannotRead("iam GetRole: AccessDenied")
    deliver(world)
    assert "cannot be read" in next(f.because for f in the(world).facts if isinstance(f, Stale))
    assert world.hands.held == {}


def test_a_half_made_change_is_taken_back() -> None:
    world = approved_world()
    world.hands = SecondFails()
    grants = (AttachManagedPolicy(ROLE, BASIC), AttachManagedPolicy(ROLE, f"{BASIC}2"))
    receipts = world.hands.prepare(Plan(grants, cases.holds, {}))
    step = world.queue.steps[0][0]
    # As if the process had died after it stored how to undo both, and before it made the first.
    world.facts.add(the(world), Prepared(NOON, receipts, step.plan, "U1"))
    deliver(world)
    assert "second" in next(f.because for f in the(world).facts if isinstance(f, Stale))
    assert (world.hands.held, world.hands.made) == ({}, 1)


def test_an_undo_that_aws_refuses_is_said_as_a_failure() -> None:
    world = approved_world()
    deliver(world)
    world.hands.fails["undo"] = CannotWrite("changed by somebody else since")
    story.carry_out(_undo(world), world.writing)
    deliver(world)
    assert status(world) is Status.FAILED
    assert "somebody else" in (world.notifier.told[-1].last(Undone).refused or "")  # type: ignore[union-attr]


def test_a_person_may_undo_and_a_late_order_does_not_make_it_again() -> None:
    world = approved_world()
    apply = world.queue.steps[0][0]
    deliver(world)
    story.carry_out(_undo(world), world.writing)
    deliver(world)
    assert (status(world), world.hands.held) == (Status.UNDONE, {})
    story.carry_out(apply, world.writing)
    deliver(world)
    assert (status(world), world.hands.held, world.hands.made) == (Status.UNDONE, {}, 1)


# ---------------------------------------------------------------- without authority


@pytest.mark.parametrize(
    "bend",
    [
        lambda step: replace(step, plan="0" * 64),
        lambda step: replace(step, by="U2"),
        lambda step: replace(step, nonce="another"),
        lambda step: replace(step, kind=StepKind.VERIFY),
        lambda step: replace(step, kind=StepKind.UNDO),
    ],
)
def test_a_step_that_no_fact_stands_behind_does_nothing(bend: Callable[[Step], Step]) -> None:
    world = approved_world()
    before = the(world)
    with pytest.raises(story.Foreign):
        story.carry_out(bend(world.queue.steps[0][0]), world.writing)
    assert (the(world), world.hands.calls) == (before, [])


def test_the_watchdog_cannot_order_itself_where_it_only_proposes() -> None:
    world = approved_world()
    world.settings = replace(SETTINGS, mode=Mode.PROPOSE)
    with pytest.raises(story.Foreign, match="propose"):
        story.carry_out(replace(world.queue.steps[0][0], by=WATCHDOG), world.writing)


def test_the_watchdog_cannot_undo_what_works() -> None:
    world = approved_world()
    deliver(world)
    with pytest.raises(story.Foreign, match="no final trial"):
        story.carry_out(replace(_undo(world), by=WATCHDOG), world.writing)
    assert len(world.hands.held) == 1


@pytest.mark.parametrize("kind", [StepKind.APPLY, StepKind.UNDO])
def test_verify_does_not_change_anything(kind: StepKind) -> None:
    world = approved_world()
    with pytest.raises(story.Foreign):
        story.check(replace(world.queue.steps[0][0], kind=kind), world.trying)


def test_what_was_not_applied_is_not_tried() -> None:
    world = approved_world()
    with pytest.raises(story.Foreign, match="has not applied"):
        story.check(replace(world.queue.steps[0][0], kind=StepKind.VERIFY), world.trying)
    assert world.invoker.made == 0


def test_one_role_at_a_time() -> None:
    world = approved_world()
    world.facts.locks[f"role#{ROLE}"] = "another incident"
    with pytest.raises(story.Busy):
        story.carry_out(world.queue.steps[0][0], world.writing)
    assert world.hands.calls == []
    assert world.facts.locks == {f"role#{ROLE}": "another incident"}


# ---------------------------------------------------------------- told twice, and dead at every moment


def swallowed(world: FakeWorld) -> FakeWorld:
    before = world.reader.account
    world.reader.account = lambda: replace(before(), policies=before().policies[:2])
    return world


def undone() -> FakeWorld:
    world = swallowed(world_of(settings=replace(SETTINGS, waits=(1, 1))))
    world.invoker.trials = [SAME]
    return world


def stale() -> FakeWorld:
    world = approved_world()
    before = world.reader.account
    world.reader.account = lambda: replace(before(), function=replace(cases.function, code_sha="new code"))
    return world


def different() -> FakeWorld:
    other = replace(
        READER, action="kms:Decrypt", resource=f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k", scope="k", event_id="t1"
    )
    return approved_world(Trial(False, "invoke", "another denial", other_denial=other))


STORIES: dict[str, Callable[[], FakeWorld]] = {
    "verified": world_of,
    "approved": approved_world,
    "undone": undone,
    "stale": stale,
    "different": different,
}


def ending(world: FakeWorld) -> object:
    """How it stands in the end, whatever was said how often on the way."""
    incidents = sorted(world.facts.listing(), key=lambda i: i.id)
    stands = [(i.id, i.cycle, derive(i, world.clock.now()), _told(i)) for i in incidents]
    return stands, sorted(world.hands.held), world.hands.made, dict(world.facts.locks)


def _told(incident: Any) -> list[str]:
    return [name for name in kinds(incident.facts) if name not in ("Shown", "Tried")]


@pytest.mark.parametrize("name", STORIES)
def test_every_message_told_twice_ends_the_same(name: str) -> None:
    once, twice = STORIES[name](), STORIES[name]()
    deliver(once)
    deliver(twice, twice=True)
    assert ending(twice) == ending(once)


@pytest.mark.parametrize("name", STORIES)
def test_a_crash_at_every_moment_ends_the_same(name: str) -> None:
    calm = STORIES[name]()
    fuse = fused(calm, at=-1)
    deliver(calm)
    assert fuse.burnt > 20
    for moment in range(1, fuse.burnt + 1):
        world = STORIES[name]()
        fused(world, at=moment)
        deliver(world)
        assert ending(world) == ending(calm), f"moment {moment} of {fuse.burnt}"


def test_a_denial_whose_sending_broke_is_sent_again() -> None:
    world = FakeWorld(lambda: cases.evidence, SETTINGS)
    world.queue.breaks = 1
    with pytest.raises(Crash, match="out of reach"):
        story.notice([MUTE], world.noticing)
    assert story.notice([MUTE], world.noticing) == 1
    assert story.notice([MUTE], world.noticing) == 0


def test_while_nobody_can_be_told_the_message_comes_again() -> None:
    world = world_of(READER, LETS_LOG)
    world.notifier.down = True
    with pytest.raises(CannotWrite):
        deliver(world)
    world.notifier.down = False
    story.respond(the(world), world.reading)
    assert len(world.notifier.told) == 1
    assert kinds(the(world).facts).count("Proposed") == 1
