"""Poisoned tags, swapped roles, foreign owners: before the proposal, and between the yes and the change."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from iam_watchdog import story
from iam_watchdog.guard import PERSON
from iam_watchdog.model import (
    WATCHDOG,
    Change,
    Evidence,
    Function,
    Incident,
    Layer,
    Policy,
    Proposed,
    Role,
    Step,
    StepKind,
    Target,
    Unread,
)
from iam_watchdog.ports import Settings
from tests.cases import ACCOUNT, OBJECT, ROLE, document
from tests.drive import deliver
from tests.fakes import NOON, FakeWorld
from tests.test_story import MUTE, READER, SETTINGS, TRUST, approved_world, world_of

OTHERS = "999988887777"
type Bend = Callable[[Evidence], Evidence]


def _role(**fields: Any) -> Bend:
    return lambda e: replace(e, role=replace(e.role, **fields) if isinstance(e.role, Role) else None)


def _tags(**tags: str) -> Bend:
    return _role(tags={name.replace("_", "-"): value for name, value in tags.items()})


def _function(**fields: Any) -> Bend:
    return lambda e: replace(e, function=replace(e.function, **fields) if isinstance(e.function, Function) else None)


def _instead(layer: Layer, text: str) -> Bend:
    def bend(e: Evidence) -> Evidence:
        return replace(e, policies=tuple(replace(p, text=text) if p.layer is layer else p for p in e.policies))

    return bend


def _and(*policies: Policy) -> Bend:
    return lambda e: replace(e, policies=(*e.policies, *policies))


def _renamed(role: str) -> Bend:
    """The whole account with the role under another name."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"

    def bend(e: Evidence) -> Evidence:
        moved = tuple(replace(p, on=arn) if p.on == ROLE else p for p in e.policies)
        return replace(_function(role=arn)(_role(arn=arn)(e)), policies=moved)

    return bend


def _opened(principal: object) -> str:
    trusts = json.loads(TRUST)["Statement"]
    return document(*trusts, {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


ALLOW_ALL = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
DENY_ALL = document({"Effect": "Deny", "Action": "*", "Resource": "*"})

ANYBODY: dict[str, Bend] = {
    "no tag": _role(tags={}),
    "a tag in capitals": _tags(iam_watchdog="AUTO-FIX"),
    "a tag with a blank": _tags(iam_watchdog=" auto-fix"),
    "a tag with a line break": _tags(iam_watchdog="auto-fix\n"),
    "two values in one": _tags(iam_watchdog="auto-fix,approve"),
    "a pattern for a tag": _tags(iam_watchdog="*"),
    "a tag in look-alikes": _tags(iam_watchdog="auto‐fix"),
    "another tag's name": _tags(IAM_Watchdog="auto-fix"),
    "a tag that ignores": _tags(iam_watchdog="ignore"),
    "on hold": _tags(iam_watchdog="auto-fix", iam_watchdog_hold=""),
    "a function on hold": _function(tags={"iam-watchdog-hold": "yes"}),
    "quarantined": _role(attached=("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3",)),
    "its sessions revoked": _role(inline=("AWSRevokeOlderSessions",)),
    "no role": lambda e: replace(e, role=None),
    "no function": lambda e: replace(e, function=None),
    "a function of another role": _function(role=f"arn:aws:iam::{ACCOUNT}:role/admin"),
    "a function without a role": _function(role=""),
    "a role of the watchdog": _renamed("iam-watchdog-remediate-eu-west-1"),
    "a role named like the watchdog's, with a path": _renamed("team/iam-watchdog-x"),
    "a role of AWS": _renamed("aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123"),
    "a role of a service": _renamed("aws-service-role/lambda.amazonaws.com/AWSServiceRoleForLambda"),
    "a role that trusts the whole account": _instead(Layer.TRUST, _opened({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})),
    "a role that trusts another account": _instead(Layer.TRUST, _opened({"AWS": OTHERS})),
    "a role that trusts anybody": _instead(Layer.TRUST, _opened("*")),
    "a role that trusts EC2 too": _instead(Layer.TRUST, _opened({"Service": "ec2.amazonaws.com"})),
    "a trust policy that is no JSON": _instead(Layer.TRUST, "{"),
    "an explicit deny": _and(Policy(Layer.IDENTITY, "inline/stop", DENY_ALL, ROLE)),
    "a boundary that denies": _instead(Layer.BOUNDARY, DENY_ALL),
    "everything allowed already": _and(Policy(Layer.IDENTITY, "inline/all", ALLOW_ALL, ROLE)),
    "a service control policy that denies": _and(Policy(Layer.SCP, "p-1", DENY_ALL)),
    "the role's policies unread": lambda e: replace(e, unread=(Unread(Layer.IDENTITY, "role", "AccessDenied"),)),
    "the boundary unread": lambda e: replace(
        e,
        policies=tuple(p for p in e.policies if p.layer is not Layer.BOUNDARY),
        unread=(Unread(Layer.BOUNDARY, "boundary", "AccessDenied"),),
    ),
}
"""What stops a change whoever asks for it."""

PERSONS_OWN: dict[str, Bend] = {
    "only to be approved": _tags(iam_watchdog="approve"),
    "another stack's role": _role(stack="shop"),
    "a shared role": _role(shared_with=("billing",)),
    "a permission that a person has just removed": lambda e: replace(
        e, changes=(Change(NOON - timedelta(days=1), "alice", "DetachRolePolicy", "shop-role"),)
    ),
    "a permission that a person removed a month ago": lambda e: replace(
        e, changes=(Change(NOON - timedelta(days=29), "alice", "DeleteRolePolicy", "shop-role"),)
    ),
    "a version that a person set back": lambda e: replace(
        e, changes=(Change(NOON - timedelta(days=2), "alice", "SetDefaultPolicyVersion", "shop-role"),)
    ),
    "changes that nobody could read": lambda e: replace(
        e, unread=(Unread(Layer.IDENTITY, "recent changes of shop-role", "throttled", decides=False),)
    ),
}
"""What stops a change that nobody asked for."""

UNASKED = {**ANYBODY, **PERSONS_OWN}


def _bent(made: FakeWorld, bend: Bend) -> None:
    account = made.reader.account
    made.reader.account = lambda: bend(account())


def test_the_twin_is_mended_unasked() -> None:
    made = world_of(MUTE)
    deliver(made)
    assert made.hands.made == 1


@pytest.mark.parametrize("bend", UNASKED.values(), ids=UNASKED.keys())
def test_a_poisoned_account_is_not_changed_unasked(bend: Bend) -> None:
    made = world_of(MUTE)
    _bent(made, bend)
    deliver(made)
    assert made.hands.calls == []
    assert made.facts.listing()[0].last(Proposed)


@pytest.mark.parametrize("bend", UNASKED.values(), ids=UNASKED.keys())
def test_what_is_poisoned_between_the_plan_and_the_change_stops_the_change(bend: Bend) -> None:
    """Diagnose saw a good account; Remediate looks again."""
    made = world_of(MUTE)
    story.respond(made.facts.load(made.queue.asked.pop()), made.reading)
    assert [step.kind for step, _ in made.queue.steps] == [StepKind.APPLY]
    _bent(made, bend)
    story.carry_out(made.queue.take(), made.writing)
    assert (made.hands.held, made.hands.made) == ({}, 0)


SWAPPED: dict[str, Bend] = {
    "the role made again under its name": _role(id="AROAANOTHER"),
    "the function's code changed": _function(code_sha="another"),
    "another boundary": _role(boundary=f"arn:aws:iam::{ACCOUNT}:policy/weak"),
    "no boundary": _role(boundary=None),
    "a weak boundary": _instead(Layer.BOUNDARY, ALLOW_ALL),
    "a boundary that lets one escalation through": _instead(
        Layer.BOUNDARY,
        document(
            {"Effect": "Allow", "Action": ["s3:*", "logs:*", "iam:PassRole"], "Resource": "*"},
        ),
    ),
    "a boundary with a way round under a condition": _instead(
        Layer.BOUNDARY,
        document(
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {
                "Effect": "Deny",
                "Action": "iam:*",
                "Resource": "*",
                "Condition": {"StringNotEquals": {"aws:PrincipalTag/admin": "yes"}},
            },
        ),
    ),
    "a bucket of another owner": lambda e: replace(e, targets=(Target(OBJECT, OTHERS),)),
    "a bucket of nobody knows whom": lambda e: replace(e, targets=(Target(OBJECT, "", traits={"owner": "unknown"}),)),
}


def test_the_twin_is_applied_after_a_yes() -> None:
    made = approved_world()
    story.carry_out(made.queue.take(), made.writing)
    assert made.hands.made == 1


@pytest.mark.parametrize("bend", {**ANYBODY, **SWAPPED}.values(), ids={**ANYBODY, **SWAPPED}.keys())
def test_a_yes_does_not_reach_an_account_that_was_changed_since(bend: Bend) -> None:
    """The plan applied is the plan shown, on the role and for the target that it was shown for."""
    made = approved_world()
    _bent(made, bend)
    story.carry_out(made.queue.take(), made.writing)
    assert (made.hands.held, made.hands.made) == ({}, 0)


DEPLOYED: dict[str, dict[str, Any]] = {
    "no development account": {"dev_accounts": ()},
    "another development account": {"dev_accounts": (OTHERS,)},
    "another account": {"account": OTHERS, "dev_accounts": (OTHERS,)},
    "nothing on the list": {"allow_listed": {}},
    "another document on the list": {"allow_listed": {"arn:aws:iam::aws:policy/AdministratorAccess": "x"}},
    "its own role": {"own_roles": (ROLE,)},
    "no budget": {"budget_per_role_and_day": 0},
}


@pytest.mark.parametrize("differs", DEPLOYED.values(), ids=DEPLOYED.keys())
def test_a_deployment_that_differs_in_one_thing_changes_nothing_unasked(differs: dict[str, Any]) -> None:
    settings: Settings = replace(SETTINGS, **differs)
    made = world_of(MUTE, settings=settings)
    deliver(made)
    assert made.hands.made == 0


def test_the_kill_switch_stops_what_was_ordered() -> None:
    made = world_of(MUTE)
    made.reader.on = False
    deliver(made)
    assert made.hands.made == 0


def test_a_document_that_drifted_from_its_pin_is_not_attached() -> None:
    """The managed policy is AWS's: a new version is reviewed before it is attached unasked."""
    made = world_of(MUTE)
    _bent(made, lambda e: replace(e, facts={f"document:{next(iter(SETTINGS.allow_listed))}": "another"}))
    deliver(made)
    assert made.hands.made == 0


GRANTS: dict[str, dict[str, str]] = {
    "a role of another account": {"role": f"arn:aws:iam::{OTHERS}:role/app/shop-role"},
    "another role": {"role": f"arn:aws:iam::{ACCOUNT}:role/admin"},
}


@pytest.mark.parametrize("differs", GRANTS.values(), ids=GRANTS.keys())
def test_a_plan_that_was_swapped_in_the_table_is_not_what_is_proven(differs: dict[str, str]) -> None:
    """Whoever could write `plan#` facts still cannot write what Remediate finds for itself."""
    made = world_of(MUTE)
    story.respond(made.facts.load(made.queue.asked.pop()), made.reading)
    incident: Incident = made.facts.listing()[0]
    found = incident.last(Proposed)
    assert found
    assert found.plan
    (grant,) = found.plan.grants
    forged = replace(found, plan=replace(found.plan, grants=(replace(grant, **differs),)))  # type: ignore[arg-type]
    facts = tuple(forged if fact == found else fact for fact in incident.facts)
    made.facts.incidents[incident.id][0] = replace(incident, facts=facts)
    step = Step(incident.id, 1, StepKind.APPLY, found.plan_hash, WATCHDOG, found.nonce)
    story.carry_out(step, made.writing)
    assert made.hands.made == 0


def test_what_only_a_log_says_is_never_done_unasked_and_says_so() -> None:
    made = world_of(replace(MUTE, witness=READER.witness, origin=READER.origin))
    deliver(made)
    assert made.hands.calls == []
    found = made.facts.listing()[0].last(Proposed)
    assert found
    assert "log_witness" in found.refusals[WATCHDOG]
    assert "log_witness" not in found.refusals[PERSON]
