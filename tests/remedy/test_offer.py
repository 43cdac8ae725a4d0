"""Putting back what was removed: silent where nothing was, the fix where it is the least, else an alternative."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.model import (
    AddInvokePermission,
    AddRoleStatements,
    Advice,
    AttachManagedPolicy,
    Change,
    Denial,
    Diagnosis,
    Evidence,
    Kind,
    Plan,
    Role,
    Target,
    Witness,
)
from iam_watchdog.remedy import managed, propose
from iam_watchdog.remedy.suspects import REMOVALS
from iam_watchdog.rules import diagnose
from tests.remedy.removals import DEPLOY, PUT, STACK, change, deleted, detached, overwritten, policy
from tests.rules.cases import (
    ACCOUNT,
    BUCKET,
    FUNCTION,
    KEY,
    NAME,
    QUEUE,
    REGION,
    ROLE,
    allow,
    denial,
    deny,
    evidence,
    function,
    identity,
    key_policy,
    resource,
    role,
    trust,
)

SEND = allow("sqs:SendMessage", QUEUE)
REFUSED = denial("sqs:SendMessage", QUEUE)
MINE = f"arn:aws:iam::{ACCOUNT}:policy/shop/orders-sender"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
MUTE = denial("logs:PutLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/{NAME}:log-stream:x")
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/daily"
STARTED = denial(
    "lambda:InvokeFunction",
    FUNCTION,
    kind=Kind.INVOKE_PERMISSION,
    principal="events.amazonaws.com",
    source_arn=RULE,
    witness=Witness.CONFIG,
)
PERMISSION = {
    "action": "lambda:InvokeFunction",
    "principal": "events.amazonaws.com",
    "sourceArn": RULE,
    "statementId": "daily",
    "qualifier": "",
}


def proposed(seen: Evidence, refused: Denial = REFUSED) -> tuple[Diagnosis, Plan | None]:
    found, plan, _ = propose.plan(diagnose(refused, seen), refused, seen)
    return found, plan


def seen(*changes: Change, **fields: Any) -> Evidence:
    return evidence(changes=changes, **fields)


# ---------------------------------------------------------------- silence


@pytest.mark.parametrize(
    "harmless",
    [
        detached("arn:aws:iam::aws:policy/AWSDenyAll", deny("*")),
        detached("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3", deny("iam:*")),
        deleted(deny("*"), name="AWSRevokeOlderSessions", detail="policyName AWSRevokeOlderSessions"),
        deleted(deny("sqs:*"), name="guardrail"),
        deleted(name="empty"),
    ],
)
def test_who_takes_a_deny_away_takes_no_permission_away(harmless: Change) -> None:
    harmless = replace(harmless, detail=harmless.detail or f"policyArn {json.loads(harmless.before).get('policy_arn')}")
    found, plan = proposed(seen(harmless))
    assert (found, plan) == proposed(seen())


def test_a_policy_that_was_only_added_to_is_no_removal() -> None:
    now = identity(allow(["sqs:ReceiveMessage", "sqs:DeleteMessage"], QUEUE))
    added = overwritten(allow("sqs:ReceiveMessage", QUEUE))
    assert proposed(evidence(now, changes=[added])) == proposed(evidence(now))


UNKNOWN = ("", "not json", "[]", "{}", '{"policy":"x"}', '{"policy":"x","document":[]}', "[" * 9999)


@pytest.mark.parametrize("before", UNKNOWN)
def test_what_is_not_known_stays_the_note_that_it_was(before: str) -> None:
    found, plan = proposed(seen(change("DeleteRolePolicy", before)))
    assert found.fixes == proposed(seen())[0].fixes
    assert found.notes[0].startswith("changed at 2026-11-23 10:00 UTC by")
    assert plan


def test_what_would_not_end_the_refusal_is_not_offered() -> None:
    found, _ = proposed(seen(deleted(allow("sqs:SendMessage", f"{QUEUE}-other"))))
    assert found.fixes == proposed(seen())[0].fixes
    assert found.instead == ()
    assert found.notes[0].startswith("changed at")


HELD = (
    role(tags={"iam-watchdog-hold": "case 7"}),
    role(attached=("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3",)),
    role(inline=("AWSRevokeOlderSessions",)),
)


@pytest.mark.parametrize("held", HELD)
def test_nothing_is_put_back_on_a_role_that_is_on_hold(held: Role) -> None:
    found, _ = proposed(seen(deleted(SEND), role=held))
    assert not found.notes[0].startswith("Restore")
    assert found.instead == ()


def test_what_our_own_hands_took_back_is_not_even_suspected() -> None:
    hands = f"arn:aws:sts::{ACCOUNT}:assumed-role/iam-watchdog-hands-auto-{REGION}/wd-0123"
    assert proposed(seen(change("DetachRolePolicy", by_person=False, who=hands)))[0].notes == ()


def test_a_call_as_another_role_is_given_nothing_back() -> None:
    other = replace(REFUSED, principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/another/x")
    found, plan = proposed(seen(deleted(SEND)), other)
    assert (found.rule, found.fixes, found.instead, plan) == ("wrong_role", (), (), None)


def test_a_trigger_that_points_elsewhere_gets_nothing_back() -> None:
    gone = change("RemovePermission", {"permission": PERMISSION}, on=NAME)
    found, plan = proposed(seen(gone, facts={"source_targets_function": "false"}), STARTED)
    assert [type(fix) for fix in found.fixes] == [Advice]
    assert (found.instead, plan) == ((), None)


# ---------------------------------------------------------------- the fix


def test_a_deleted_inline_policy_that_is_the_least_is_the_fix() -> None:
    found, plan = proposed(seen(deleted(SEND)))
    assert plan
    assert plan.grants == found.fixes
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert [(s.actions, s.resources) for s in fix.statements] == [(("sqs:SendMessage",), (QUEUE,))]
    assert plan.proof.holds
    assert plan.proof.gained == ()
    assert found.instead == ()
    assert found.notes[0] == (
        "Restore what alice removed at 2026-11-23 10:00 UTC: put back what inline policy reader allowed "
        "(DeleteRolePolicy); ask alice first"
    )


def test_what_is_still_granted_is_not_put_back_twice() -> None:
    now = identity(allow("sqs:ReceiveMessage", QUEUE))
    before = overwritten(allow("sqs:ReceiveMessage", QUEUE), SEND)
    found, _ = proposed(evidence(now, changes=[before]))
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert [s.actions for s in fix.statements] == [("sqs:SendMessage",)]


def test_a_detached_policy_of_the_account_that_is_the_least_is_attached_again() -> None:
    found, plan = proposed(seen(detached(MINE, SEND)))
    assert found.fixes == (AttachManagedPolicy(ROLE, MINE),)
    assert [type(fix) for fix in found.instead] == [AddRoleStatements]
    assert plan
    assert f"policy {MINE}" in plan.decided_on


def test_the_reviewed_policy_that_was_detached_is_the_fix_that_it_was() -> None:
    found, plan = proposed(seen(detached(BASIC)), MUTE)
    without, alone = proposed(seen(), MUTE)
    assert (found.fixes, found.instead, plan) == (without.fixes, without.instead, alone)
    assert found.notes[0].startswith("Restore what alice removed")


def test_a_removed_permission_is_given_back_with_its_own_parameters() -> None:
    found, plan = proposed(seen(change("RemovePermission", {"permission": PERMISSION}, on=NAME)), STARTED)
    assert found.fixes == (AddInvokePermission(FUNCTION, None, "events.amazonaws.com", RULE, None),)
    assert plan
    assert "give function orders the permission daily back" in found.notes[0]


def test_a_public_url_that_lost_its_permission_gets_it_back_from_its_owner() -> None:
    given = {"action": "lambda:InvokeFunctionUrl", "principal": "*", "functionUrlAuthType": "NONE", "statementId": "u"}
    called = denial(
        "lambda:InvokeFunctionUrl",
        FUNCTION,
        kind=Kind.INVOKE_PERMISSION,
        principal="*",
        witness=Witness.CONFIG,
        context={"lambda:FunctionUrlAuthType": ("NONE",)},
    )
    found, plan = proposed(seen(change("RemovePermission", {"permission": given}, on=NAME)), called)
    assert plan is None
    (first,) = found.fixes
    assert isinstance(first, Advice)
    assert first.text == f"The owner of {FUNCTION} gives it back the permission that it had."
    (allowed,) = first.statements
    assert allowed.conditions == (("StringEquals", "lambda:FunctionUrlAuthType", ("NONE",)),)
    token = {**given, "eventSourceToken": "secret"}
    found, _ = proposed(seen(change("RemovePermission", {"permission": token}, on=NAME)), called)
    assert "secret" not in str(found)


def test_what_a_deployment_removed_belongs_in_its_template() -> None:
    gone = deleted(SEND)
    gone = replace(gone, by_person=False, who=DEPLOY, before=json.dumps({**json.loads(gone.before), **STACK}))
    note = proposed(seen(gone))[0].notes[0]
    assert note.startswith("Restore what CloudFormation, for stack (as deploy) removed at")
    assert note.endswith("a deployment did it: the lasting fix is its template")


def test_the_least_of_several_removals_comes_first() -> None:
    wide, least = deleted(allow("sqs:*", "*"), name="wide", hours=1), deleted(SEND, hours=3)
    found, _ = proposed(seen(wide, least))
    assert "inline policy reader" in found.notes[0]
    assert isinstance(found.fixes[0], AddRoleStatements)


def test_where_nothing_else_can_be_proposed_a_narrow_removal_is_the_fix() -> None:
    """The narrow statement would be too long for the role; what was removed is what is left to say."""
    bucket = "arn:aws:s3:::orders-in/incoming/2026/1.csv"
    found = replace(diagnose(denial(), seen()), fixes=())
    gone = seen(deleted(allow("s3:GetObject", bucket)))
    made, plan, _ = propose.plan(found, denial(), gone)
    assert plan
    assert isinstance(made.fixes[0], AddRoleStatements)
    wild, none, _ = propose.plan(found, denial(), seen(deleted(allow("s3:Get*", "*"))))
    assert (wild.fixes, none) == ((), None)
    assert len(wild.instead) == 1


# ---------------------------------------------------------------- the alternative


def test_a_wider_policy_is_an_alternative_with_its_surplus() -> None:
    found, plan = proposed(seen(detached(MINE, allow("sqs:*", "*"))))
    assert found.fixes == proposed(seen())[0].fixes
    assert found.instead == (AttachManagedPolicy(ROLE, MINE),)
    assert found.notes[0].endswith("instead of the fix; ask alice first. It would also allow sqs:* on *.")
    assert plan
    assert plan.grants == found.fixes


def of_version(now: str, then: str) -> Change:
    """A managed policy that was detached, and which of its versions was in force then."""
    before = {"policy_arn": MINE, "document": policy(allow("sqs:*", "*")), "now": now, "then": then}
    return change("DetachRolePolicy", before)


def test_a_policy_comes_back_with_its_default_version_of_today_and_the_note_names_both() -> None:
    same, other, unknown = (proposed(seen(of_version("v3", then)))[0] for then in ("v3", "v2", ""))
    assert same.instead == other.instead == unknown.instead == (AttachManagedPolicy(ROLE, MINE),)
    assert "v3" not in same.notes[0]
    assert "as its default version v3 allows it today (it was v2 when it was detached)" in other.notes[0]
    assert "version v3 allows it today (which one it was when it was detached is not known)" in unknown.notes[0]
    assert all(found.notes[0].endswith("It would also allow sqs:* on *.") for found in (same, other, unknown))


def test_a_bucket_of_that_name_in_another_account_is_surplus() -> None:
    gone = deleted(allow("s3:GetObject", f"{BUCKET}/incoming/2026/*"))
    found, _ = proposed(seen(gone, targets=[Target(BUCKET, ACCOUNT)]), denial())
    assert len(found.instead) == 1
    assert "whatever aws:resourceaccount is" in found.notes[0]


def test_a_document_with_a_deny_comes_back_whole_and_by_its_owner() -> None:
    tls = deny("sqs:SendMessage", "*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    found, plan = proposed(seen(deleted(SEND, tls)))
    assert plan == proposed(seen())[1]
    (first,) = found.instead
    assert isinstance(first, Advice)
    assert first.statements == ()
    assert f"AttributeValue={PUT['event']}" in first.text


def test_a_condition_that_somebody_added_is_not_taken_off_by_us() -> None:
    tied = identity(allow("sqs:SendMessage", QUEUE, Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}}))
    found, plan = proposed(evidence(tied, changes=[overwritten(SEND)]))
    assert found.rule == "condition_unmet"
    assert plan is None
    assert all(isinstance(fix, Advice) for fix in (*found.fixes, *found.instead))


def test_pass_role_stays_advice() -> None:
    pass_role = allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/task")
    refused = denial("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/task")
    found, plan = proposed(seen(deleted(pass_role)), refused)
    assert plan is None
    assert all(isinstance(fix, Advice) for fix in (*found.fixes, *found.instead))


def test_a_permission_for_any_source_is_an_alternative() -> None:
    anybody = {k: v for k, v in PERMISSION.items() if k != "sourceArn"}
    found, plan = proposed(seen(change("RemovePermission", {"permission": anybody}, on=NAME)), STARTED)
    assert found.instead == (AddInvokePermission(FUNCTION, None, "events.amazonaws.com", None, None),)
    assert plan
    assert plan.grants == (AddInvokePermission(FUNCTION, None, "events.amazonaws.com", RULE, None),)
    assert "whatever aws:sourcearn is" in found.notes[0]


def test_less_than_the_whole_need_does_not_displace_it() -> None:
    """What the fix holds beside the refused action would be refused next."""
    mapped = denial("sqs:ReceiveMessage", QUEUE, witness=Witness.CONFIG)
    polling = function(mappings=((QUEUE, "Enabled", "OK"),))
    before, _ = proposed(evidence(function=polling), mapped)
    found, _ = proposed(evidence(function=polling, changes=[deleted(allow("sqs:ReceiveMessage", QUEUE))]), mapped)
    assert (found.rule, found.fixes) == ("event_source_mapping", before.fixes)
    assert found.instead[1:] == before.instead
    assert isinstance(found.instead[0], AddRoleStatements)


# ---------------------------------------------------------------- documents of others: advice, always


def test_a_bucket_policy_that_lost_its_statement_is_its_owners() -> None:
    admits = allow("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": ROLE})
    gone = change("PutBucketPolicy", {"document": policy(admits), "put": PUT}, on="orders-in")
    found, plan = proposed(seen(gone, targets=[Target(BUCKET, ACCOUNT)]), denial())
    assert isinstance(found.instead[0], Advice)
    assert found.instead[0].target == BUCKET
    assert plan
    assert isinstance(plan.grants[0], AddRoleStatements)


LOCKED = key_policy(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/admin"}))


def test_a_key_policy_with_a_deny_is_pointed_to_and_not_shown() -> None:
    root = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    before = {"document": policy(root, deny("kms:ScheduleKeyDeletion", Principal="*")), "put": PUT}
    changes = [change("PutKeyPolicy", before, on=KEY)]
    has = evidence(identity(allow("kms:Decrypt", KEY)), LOCKED, targets=[Target(KEY, ACCOUNT)], changes=changes)
    found, plan = proposed(has, denial("kms:Decrypt", KEY))
    assert (found.rule, plan) == ("kms_key_policy", None)
    (first,) = found.instead
    assert isinstance(first, Advice)
    assert (first.target, first.statements) == (KEY, ())
    assert f"AttributeValue={PUT['event']}" in first.text
    assert f"It would also allow kms:* on * by arn:aws:iam::{ACCOUNT}:root." in found.notes[0]


def test_a_key_policy_that_lost_exactly_the_statement_gets_it_back() -> None:
    admits = allow("kms:Decrypt", Principal={"AWS": ROLE}, Sid="Orders")
    changes = [change("PutKeyPolicy", {"document": policy(admits), "put": PUT}, on=KEY)]
    found, _ = proposed(evidence(LOCKED, targets=[Target(KEY, ACCOUNT)], changes=changes), denial("kms:Decrypt", KEY))
    (first,) = found.fixes
    assert isinstance(first, Advice)
    assert first.text == f"The owner of {KEY} puts back what was taken out of its policy."
    assert found.notes[0].startswith("Restore what alice removed")


def test_a_trust_policy_that_lost_lambda_gets_it_back() -> None:
    lambdas = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    ec2 = {**lambdas, "Principal": {"Service": "ec2.amazonaws.com"}}
    gone = change("UpdateAssumeRolePolicy", {"trust": True, "document": policy(lambdas), "put": PUT})
    refused = denial("sts:AssumeRole", ROLE, kind=Kind.LAMBDA_ASSUME_ROLE, witness=Witness.CONFIG)
    found, plan = proposed(evidence(trust(policy(ec2)), changes=[gone]), refused)
    assert (found.rule, plan) == ("trust_policy", None)
    (first,) = found.fixes
    assert isinstance(first, Advice)
    assert first.text == f"The owner of {ROLE} puts back what was taken out of its trust policy."
    assert found.notes[0].startswith("Restore what alice removed at")


def test_a_revoked_grant_is_told_with_the_command() -> None:
    grant = {"keyId": KEY, "granteePrincipal": ROLE, "operations": ["Decrypt"]}
    gone = change("RevokeGrant", {"grant": grant}, on=KEY)
    has = evidence(LOCKED, targets=[Target(KEY, ACCOUNT)], changes=[gone])
    found, plan = proposed(has, denial("kms:Decrypt", KEY))
    assert plan is None
    first = found.instead[0]
    assert isinstance(first, Advice)
    assert f"aws kms create-grant --key-id {KEY} --grantee-principal {ROLE} --operations Decrypt" in first.text


def test_an_older_version_is_for_the_owner_of_the_policy() -> None:
    now = identity(allow("sqs:ReceiveMessage", QUEUE), name=MINE)
    older = {"policy_arn": MINE, "version": "v3", "document": policy(allow("sqs:ReceiveMessage", QUEUE), SEND)}
    gone = change("CreatePolicyVersion", older, on=MINE)
    found, plan = proposed(evidence(now, changes=[gone], role=role(attached=(MINE,))))
    assert plan
    assert isinstance(plan.grants[0], AddRoleStatements)
    first = found.instead[0]
    assert isinstance(first, Advice)
    assert f"set-default-policy-version --policy-arn {MINE} --version-id v3" in first.text


def test_a_resource_that_is_read_elsewhere_is_not_ours_to_put_back() -> None:
    admits = allow("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": ROLE})
    gone = change("PutBucketPolicy", {"document": policy(admits)}, on="another-bucket")
    assert proposed(seen(gone, targets=[Target(BUCKET, ACCOUNT)]), denial())[0].instead == ()


def test_a_bucket_policy_that_still_says_it_lost_nothing() -> None:
    admits = allow("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": ROLE})
    shut = deny("s3:GetObject", f"{BUCKET}/*", Principal="*")
    gone = change("PutBucketPolicy", {"document": policy(admits)}, on="orders-in")
    still = [resource(BUCKET, admits, shut)]
    with_it = evidence(*still, changes=[gone], targets=[Target(BUCKET, ACCOUNT)])
    assert proposed(with_it, denial()) == proposed(evidence(*still, targets=[Target(BUCKET, ACCOUNT)]), denial())


# ---------------------------------------------------------------- the plan


def test_the_same_history_leads_to_the_same_plan_and_another_one_makes_it_stale() -> None:
    first, later = seen(detached(MINE, SEND)), seen(detached(MINE, SEND))
    _, shown = proposed(first)
    assert shown
    assert propose.stale(shown, proposed(later)[1], later) == ""
    assert propose.stale(shown, proposed(seen())[1], seen()) == "what is read now leads to another change"
    changed = seen(detached(MINE, SEND, allow("sqs:SendMessage", QUEUE, Sid="Again")))
    assert propose.stale(shown, proposed(changed)[1], changed) == f"changed since it was proposed: policy {MINE}"


def test_the_reviewed_documents_are_not_what_an_event_says() -> None:
    assert managed.document_of(BASIC)
    found, plan = proposed(seen(detached(BASIC, allow("*", "*"))), MUTE)
    assert plan
    assert "* on *" not in str(plan.proof.surplus)


# ---------------------------------------------------------------- whatever stands there

WORDS = st.sampled_from(
    [MINE, ROLE, KEY, FUNCTION, "", "*", "sqs:SendMessage", "lambda:InvokeFunction", "v3", "x" * 300]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS | st.just(policy(SEND)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
BEFORE = st.dictionaries(
    st.sampled_from(["policy", "policy_arn", "version", "document", "permission", "grant", "put", "trust", "via"]), JSON
)


@given(st.sampled_from(sorted(REMOVALS)), st.sampled_from(["orders-role", NAME, "orders-in", KEY, MINE]), BEFORE)
def test_nothing_that_a_history_may_say_breaks_the_diagnosis(event: str, on: str, before: dict[str, Any]) -> None:
    targets = [Target(BUCKET, ACCOUNT), Target(KEY, ACCOUNT)]
    for refused in (REFUSED, STARTED):
        found, plan, _ = propose.plan(
            diagnose(refused, seen()), refused, seen(change(event, before, on=on), targets=targets)
        )
        assert found.fixes
        assert plan
