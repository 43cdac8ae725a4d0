"""I added the permission and it still fails: the call was made as another role than the function's current one."""

from datetime import timedelta

import pytest

from iam_watchdog.model import AddRoleStatements, Confidence, Elsewhere, Layer
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, wrong_role
from tests.rules.cases import (
    ACCOUNT,
    BUCKET,
    NOON,
    ROLE,
    SESSION,
    allow,
    claiming,
    denial,
    deny,
    document,
    evidence,
    identity,
)

OLD = f"arn:aws:sts::{ACCOUNT}:assumed-role/orders-role-old/orders"
ASSUMED = f"arn:aws:sts::{ACCOUNT}:assumed-role/reporting/session-7"


def test_it_is_silent_about_the_functions_own_role_and_about_no_role() -> None:
    assert wrong_role.examine(denial(), evidence()) is None
    assert wrong_role.examine(denial(principal=None), evidence()) is None
    assert wrong_role.examine(denial(principal="***"), evidence()) is None
    redacted = "arn:aws:sts::************:assumed-role/orders-role/orders"
    assert wrong_role.examine(denial(principal=redacted), evidence()) is None


def test_it_names_both_roles() -> None:
    found = diagnose(denial(principal=OLD), evidence())
    assert found.rule == "wrong_role"
    assert "while it ran as role orders-role-old, but its role is orders-role now" in found.because
    assert (found.confidence, found.bound) == (Confidence.REPORTED, False)
    found = diagnose(denial(principal=ASSUMED), evidence())
    assert "as role reporting, which it had assumed, not as its own role orders-role" in found.because


def test_two_roles_of_one_name_are_told_apart_by_account() -> None:
    found = diagnose(denial(principal="arn:aws:sts::999988887777:assumed-role/orders-role/orders"), evidence())
    assert found.rule == "wrong_role"
    assert (
        f"role orders-role of account 999988887777, but its role is orders-role of account {ACCOUNT} now"
        in found.because
    )


SECRET = "arn:aws:secretsmanager:eu-west-1:1:secret:"


def given(*statements: dict[str, object]) -> Elsewhere:
    """What somebody put on another role an hour ago."""
    who = f"arn:aws:iam::{ACCOUNT}:user/ann"
    return Elsewhere(NOON - timedelta(hours=1), who, "orders-role-new", "read-orders", document(*statements))


@pytest.mark.parametrize(
    "statement",
    [
        allow("s3:PutObject"),
        allow("s3:GetObject", "arn:aws:s3:::other/*"),
        deny("*"),
        allow("*"),
        allow("s3:*"),
        allow("s3:*", "arn:aws:s3:::*"),
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
    ],
)
def test_it_is_silent_about_what_would_not_have_helped(statement: dict[str, object]) -> None:
    assert wrong_role.examine(denial(), evidence(elsewhere=(given(statement),))) is None


def test_it_is_silent_when_the_own_role_is_not_what_lacks_the_permission() -> None:
    held = identity(allow("s3:GetObject"))
    assert (
        wrong_role.examine(denial(), evidence(held, elsewhere=(given(allow("s3:GetObject", f"{BUCKET}/*")),))) is None
    )


@pytest.mark.parametrize("principal", [SESSION, None])
def test_the_permission_went_to_another_role(principal: str | None) -> None:
    refused = denial(principal=principal)
    seen = evidence(elsewhere=(given(allow("s3:PutObject", f"{BUCKET}/*")), given(allow("s3:Get*", f"{BUCKET}/*"))))
    found, plan, proof = propose.plan(diagnose(refused, seen), refused, seen)
    assert (found.rule, found.layer, found.confidence) == ("wrong_role", Layer.IDENTITY, Confidence.VERIFIED)
    assert "user/ann gave that permission at 2026-11-23 11:00 UTC to role orders-role-new" in found.because
    assert "inline policy read-orders), but the function runs as role orders-role." in found.because
    assert proof is not None
    assert proof.holds
    assert plan is not None
    (grant,) = plan.grants
    assert isinstance(grant, AddRoleStatements)
    assert (grant.role, [s.actions for s in grant.statements]) == (ROLE, [("s3:GetObject",)])


@pytest.mark.parametrize(
    ("pattern", "resource", "names"),
    [
        ("arn:aws:s3:::orders/*", "arn:aws:s3:::orders/1", True),
        ("arn:aws:s3:::ord*", "arn:aws:s3:::orders/1", True),
        ("arn:aws:s3:::*/1", "arn:aws:s3:::orders/1", False),
        ("arn:aws:sqs:eu-west-1:*:q", "arn:aws:sqs:eu-west-1:111122223333:q", False),
        ("arn:aws:dynamodb:eu-west-1:1:table/*", "arn:aws:dynamodb:eu-west-1:1:table/t", False),
        ("arn:aws:dynamodb:eu-west-1:1:table/t*", "arn:aws:dynamodb:eu-west-1:1:table/t", True),
        ("arn:aws:lambda:eu-west-1:1:function:*", "arn:aws:lambda:eu-west-1:1:function:f", False),
        ("arn:aws:dynamodb:eu-west-1:1:table/t/*", "arn:aws:dynamodb:eu-west-1:1:table/t/index/i", True),
        ("arn:aws:secretsmanager:eu-west-1:1:secret:prod/*", f"{SECRET}prod/db-AbCdEf", False),
        ("arn:aws:secretsmanager:eu-west-1:1:secret:prod/db-??????", f"{SECRET}prod/db-AbCdEf", True),
        ("arn:aws:ssm:eu-west-1:1:parameter/prod/*", "arn:aws:ssm:eu-west-1:1:parameter/prod/db/url", False),
        ("arn:aws:ssm:eu-west-1:1:parameter/prod/db/*", "arn:aws:ssm:eu-west-1:1:parameter/prod/db/url", False),
        ("arn:aws:ecr:eu-west-1:1:repository/team/*", "arn:aws:ecr:eu-west-1:1:repository/team/app", False),
        ("arn:aws:iam::1:role/svc/*", "arn:aws:iam::1:role/svc/reader", False),
        ("arn:aws:iam::1:role/svc/reader", "arn:aws:iam::1:role/svc/reader", True),
        ("*", "*", False),
    ],
)
def test_only_what_spells_out_the_thing_was_meant_for_it(pattern: str, resource: str, names: bool) -> None:
    assert wrong_role._names(pattern, resource) is names


def test_a_caller_without_credentials_is_not_the_role() -> None:
    found = diagnose(denial(principal="anonymous"), evidence())
    assert (found.rule, found.fixes) == ("wrong_role", ())
    assert "was refused to anonymous, not to function orders's role orders-role" in found.because


def test_nothing_is_granted_to_either() -> None:
    refused = denial(principal=OLD)
    found, plan, proof = propose.plan(diagnose(refused, evidence()), refused, evidence())
    assert (found.fixes, plan, proof) == ((), None, None)


def test_a_message_about_another_principal_is_not_evaluated_as_ours() -> None:
    refused = claiming(denial(principal="arn:aws:iam::111122223333:user/alice"), Layer.IDENTITY)
    assert "was refused to arn:aws:iam::111122223333:user/alice" in diagnose(refused, evidence()).because
