"""Putting back what was taken away, from the proposal to the change: by a person's yes, and never unasked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from iam_watchdog import guard, story
from iam_watchdog.approving import heard
from iam_watchdog.model import (
    WATCHDOG,
    AddRoleStatements,
    Applied,
    AttachManagedPolicy,
    Change,
    Evidence,
    Proposed,
    Receipt,
    Stale,
    Status,
    Witness,
)
from iam_watchdog.status import derive
from tests.cases import ACCOUNT, BASIC, OBJECT
from tests.drive import deliver, the
from tests.fakes import NOON, FakeWorld
from tests.test_approve import click
from tests.test_story import LETS_LOG, MUTE, READER, WORKS, world_of

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
TIED = {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}
LOST = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECT, "Condition": TIED}


def change(event: str, before: Any, **fields: Any) -> Change:
    """What Alice did to the role an hour ago."""
    at = NOON - timedelta(hours=1)
    return replace(Change(at, ALICE, event, "shop-role", before=json.dumps(before)), **fields)


DETACHED = change("DetachRolePolicy", {"policy_arn": BASIC}, detail=f"policyArn {BASIC}")
DELETED = change("DeleteRolePolicy", {"policy": "reader", "document": {"Version": "2012-10-17", "Statement": [LOST]}})


def proposed(made: FakeWorld) -> Proposed:
    found = the(made).last(Proposed)
    assert found
    return found


def pressed(made: FakeWorld) -> None:
    """A person presses Apply on the newest message."""
    found = proposed(made)
    yes = click(the(made), plan=found.plan_hash, nonce=found.nonce, message=f"{len(made.notifier.told)}.0")
    heard(yes, made.approving)


def forgetting(made: FakeWorld) -> None:
    """The history no longer tells."""
    account = made.reader.account

    def later() -> Evidence:
        return replace(account(), changes=())

    made.reader.account = later


def test_what_a_person_took_away_is_not_put_back_unasked() -> None:
    made = world_of(MUTE, changes=(DETACHED,))
    deliver(made)
    assert made.hands.made == 0
    found = proposed(made)
    assert found.diagnosis.notes[0].startswith("Restore what alice removed at 2026-11-23")
    assert found.diagnosis.fixes == (AttachManagedPolicy(found.role.arn if found.role else "", BASIC),)
    assert found.refusals[WATCHDOG] == ("removed_by_person",)
    assert found.refusals[guard.PERSON] == ()


def test_what_a_deployment_took_away_is_as_automatic_as_before() -> None:
    """A role of a stack is refused by its own name; this one belongs to none."""
    by = {"policy_arn": BASIC, "via": "cloudformation.amazonaws.com"}
    made = world_of(MUTE, changes=(change("DetachRolePolicy", by, by_person=False),))
    deliver(made)
    assert made.hands.made == 1


def test_a_yes_puts_exactly_that_back() -> None:
    made = world_of(READER, LETS_LOG, changes=(DELETED,))
    made.invoker.trials = [WORKS, WORKS]
    deliver(made)
    assert made.hands.made == 0
    pressed(made)
    deliver(made)
    assert derive(the(made), made.clock.now()) is Status.VERIFIED
    (receipt,) = made.hands.held.values()
    assert isinstance(receipt, Receipt)
    assert isinstance(receipt.grant, AddRoleStatements)
    assert [s.resources for s in receipt.grant.statements] == [(OBJECT,)]


def test_a_history_that_tells_no_more_makes_it_stale() -> None:
    made = world_of(READER, LETS_LOG, changes=(DELETED,))
    deliver(made)
    pressed(made)
    forgetting(made)
    story.carry_out(made.queue.take(), made.writing)
    stale = the(made).last(Stale)
    assert stale
    assert stale.because == "what is read now leads to another change"
    assert the(made).last(Applied) is None
    assert made.hands.made == 0


def test_the_old_document_is_not_kept_with_the_incident() -> None:
    made = world_of(READER, LETS_LOG, changes=(DELETED,))
    deliver(made)
    assert [c.event for c in proposed(made).changes] == ["DeleteRolePolicy"]
    assert [c.before for c in proposed(made).changes] == [""]


def test_the_same_removal_seen_again_is_the_same_plan() -> None:
    made = world_of(READER, LETS_LOG, changes=(DELETED,))
    deliver(made)
    first = proposed(made)
    made.clock.pass_by(600)
    story.notice([replace(READER, event_id="e2", witness=Witness.LOG, at=made.clock.now())], made.noticing)
    deliver(made)
    assert proposed(made).plan_hash == first.plan_hash
