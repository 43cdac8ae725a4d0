"""Only what is proven becomes a plan, and a plan knows what it was decided on."""

import json
from dataclasses import replace
from datetime import timedelta

from iam_watchdog.model import AddRoleStatements, Advice, Change, Kind, Layer, Target, Unread
from iam_watchdog.records import dump, load, plan_hash
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose
from tests.rules.cases import (
    BUCKET,
    NOON,
    ROLE,
    allow,
    boundary,
    denial,
    deny,
    evidence,
    function,
    identity,
    resource,
    role,
)


def planned(seen: object, refused: object = None) -> propose.Plan:
    refused = refused or denial()
    _, plan, _ = propose.plan(diagnose(refused, seen), refused, seen)  # type: ignore[arg-type]
    assert plan is not None
    return plan


def test_no_fix_no_plan() -> None:
    seen = evidence(identity(allow("s3:*")))
    assert propose.plan(diagnose(denial(), seen), denial(), seen)[1:] == (None, None)


def test_an_unchanged_account_leads_to_the_same_plan_whenever_it_is_read() -> None:
    first, later = evidence(), replace(evidence(), at=NOON + timedelta(hours=3))
    assert plan_hash(planned(first)) == plan_hash(planned(later))
    assert propose.stale(planned(first), planned(later), later) == ""


def test_a_plan_is_the_same_after_a_trip_through_the_table() -> None:
    plan = planned(evidence())
    assert load(propose.Plan, json.loads(json.dumps(dump(plan)))) == plan


def test_what_it_was_decided_on_is_named_when_it_changes() -> None:
    shown = planned(evidence())
    now = evidence(function=function(code_sha="another"))
    assert propose.stale(shown, planned(now), now) == "changed since it was proposed: code"
    now = evidence(role=role(id="AROANEW"))
    assert propose.stale(shown, planned(now), now) == "changed since it was proposed: role id"
    now = evidence(identity(allow("sqs:SendMessage"), name="inline/new"))
    assert "inline/new" in propose.stale(shown, planned(now), now)
    now = evidence(identity(allow("s3:*")))
    assert propose.stale(shown, None, now) == "what is read now no longer leads to this change"


def test_a_verify_event_that_changed_makes_it_stale() -> None:
    shown = planned(evidence(facts={"verify_event": "3"}))
    now = evidence(facts={"verify_event": "4"})
    assert propose.stale(shown, planned(now), now) == "changed since it was proposed: safe event"


def test_advice_anywhere_means_no_plan() -> None:
    seen = evidence(boundary(allow("sqs:*")))
    found, plan, proof = propose.plan(diagnose(denial(), seen), denial(), seen)
    assert {type(fix) for fix in found.fixes} == {AddRoleStatements, Advice}
    assert plan is None
    assert proof
    assert proof.holds


def test_a_role_without_room_is_told_before_aws_refuses() -> None:
    full = identity(*(allow("s3:GetObject", f"arn:aws:s3:::{'b' * 60}/{i}") for i in range(90)), name="inline/full")
    found, plan, _ = propose.plan(diagnose(denial(), evidence(full)), denial(), evidence(full))
    assert plan is None
    assert "10,240" in found.notes[0]
    assert all(isinstance(fix, Advice) for fix in found.fixes)


def test_a_role_with_ten_managed_policies_takes_no_more() -> None:
    stuck = denial("ec2:CreateNetworkInterface", "*", kind=Kind.LAMBDA_VPC_ENI)
    attached = tuple(f"arn:aws:iam::111122223333:policy/p{i}" for i in range(10))
    seen = evidence(function=function(in_vpc=True), role=role(attached=attached))
    found, plan, _ = propose.plan(diagnose(stuck, seen), stuck, seen)
    assert plan is None
    assert "10 managed policies" in found.notes[0]


def test_a_name_that_no_policy_can_hold_is_refused() -> None:
    refused = denial(on="arn:aws:s3:::orders-in/日本/1")
    found, plan, _ = propose.plan(diagnose(refused, evidence()), refused, evidence())
    assert plan is None
    assert "characters that an IAM policy cannot" in found.notes[0]


def test_what_changed_is_said_first() -> None:
    change = Change(
        NOON - timedelta(hours=1), "arn:aws:iam::111122223333:user/alice", "DeleteRolePolicy", ROLE, "reader"
    )
    seen = evidence(changes=[change])
    found, _, _ = propose.plan(diagnose(denial(), seen), denial(), seen)
    assert found.notes[0].startswith(
        "changed at 2026-11-23 11:00 UTC by arn:aws:iam::111122223333:user/alice (a person)"
    )
    assert found.layer is Layer.IDENTITY


def test_a_deny_that_may_speak_afterwards_leaves_the_statement_to_people() -> None:
    near = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    guard = resource(BUCKET, deny("s3:*", f"{BUCKET}/*", Principal="*", Condition=near))
    found, plan, _ = propose.plan(diagnose(denial(), evidence(guard)), denial(), evidence(guard))
    assert plan is None
    assert all(isinstance(fix, Advice) for fix in found.fixes)
    assert found.notes[0].startswith("not proven, since bucket policy statement 1: the value of aws:SourceIp")


def test_a_strangers_bucket_is_not_taken_for_ones_own() -> None:
    seen = evidence(
        targets=[Target(BUCKET, traits={"owner": "unknown"})],
        unread=[Unread(Layer.RESOURCE, f"bucket policy of {BUCKET}", "AccessDenied")],
    )
    found, plan, _ = propose.plan(diagnose(denial(), seen), denial(), seen)
    assert plan is None
    assert any("is not known" in note for note in found.notes)
