"""Several denials of one function, one change: what may not join, and that joining allows nothing nobody asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iam_watchdog import guard, policy, together
from iam_watchdog.detect.scope import scope
from iam_watchdog.model import (
    WATCHDOG,
    Advice,
    Allow,
    Answer,
    AttachManagedPolicy,
    Denial,
    Evidence,
    Layer,
    Policy,
    Request,
    Target,
    Unread,
    Witness,
)
from iam_watchdog.part import Part, joins, look
from iam_watchdog.ports import Settings
from iam_watchdog.records import change_hash
from iam_watchdog.remedy.merge import pairs
from iam_watchdog.remedy.proving import as_policy
from iam_watchdog.together import join
from tests.remedy.removals import detached
from tests.rules.cases import (
    ACCOUNT,
    BOUNDARY,
    BUCKET,
    KEY,
    OBJECT,
    QUEUE,
    REGION,
    ROLE,
    SESSION,
    allow,
    boundary,
    denial,
    encrypted,
    evidence,
    function,
    identity,
    key_policy,
    role,
)

TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders"
SETTINGS = Settings(ACCOUNT, REGION, approvals=True)


def refused(action: str, on: str, **fields: Any) -> Denial:
    return denial(action, on, **{"scope": scope(action, on), **fields})


def part(action: str, on: str, seen: Evidence | None = None, **fields: Any) -> Part:
    one = refused(action, on, **fields)
    read = seen or evidence(targets=[Target(on, ACCOUNT)])
    return look(one.fingerprint, one, read)


READS = part("s3:GetObject", OBJECT)
ASKS = part("dynamodb:GetItem", TABLE)
SENDS = part("sqs:SendMessage", QUEUE)


# ---------------------------------------------------------------- silence: what does not join


def test_one_denial_alone_is_nobody_elses_business() -> None:
    assert join(()) is None
    assert join((READS,)) is None
    assert list(together.joints([READS])) == []


@pytest.mark.parametrize(
    "other",
    [
        part("dynamodb:GetItem", TABLE, principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/other-role/x"),
        part("dynamodb:GetItem", TABLE, principal=None),
        part("dynamodb:GetItem", TABLE, function="invoices"),
        part("dynamodb:GetItem", TABLE, region="eu-west-2"),
        part("dynamodb:GetItem", TABLE, qualifier="live"),
        part("dynamodb:GetItem", TABLE, witness=Witness.CLOUDTRAIL),
        part("dynamodb:GetItem", TABLE, evidence(boundary(allow("sqs:*")))),
        part("dynamodb:GetItem", TABLE, evidence(role=role(id="AROAMADEANEW"))),
        part("dynamodb:GetItem", TABLE, evidence(function=function(code_sha="deployed meanwhile"))),
        part("dynamodb:GetItem", TABLE, evidence(unread=[Unread(Layer.IDENTITY, "inline/x", "AccessDenied")])),
        part("dynamodb:GetItem", TABLE, evidence(identity(allow("dynamodb:GetItem")))),
        part("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin"),
        part("logs:CreateLogStream", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/orders:log-stream:x"),
    ],
    ids=[
        "another principal",
        "nobody named",
        "another function",
        "another Region",
        "another alias",
        "another witness",
        "a boundary in the way",
        "another role of the same name",
        "another code",
        "not read",
        "allowed",
        "advice only",
        "a managed policy",
    ],
)
def test_what_differs_in_one_thing_does_not_join(other: Part) -> None:
    assert not joins(READS, other)
    assert not joins(other, READS)


def test_a_stranger_s_line_neither_rides_on_aws_s_word_nor_lends_itself_to_it() -> None:
    seen = evidence(targets=[Target(TABLE, ACCOUNT)], facts={"witness_confirmed": "cloudtrail"})
    confirmed = part("dynamodb:GetItem", TABLE, seen)
    assert not joins(READS, confirmed)
    assert joins(confirmed, part("s3:GetObject", OBJECT, witness=Witness.CLOUDTRAIL))


def test_a_policy_that_was_written_between_the_two_readings_keeps_them_apart() -> None:
    later = part("dynamodb:GetItem", TABLE, evidence(identity(allow("sqs:*"), name="inline/new")))
    before = part("s3:GetObject", OBJECT, evidence(identity(allow("sns:*"), name="inline/new")))
    assert not joins(before, later)


def test_what_aws_would_not_take_is_not_put_together() -> None:
    full = identity(allow("sns:Publish", f"arn:aws:sns:{REGION}:{ACCOUNT}:{'t' * 9_700}"), name="inline/full")
    parts = [
        part("dynamodb:GetItem", f"{TABLE}-{'x' * 200}", evidence(full)),
        part("sqs:SendMessage", f"{QUEUE}-{'y' * 50}", evidence(full)),
    ]
    assert all(one.plan for one in parts)
    assert joins(parts[0], parts[1])
    assert join(parts) is None


# ---------------------------------------------------------------- one change for all


def test_the_joint_change_ends_each_denial_and_gains_nothing_else() -> None:
    joint = join((READS, ASKS, SENDS))
    assert joint
    assert joint.plan.also == (ASKS.id, SENDS.id)
    assert joint.plan.proof.holds
    assert [proof.holds for proof in joint.proofs] == [True, True, True]
    assert pairs(joint.fix.statements) == pairs((*READS.statements, *ASKS.statements, *SENDS.statements))
    assert joint.plan.decided_on["role id"] == "AROAEXAMPLEID"


def test_the_joint_change_does_not_depend_on_what_was_seen_when() -> None:
    again = [replace(p, evidence=replace(p.evidence, at=p.evidence.at.replace(hour=18))) for p in (READS, ASKS)]
    one, two = join((READS, ASKS)), join(again)
    assert one
    assert two
    assert one.plan == two.plan


def test_a_denial_s_companions_come_along() -> None:
    seen = evidence(key_policy(), targets=encrypted())
    joint = join((part("s3:GetObject", OBJECT, seen), ASKS))
    assert joint
    assert {a for s in joint.fix.statements for a in s.actions} == {"s3:GetObject", "kms:Decrypt", "dynamodb:GetItem"}


def test_two_actions_on_one_thing_are_one_statement() -> None:
    joint = join((ASKS, part("dynamodb:Query", TABLE)))
    assert joint
    assert joint.fix.statements == (Allow(("dynamodb:GetItem", "dynamodb:Query"), (TABLE,)),)


def test_what_would_end_one_alone_is_no_alternative_and_what_would_end_all_stays_one() -> None:
    """A policy that somebody removed may have allowed both."""
    removed, other = (AttachManagedPolicy(ROLE, f"arn:aws:iam::{ACCOUNT}:policy/{name}") for name in ("data", "s3"))
    reads = replace(READS, found=replace(READS.found, instead=(other, removed)))
    asks = replace(ASKS, found=replace(ASKS.found, instead=(removed,)))
    joint = join((reads, asks))
    assert joint
    assert together.ended(joint, reads).instead == (removed,)
    assert together.ended(joint, reads).fixes == (joint.fix,)


def removed_from(*statements: dict[str, Any], now: tuple[Any, ...] = ()) -> tuple[Part, Part]:
    """Two refusals after a managed policy of these statements was detached."""
    gone = detached(f"arn:aws:iam::{ACCOUNT}:policy/mine", *statements)
    seen = evidence(*now, targets=[Target(QUEUE, ACCOUNT), Target(TABLE, ACCOUNT)], changes=[gone])
    return part("sqs:SendMessage", QUEUE, seen), part("dynamodb:GetItem", TABLE, seen)


def restoring(parts: tuple[Part, Part]) -> list[str]:
    """What the first line of each says of what was removed, once one change ends both."""
    joint = join(parts)
    assert joint
    return [together.ended(joint, each).notes[0] for each in parts]


SEND, ASK = allow("sqs:SendMessage", QUEUE), allow("dynamodb:GetItem", TABLE)


def test_what_the_joint_change_allows_anyway_is_no_surplus_of_what_was_removed() -> None:
    parts = removed_from(SEND, ASK)
    assert f"It would also allow dynamodb:GetItem on {TABLE}." in parts[0].found.notes[0], "by itself it is"
    for note in restoring(parts):
        assert note.endswith("(DetachRolePolicy), instead of the fix; ask alice first.")


def test_what_the_joint_change_does_not_allow_either_is_still_named() -> None:
    for note in restoring(removed_from(SEND, ASK, allow("s3:*", "*"))):
        assert note.endswith("ask alice first. It would also allow s3:* on *.")


def test_what_would_end_one_of_them_is_said_to_end_that_one_alone() -> None:
    first, other = removed_from(SEND, allow("s3:*", "*"))
    joint = join((first, other))
    assert joint
    note = together.ended(joint, first).notes[0]
    assert "for this refusal alone; ask alice first. It would also allow s3:* on *." in note
    assert together.ended(joint, first).instead == ()
    assert together.ended(joint, other).notes == other.found.notes


def test_a_statement_that_allows_a_pair_nobody_asked_for_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof finds it even if the pairs were not compared."""
    crossed = (Allow(("s3:GetObject", "dynamodb:GetItem"), (f"{BUCKET}/incoming/2026/*", TABLE)),)
    monkeypatch.setattr(together, "merge", lambda _: crossed)
    assert join((READS, ASKS)) is None
    monkeypatch.setattr(together, "pairs", lambda _: frozenset())
    assert join((READS, ASKS)) is None


# ---------------------------------------------------------------- the guard


def test_joining_lifts_no_refusal() -> None:
    """Each denial's own refusals stay, in the guard's order."""
    joint, held = join((READS, ASKS)), evidence(role=role(tags={"iam-watchdog-hold": "case 7"}))
    assert joint
    against = part("dynamodb:GetItem", TABLE, held)
    named = together.refusals(replace(joint, parts=(READS, against)), guard.PERSON, SETTINGS)
    assert "hold" in named
    assert "hold" not in together.refusals(joint, guard.PERSON, SETTINGS)
    assert list(named) == [name for name in guard.REFUSALS if name in named]


def test_what_was_given_up_by_itself_is_refused_in_company_too() -> None:
    joint = join((READS, ASKS))
    assert joint
    assert ASKS.plan
    tried = (change_hash(ASKS.plan.grants),)
    assert "tried_before" not in together.refusals(joint, WATCHDOG, SETTINGS)
    assert "tried_before" in together.refusals(joint, WATCHDOG, SETTINGS, tried=tried)


# ---------------------------------------------------------------- a property: the union and nothing else

ACTIONS = ("s3:GetObject", "s3:PutObject", "dynamodb:GetItem", "dynamodb:PutItem", "sqs:SendMessage")
PLACES = {
    "s3": (OBJECT, f"{BUCKET}/incoming/2025/a b.csv", f"{BUCKET}/root.csv", "arn:aws:s3:::orders.out/x/y/z"),
    "dynamodb": (TABLE, f"{TABLE}-2"),
    "sqs": (QUEUE, f"{QUEUE}.fifo"),
}
calls = st.sampled_from([(a, on) for a in ACTIONS for on in PLACES[a.split(":")[0]]])


_looked = cache(part)


def _allows(policies: list[Policy], action: str, on: str) -> bool:
    request = Request(SESSION, action, on, ACCOUNT, {"aws:ResourceAccount": (ACCOUNT,)})
    return policy.decide(request, policies).answer is Answer.ALLOWED


@settings(deadline=None, derandomize=True, max_examples=30)
@given(st.lists(calls, min_size=2, max_size=6, unique=True))
def test_a_joint_change_allows_what_its_parts_allow_and_no_cross_pair(wanted: list[tuple[str, str]]) -> None:
    parts = [_looked(action, on) for action, on in wanted]
    joint = join(parts)
    assert joint
    together_ = [p for p in (as_policy(joint.fix, evidence()),) if p]
    apart = [p for one in parts if one.plan for grant in one.plan.grants if (p := as_policy(grant, evidence()))]
    places = {on for each in PLACES.values() for on in each} | {BUCKET, f"{BUCKET}/incoming/x", "*"}
    for action in ACTIONS:
        for on in places:
            assert _allows(together_, action, on) == _allows(apart, action, on), (action, on)


def test_what_the_account_s_owner_has_to_do_joins_nothing() -> None:
    """Both sides of a cross-account call: one is advice."""
    foreign = f"arn:aws:sqs:{REGION}:999999999999:theirs"
    other = part("sqs:SendMessage", foreign, evidence(targets=[Target(foreign, "999999999999")]))
    assert any(isinstance(fix, Advice) for fix in other.found.fixes)
    assert not joins(READS, other)


def test_a_key_policy_that_is_in_play_for_one_is_part_of_what_all_were_decided_on() -> None:
    seen = evidence(key_policy(), targets=encrypted(), role=role(boundary=BOUNDARY))
    joint = join((part("s3:GetObject", OBJECT, seen), part("dynamodb:GetItem", TABLE, evidence(role=seen.role))))
    assert joint
    assert any(KEY in name for name in joint.plan.decided_on)
