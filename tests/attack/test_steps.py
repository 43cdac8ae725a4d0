"""Home-made messages on the queues: a step is an order only if our own facts stand behind it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from iam_watchdog import records, story
from iam_watchdog.handlers.batch import each, step_of
from iam_watchdog.model import (
    WATCHDOG,
    Applied,
    Approved,
    Dismissed,
    Incident,
    Prepared,
    Proposed,
    Receipt,
    Snoozed,
    Stale,
    Step,
    StepKind,
    Trial,
    Tried,
    Undone,
    Witness,
)
from iam_watchdog.ports import Mode
from tests.attack.judgement import assert_unmoved
from tests.attack.siege import REAL, SETTINGS, Remembering, printed, world
from tests.drive import deliver
from tests.fakes import FakeWorld
from tests.handlers.events import Context, sqs
from tests.test_story import MUTE, WORKS, world_of


def proposed_world(*facts: Callable[[Proposed, Any], Any], mode: Mode = Mode.AUTO) -> tuple[FakeWorld, Step]:
    """A real denial, proposed and waiting for a yes; and the order that a yes would send."""
    made = world(replace(SETTINGS, mode=mode))
    printed(made, REAL)
    (incident,) = made.facts.listing()
    found = incident.last(Proposed)
    assert found
    assert found.plan
    for fact in facts:
        incident = made.facts.add(incident, fact(found, made.clock.now()))
    return made, Step(incident.id, incident.cycle, StepKind.APPLY, found.plan_hash, "U1", found.nonce)


def _approved(found: Proposed, now: Any) -> Approved:
    return Approved(now, "U1", found.plan_hash, found.nonce)


def _taken(step: Step, made: FakeWorld) -> Exception | None:
    """Bring a step to the function that reads its queue; the failure that sends it to the dead letters, or None."""
    try:
        if step.kind in (StepKind.APPLY, StepKind.UNDO):
            story.carry_out(step, made.writing)
        else:
            story.check(step, made.trying)
    except (story.Foreign, LookupError) as no:
        return no
    return None


def test_with_a_yes_the_very_same_step_is_an_order() -> None:
    """The twin of every case below: only what differs is refused."""
    made, step = proposed_world(_approved)
    story.carry_out(step, made.writing)
    assert made.hands.made == 1


FOREIGN: dict[str, dict[str, Any]] = {
    "nobody said yes": {},
    "by the watchdog itself": {"by": WATCHDOG},
    "by nobody": {"by": ""},
    "by an ARN": {"by": "arn:aws:iam::123456789012:root"},
    "by the word person": {"by": "person"},
    "another incident's plan": {"plan": "0" * 64},
    "no plan": {"plan": ""},
    "half a plan": {"plan": "0" * 12},
    "an unknown incident": {"incident": "f" * 20},
    "an incident that is a key of the table": {"incident": "x#0001"},
    "an incident that is empty": {"incident": ""},
    "the cycle before the first": {"cycle": 0},
    "a cycle that is negative": {"cycle": -1},
    "the next cycle": {"cycle": 2},
    "a cycle without end": {"cycle": 10**30},
    "an undo of nothing": {"kind": StepKind.UNDO},
    "an undo of nothing by the watchdog": {"kind": StepKind.UNDO, "by": WATCHDOG},
    "a trial of nothing": {"kind": StepKind.VERIFY},
    "a trial of nothing, the last": {"kind": StepKind.VERIFY, "attempt": 99},
}


@pytest.mark.parametrize("differs", FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("mode", [Mode.PROPOSE, Mode.AUTO])
def test_a_step_without_a_fact_behind_it_does_nothing(differs: dict[str, Any], mode: Mode) -> None:
    made, step = proposed_world(mode=mode)
    _taken(replace(step, **differs), made)
    assert (made.hands.held, made.hands.made) == ({}, 0)
    assert made.invoker.made == 0


YES_DIFFERS = {
    "another person": {"by": "U2"},
    "the watchdog": {"by": WATCHDOG},
    "another nonce": {"nonce": "other"},
    "no nonce": {"nonce": ""},
    "another plan": {"plan": "1" * 64},
}


@pytest.mark.parametrize("differs", YES_DIFFERS.values(), ids=YES_DIFFERS.keys())
def test_a_yes_is_good_for_its_own_person_plan_and_message(differs: dict[str, Any]) -> None:
    made, step = proposed_world(_approved)
    _taken(replace(step, **differs), made)
    assert (made.hands.held, made.hands.made) == ({}, 0)


def test_a_yes_is_not_good_for_ever() -> None:
    """An order that lay in a queue, or was kept to be sent again, is not what the person meant any more."""
    made, step = proposed_world(_approved)
    made.clock.pass_by(SETTINGS.approval_ttl + 1)
    story.carry_out(step, made.writing)
    assert made.hands.made == 0
    last = made.facts.load(step.incident).last(Stale)
    assert last
    assert "expired" in last.because


def test_a_yes_of_an_older_cycle_is_not_good_in_this_one() -> None:
    made, step = proposed_world(_approved)
    made.facts.add(made.facts.load(step.incident), Undone(made.clock.now(), "x", "U1", None, step.plan))
    printed(made, REAL)
    _taken(step, made)
    assert made.hands.made == 0


def test_a_newer_plan_makes_an_older_yes_void() -> None:
    made, step = proposed_world(_approved)
    (incident,) = made.facts.listing()
    found = incident.last(Proposed)
    assert found
    later = made.clock.now() + timedelta(seconds=1)
    made.facts.add(incident, replace(found, at=later, nonce="newer", plan_hash="2" * 64))
    _taken(step, made)
    assert made.hands.made == 0


def test_the_same_order_five_times_is_one_change() -> None:
    made, step = proposed_world(_approved)
    for _ in range(5):
        story.carry_out(step, made.writing)
    assert made.hands.made == 1


# ---------------------------------------------------------------- what nobody asked for, asked for by a forged step


def mute_world(*facts: Callable[[Incident, Any], Any]) -> tuple[FakeWorld, Step]:
    """A mute function whose fix the watchdog may apply unasked, with what happened to it before."""
    made = world_of(MUTE)
    made.queue = Remembering(made.queue.asked, [], [], [])
    story.respond(made.facts.load(made.queue.asked.pop()), made.reading)
    made.queue.steps.clear()
    (incident,) = made.facts.listing()
    found = incident.last(Proposed)
    assert found
    for fact in facts:
        made.clock.pass_by(1)
        incident = made.facts.add(incident, fact(incident, made.clock.now()))
    return made, Step(incident.id, incident.cycle, StepKind.APPLY, found.plan_hash, WATCHDOG, found.nonce)


def test_unasked_the_mute_function_is_mended() -> None:
    """The twin."""
    made, step = mute_world()
    story.carry_out(step, made.writing)
    assert made.hands.made == 1


def _plan(incident: Incident) -> str:
    found = incident.last(Proposed)
    return found.plan_hash if found else ""


QUIETED = {
    "dismissed": lambda _, now: Dismissed(now, "U1", None, 1, Witness.CONFIG),
    "dismissed for a while": lambda _, now: Dismissed(now, "U1", now + timedelta(days=1), 1, Witness.CONFIG),
    "snoozed": lambda _, now: Snoozed(now, "U1", now + timedelta(days=1), 1, Witness.CONFIG),
    "given up": lambda i, now: Stale(now, "the role is another one", _plan(i)),
    "taken back": lambda i, now: Undone(now, "it did not help", WATCHDOG, None, _plan(i)),
}


@pytest.mark.parametrize("fact", QUIETED.values(), ids=QUIETED.keys())
def test_unasked_nothing_is_done_against_a_persons_word_or_twice(fact: Callable[[Incident, Any], Any]) -> None:
    made, step = mute_world(fact)
    _taken(step, made)
    assert made.hands.made == 0


def test_a_plan_that_was_taken_back_in_an_older_cycle_is_not_made_again_unasked() -> None:
    """Diagnose would not order it; whoever can send a step is not told more than Diagnose."""
    made, step = mute_world(lambda i, now: Undone(now, "it did not help", WATCHDOG, None, _plan(i)))
    story.notice([replace(MUTE, event_id="again")], made.noticing)
    story.respond(made.facts.load(step.incident), made.reading)
    found = made.facts.load(step.incident).last(Proposed)
    assert found
    assert found.plan_hash == step.plan
    assert "tried_before" in found.refusals[WATCHDOG]
    _taken(replace(step, cycle=2, nonce=found.nonce), made)
    assert made.hands.made == 0


def test_a_dismissed_denial_that_is_seen_again_is_left_alone() -> None:
    made, step = mute_world(QUIETED["dismissed"])
    made.facts.sent.clear()
    story.notice([replace(MUTE, event_id="again")], made.noticing)
    story.respond(made.facts.load(step.incident), made.reading)
    deliver(made)
    assert made.hands.made == 0


# ---------------------------------------------------------------- undo and trials by forged steps


def applied_world(*facts: Callable[[Incident, Any], Any]) -> tuple[FakeWorld, Step]:
    """The same function, mended."""
    made, step = mute_world()
    story.carry_out(step, made.writing)
    made.queue.steps.clear()
    incident = made.facts.load(step.incident)
    for fact in facts:
        made.clock.pass_by(1)
        incident = made.facts.add(incident, fact(incident, made.clock.now()))
    return made, step


KEPT: dict[str, dict[str, Any]] = {
    "an undo by the watchdog without a trial": {"kind": StepKind.UNDO, "by": WATCHDOG},
    "an undo of another plan": {"kind": StepKind.UNDO, "by": WATCHDOG, "plan": "3" * 64},
    "an undo of an unknown incident": {"kind": StepKind.UNDO, "incident": "0" * 20},
    "the same order once more": {},
}


@pytest.mark.parametrize("differs", KEPT.values(), ids=KEPT.keys())
def test_no_forged_step_takes_a_change_back(differs: dict[str, Any]) -> None:
    made, step = applied_world()
    _taken(replace(step, **differs), made)
    assert len(made.hands.held) == made.hands.made == 1


ATTEMPTS = (-1, 0, 7, 8, 10**9)


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_trial_out_of_turn_ends_as_any_trial(attempt: int) -> None:
    """The function works: whatever number a step bears, it ends verified or goes on, and nothing is taken back."""
    made, step = applied_world()
    made.invoker.trials = [WORKS]
    _taken(replace(step, kind=StepKind.VERIFY, attempt=attempt), made)
    deliver(made)
    assert len(made.hands.held) == 1


def test_a_forged_last_trial_takes_nothing_back_that_the_policies_allow() -> None:
    """What the function prints is text; what can be read says that it is allowed."""
    made, step = applied_world()
    made.invoker.trials = [Trial(False, "invoke", "the same denial", same_denial=True)]
    _taken(replace(step, kind=StepKind.VERIFY, attempt=99), made)
    deliver(made)
    assert len(made.hands.held) == 1
    tried = made.facts.load(step.incident).last(Tried)
    assert tried
    assert "a person has to decide" in tried.trial.detail


def test_an_undo_twice_is_one_undo_and_touches_only_what_was_prepared() -> None:
    made, step = applied_world()
    made.hands.held["a person's own policy"] = Receipt(cases_grant(made), "a person's own policy", None)
    for _ in range(2):
        _taken(replace(step, kind=StepKind.UNDO, by="U1"), made)
    assert list(made.hands.held) == ["a person's own policy"]


def cases_grant(made: FakeWorld) -> Any:
    """Some grant."""
    (incident,) = made.facts.listing()
    prepared = incident.last(Prepared)
    assert prepared
    return prepared.receipts[0].grant


# ---------------------------------------------------------------- bodies that are no steps

GOOD = records.dump(Step("a" * 20, 1, StepKind.APPLY, "b" * 64, "U1", "n"))
BODIES: dict[str, Any] = {
    "nothing": "",
    "no JSON": "apply!",
    "null": "null",
    "a number": "1",
    "a list": "[]",
    "a text": '"apply"',
    "an empty object": {},
    "deep nesting": "[" * 100_000,
    "an endless number": '{"cycle":' + "9" * 5_000 + "}",
    "not a number": '{"cycle":NaN}',
    "half a letter": '{"incident":"\\ud800","cycle":1,"kind":"apply"}',
    "a kind that does not exist": {**GOOD, "kind": "grant"},
    "a kind in capitals": {**GOOD, "kind": "APPLY"},
    "no kind": {k: v for k, v in GOOD.items() if k != "kind"},
    "a policy of its own": {**GOOD, "policy": {"Action": "*", "Resource": "*"}},
    "a grant of its own": {**GOOD, "grants": [{"type": "AttachManagedPolicy"}]},
    "settings of its own": {**GOOD, "mode": "auto"},
    "another noun": {**GOOD, "type": "Plan"},
    "a noun that does not exist": {**GOOD, "type": "__class__"},
    "a cycle that is true": {**GOOD, "cycle": True},
    "a cycle that is text": {**GOOD, "cycle": "1"},
    "a cycle that is broken": {**GOOD, "cycle": 1.5},
    "an incident that is a list": {**GOOD, "incident": ["a"]},
    "an incident that is an object": {**GOOD, "incident": {"S": "a"}},
    "a plan that is null": {**GOOD, "plan": None},
    "a person that is a list": {**GOOD, "by": [WATCHDOG]},
    "an S3 notification": {"Records": [{"eventSource": "aws:s3"}]},
    "an SNS envelope": {"Type": "Notification", "Message": json.dumps(GOOD)},
    "a denial": {"type": "Denial", "action": "iam:*"},
    "a diagnosis's body": {"incident": "a" * 20, "cycle": 1},
}


def _carrying_out(made: FakeWorld) -> Callable[[dict[str, Any]], None]:
    def take(body: dict[str, Any]) -> None:
        story.carry_out(step_of(body), made.writing)

    return take


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_no_step_goes_to_the_dead_letters_and_holds_no_other(body: Any) -> None:
    made, step = proposed_world(_approved)
    event = sqs(body, records.dump(step))
    answer = each(event, Context(), _carrying_out(made))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert made.hands.made == 1
    assert len(made.facts.listing()) == 1


@pytest.mark.parametrize("event", [{}, {"Records": []}, {"Records": {}}, {"Records": "x"}, {"detail": {}}])
def test_an_event_that_is_no_batch_is_refused_whole(event: dict[str, Any]) -> None:
    made = world()
    with pytest.raises(TypeError, match=r"event\.Records"):
        each(event, Context(), _carrying_out(made))
    assert_unmoved(made)


def test_applied_is_said_only_of_what_was_applied() -> None:
    made, step = proposed_world()
    _taken(step, made)
    assert made.facts.load(step.incident).last(Applied) is None
