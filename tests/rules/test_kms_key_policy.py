"""The key policy neither admits the role nor delegates to IAM: no policy of the role can help."""

from dataclasses import replace

from iam_watchdog.model import AddRoleStatements, Advice, Confidence, Kind, Layer, Message, Unread
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, kms_key_policy
from tests.rules.cases import (
    ACCOUNT,
    BUCKET,
    KEY,
    ROLE,
    allow,
    claiming,
    denial,
    encrypted,
    evidence,
    identity,
    key_policy,
    said,
)

ADMIN_ONLY = key_policy(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/admin"}))
MAY = identity(allow(["s3:GetObject", "kms:Decrypt"]))
SEALED = evidence(MAY, ADMIN_ONLY, targets=encrypted())
THROUGH_S3 = denial("kms:Decrypt", KEY, said=said(Layer.RESOURCE, operation="GetObject"))


def test_it_is_silent_when_the_key_policy_leaves_it_to_iam() -> None:
    assert kms_key_policy.examine(THROUGH_S3, evidence(key_policy(), targets=encrypted())) is None
    assert kms_key_policy.examine(denial(), evidence(identity(allow("s3:*")))) is None


def test_it_says_that_no_policy_of_the_role_can_help() -> None:
    found = diagnose(THROUGH_S3, SEALED)
    assert (found.rule, found.layer) == ("kms_key_policy", Layer.RESOURCE)
    assert "the policy of that key neither admits the role nor leaves it to IAM policies" in found.because
    assert any(f"create a grant for {ROLE} with the operation Decrypt" in note for note in found.notes)


def test_a_statement_for_the_keys_owner_is_advice() -> None:
    found, plan, proof = propose.plan(diagnose(THROUGH_S3, SEALED), THROUGH_S3, SEALED)
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    assert (fix.target, fix.statements[0].principals, fix.statements[0].resources) == (KEY, (("AWS", ROLE),), ("*",))
    assert plan is None
    assert proof
    assert proof.holds


def test_an_allowed_read_of_a_sealed_object_comes_to_the_same() -> None:
    bare = denial(said=Message(Kind.IAM_DENIAL, error_code="AccessDenied", operation="GetObject"))
    assert diagnose(bare, SEALED).rule == "kms_key_policy"


def test_a_read_that_lacks_both_gets_both() -> None:
    seen = evidence(ADMIN_ONLY, targets=encrypted())
    found, plan, _ = propose.plan(diagnose(denial(), seen), denial(), seen)
    assert [type(fix) for fix in found.fixes] == [AddRoleStatements, Advice]
    assert found.rule == "identity_missing_allow"
    assert plan is None
    assert BUCKET in str(found.fixes[0])


def test_a_message_that_blames_the_role_is_corrected() -> None:
    found = diagnose(claiming(THROUGH_S3, Layer.IDENTITY, operation="GetObject"), SEALED)
    assert found.rule == "kms_key_policy"
    assert any("names the identity-based policy" in note for note in found.notes)


def test_a_key_policy_that_nobody_could_read_is_reported() -> None:
    unread = Unread(Layer.RESOURCE, f"key policy of {KEY}", "AccessDenied")
    found = diagnose(THROUGH_S3, evidence(MAY, targets=encrypted(), unread=[unread]))
    assert (found.rule, found.confidence) == ("kms_key_policy", Confidence.REPORTED)


def test_a_condition_of_the_key_policy_that_nobody_can_check_is_told_by_aws_alone() -> None:
    tied = allow("kms:*", Principal={"AWS": ROLE}, Condition={"StringEquals": {"kms:EncryptionContext:app": "shop"}})
    seen = evidence(MAY, key_policy(tied))
    refused = claiming(denial("kms:Decrypt", KEY), Layer.RESOURCE, operation="Decrypt")
    found = diagnose(refused, seen)
    assert (found.rule, found.confidence) == ("kms_key_policy", Confidence.REPORTED)
    assert "only under a condition that cannot be checked: key policy statement 1" in found.because
    assert diagnose(claiming(refused, None, None), seen).rule == "undecided"


def test_a_key_for_one_service_alone_does_not_admit_a_call_of_the_code_itself() -> None:
    via_s3 = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    shut = evidence(identity(allow("kms:Decrypt")), key_policy(allow("kms:*", Principal=root, Condition=via_s3)))
    own = replace(denial("kms:Decrypt", KEY), said=said(Layer.RESOURCE, operation="Decrypt"))
    found = diagnose(own, shut)
    assert (found.rule, found.confidence) == ("kms_key_policy", Confidence.VERIFIED)
    assert "kms:ViaService" in found.because
