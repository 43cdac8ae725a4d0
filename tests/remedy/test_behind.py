"""A call through an access point: its own policy, the bucket behind it, and the role's; nobody's Deny is overheard."""

from __future__ import annotations

from typing import Any

import pytest

from iam_watchdog.model import AddRoleStatements, Answer, Confidence, Evidence, Layer, Policy, Target, Unread
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose
from iam_watchdog.rules.case import open_case
from tests.rules.cases import ACCOUNT, BUCKET, KEY, REGION, ROLE, allow, denial, deny, evidence, identity, key_policy
from tests.rules.cases import resource as on

POINT = f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/orders"
OBJECT = f"{POINT}/object/incoming/a.json"
DIRECTORY = f"{POINT}/object/incoming/*"
TRAITS = {"bucket": BUCKET, "origin": "Internet"}
READS = identity(allow("s3:GetObject", f"{POINT}/object/*"))
ADMITS = on(POINT, allow("s3:GetObject", DIRECTORY, Principal={"AWS": ROLE}), name="access point policy")


def bucket(*statements: dict[str, Any]) -> Policy:
    return on(BUCKET, *statements, name="bucket policy")


def delegates(key: str = "s3:DataAccessPointAccount", value: str = ACCOUNT) -> Policy:
    """As AWS recommends it: whatever the access points of an account allow."""
    condition = {"StringEquals": {key: value}}
    return bucket(allow("*", [BUCKET, f"{BUCKET}/*"], Principal={"AWS": "*"}, Condition=condition))


def seen(*policies: Policy, unread: tuple[Unread, ...] = (), **traits: str) -> Evidence:
    point = Target(POINT, ACCOUNT, traits=TRAITS | traits)
    return evidence(*policies, targets=[point, Target(BUCKET, ACCOUNT)], unread=unread)


def says(*policies: Policy, unread: tuple[Unread, ...] = ()) -> Answer:
    return open_case(denial(on=OBJECT), seen(*policies, unread=unread)).verdict.answer


def test_the_roles_own_allow_is_enough_within_the_account() -> None:
    assert says(READS) is Answer.ALLOWED
    assert says(READS, ADMITS) is Answer.ALLOWED


def test_what_the_role_may_on_the_bucket_itself_does_not_count_through_the_access_point() -> None:
    assert says(identity(allow("s3:GetObject", f"{BUCKET}/*"))) is Answer.IMPLICIT


def test_the_access_points_allow_counts_where_the_bucket_lets_it() -> None:
    assert says(ADMITS, delegates()) is Answer.ALLOWED
    assert says(ADMITS, bucket(allow("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": ROLE}))) is Answer.ALLOWED


@pytest.mark.parametrize(
    "behind", [(), (delegates(value="999999999999"),), (bucket(allow("s3:PutObject", f"{BUCKET}/*")),)]
)
def test_it_does_not_count_where_the_bucket_is_silent(behind: tuple[Policy, ...]) -> None:
    assert says(ADMITS, *behind) is Answer.IMPLICIT


def test_the_bucket_alone_admits_nobody_through_the_access_point() -> None:
    assert says(delegates()) is Answer.IMPLICIT


def test_a_delegation_under_a_condition_that_nobody_knows_leaves_it_open() -> None:
    assert says(ADMITS, delegates("aws:PrincipalOrgID", "o-1")) is Answer.UNKNOWN


@pytest.mark.parametrize(
    "named",
    [f"{BUCKET}/incoming/*", f"{BUCKET}*", "arn:aws:s3:::*/*", "*", [f"{BUCKET}/x", f"{BUCKET}/incoming/a.json"]],
)
def test_the_buckets_deny_counts(named: Any) -> None:
    assert says(READS, bucket(deny("s3:GetObject", named, Principal="*"))) is Answer.EXPLICIT


@pytest.mark.parametrize("named", [f"{BUCKET}/other/*", BUCKET, "arn:aws:s3:::another/*", f"{BUCKET}-2/*"])
def test_a_deny_of_something_else_does_not(named: str) -> None:
    assert says(READS, bucket(deny("s3:GetObject", named, Principal="*"))) is Answer.ALLOWED


def test_a_deny_that_spares_the_access_points_of_this_account_spares_the_call() -> None:
    unless = {"StringNotEquals": {"s3:DataAccessPointAccount": ACCOUNT}}
    row = deny("s3:*", f"{BUCKET}/*", Principal="*", Condition=unless)
    assert says(READS, bucket(row)) is Answer.ALLOWED


def test_the_access_points_own_deny_counts_whatever_the_bucket_says() -> None:
    refuses = on(POINT, deny("s3:GetObject", DIRECTORY, Principal="*"), name="access point policy")
    assert says(READS, refuses, delegates()) is Answer.EXPLICIT
    assert says(READS, refuses) is Answer.EXPLICIT


def test_a_bucket_policy_that_could_not_be_read_leaves_it_open() -> None:
    gap = Unread(Layer.RESOURCE, f"bucket policy of {BUCKET} behind {POINT}", "AccessDenied")
    assert says(READS, unread=(gap,)) is Answer.UNKNOWN
    found = diagnose(denial(on=OBJECT), seen(unread=(gap,)))
    assert found.confidence is Confidence.INCOMPLETE


def test_a_bucket_policy_that_is_no_policy_leaves_it_open() -> None:
    assert says(READS, Policy(Layer.RESOURCE, "bucket policy", "{cut off", BUCKET)) is Answer.UNKNOWN


def test_the_deny_is_quoted_from_the_bucket_that_it_stands_on() -> None:
    row = deny("s3:GetObject", f"{BUCKET}/incoming/*", Principal="*", Sid="NoReaders")
    found = diagnose(denial(on=OBJECT), seen(READS, bucket(allow("s3:GetObject", f"{BUCKET}/*"), row)))
    assert (found.rule, found.confidence) == ("explicit_deny", Confidence.VERIFIED)
    assert "NoReaders" in found.because
    assert BUCKET in found.because
    assert [f.index for f in found.verdict.deciding] == [1]


def test_what_is_proposed_names_the_directory_behind_the_access_point() -> None:
    found, plan, proof = propose.plan(diagnose(denial(on=OBJECT), seen(ADMITS)), denial(on=OBJECT), seen(ADMITS))
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert [s.resources for s in fix.statements] == [(DIRECTORY,)]
    assert fix.statements[0].conditions == ()
    assert plan is not None
    assert proof is not None
    assert (proof.before, proof.after, proof.gained) == (Answer.IMPLICIT, Answer.ALLOWED, ())


def test_the_key_of_the_bucket_is_needed_as_well() -> None:
    point = Target(POINT, ACCOUNT, KEY, traits=TRAITS)
    key = Target(KEY, ACCOUNT, traits={"grants": "[]", "state": "Enabled"})
    found = diagnose(denial(on=OBJECT), evidence(key_policy(), targets=[point, key]))
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert [s.actions for s in fix.statements] == [("s3:GetObject",), ("kms:Decrypt",)]
    assert ("StringEquals", "kms:ViaService", (f"s3.{REGION}.amazonaws.com",)) in fix.statements[1].conditions


@pytest.mark.parametrize(
    ("action", "granted", "resource", "rule"),
    [
        ("s3:GetObject", POINT, OBJECT, "s3_object_on_bucket_arn"),
        ("s3:ListBucket", f"{POINT}/object/*", POINT, "s3_list_on_object_arn"),
    ],
)
def test_the_classic_mistakes_are_told_of_an_access_point_too(
    action: str, granted: str, resource: str, rule: str
) -> None:
    found = diagnose(denial(action, resource), seen(identity(allow(action, granted))))
    assert found.rule == rule
    assert f"the access point {POINT}" in found.because


def test_a_call_by_alias_is_judged_under_the_access_points_arn() -> None:
    by_alias = denial(on="arn:aws:s3:::orders-abc-s3alias/incoming/a.json")
    found = open_case(by_alias, seen(READS, alias="orders-abc-s3alias"))
    assert (found.request.resource, found.verdict.answer) == (OBJECT, Answer.ALLOWED)
    unknown = open_case(by_alias, seen(READS))
    assert unknown.request.resource == by_alias.resource
