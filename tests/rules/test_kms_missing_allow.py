"""What is called is encrypted with a customer key, and the role may not use that key."""

from iam_watchdog.model import AddRoleStatements, Allow, Kind, Layer, Message
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, kms_missing_allow
from tests.rules.cases import (
    BUCKET,
    KEY,
    OBJECT,
    ROLE,
    allow,
    boundary,
    claiming,
    denial,
    encrypted,
    evidence,
    identity,
    key_policy,
    said,
)

READS = identity(allow("s3:GetObject", f"{BUCKET}/*"))
SEALED = evidence(READS, key_policy(), targets=encrypted())
VIA_S3 = (("StringEquals", "kms:ViaService", ("s3.eu-west-1.amazonaws.com",)),)
THROUGH_S3 = denial("kms:Decrypt", KEY, said=said(Layer.IDENTITY, operation="GetObject"))
BARE = denial(said=Message(Kind.IAM_DENIAL, error_code="AccessDenied", operation="GetObject"))


def test_it_is_silent_when_the_role_may_use_the_key_or_no_key_is_needed() -> None:
    may = evidence(identity(allow(["s3:GetObject", "kms:Decrypt"])), key_policy(), targets=encrypted())
    assert kms_missing_allow.examine(BARE, may) is None
    assert kms_missing_allow.examine(denial(), evidence(READS)) is None


def test_it_names_the_key_and_what_it_is_needed_for() -> None:
    found = diagnose(THROUGH_S3, SEALED)
    assert (found.rule, found.layer) == ("kms_missing_allow", Layer.IDENTITY)
    assert f"may not call kms:Decrypt on {KEY}, called by s3.eu-west-1.amazonaws.com on its behalf" in found.because
    found = diagnose(BARE, SEALED)
    assert found.rule == "kms_missing_allow"
    assert f"which s3:GetObject on {OBJECT} needs" in found.because


def test_the_key_is_proposed_for_that_service_only() -> None:
    for refused in (THROUGH_S3, BARE):
        found, plan, proof = propose.plan(diagnose(refused, SEALED), refused, SEALED)
        assert found.fixes == (AddRoleStatements(ROLE, (Allow(("kms:Decrypt",), (KEY,), VIA_S3),)),)
        assert plan
        assert proof
        assert proof.holds


def test_a_call_of_the_code_itself_is_tied_to_no_service() -> None:
    direct = denial("kms:Decrypt", KEY, said=said(Layer.IDENTITY, operation="Decrypt"))
    (fix,) = diagnose(direct, evidence(key_policy(), targets=encrypted()[1:])).fixes
    assert isinstance(fix, AddRoleStatements)
    assert fix.statements == (Allow(("kms:Decrypt",), (KEY,)),)


def test_a_message_that_blames_the_key_policy_is_corrected() -> None:
    found = diagnose(claiming(THROUGH_S3, Layer.RESOURCE, operation="GetObject"), SEALED)
    assert found.rule == "kms_missing_allow"
    assert any("names the resource-based policy" in note for note in found.notes)


def test_a_boundary_without_the_key_is_the_boundarys_case() -> None:
    may = identity(allow(["s3:GetObject", "kms:Decrypt"]))
    seen = evidence(may, boundary(allow("s3:*")), key_policy(), targets=encrypted())
    assert diagnose(THROUGH_S3, seen).rule == "permissions_boundary"


def test_a_queue_that_writes_with_the_key_reads_it_back_too() -> None:
    sending = denial("kms:GenerateDataKey", KEY, said=said(Layer.IDENTITY, operation="SendMessage"))
    (fix,) = diagnose(sending, evidence(key_policy(), targets=encrypted()[1:])).fixes
    assert isinstance(fix, AddRoleStatements)
    assert fix.statements[0].actions == ("kms:Decrypt", "kms:GenerateDataKey")
    assert fix.statements[0].conditions == (("StringEquals", "kms:ViaService", ("sqs.eu-west-1.amazonaws.com",)),)


def test_it_leaves_an_allow_under_a_condition_to_the_rule_of_conditions() -> None:
    via_s3 = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
    own = denial("kms:Decrypt", KEY, said=said(Layer.IDENTITY, operation="Decrypt"))
    found = diagnose(own, evidence(identity(allow("kms:Decrypt", Condition=via_s3)), key_policy()))
    assert found.rule == "condition_unmet"
    assert "only when kms:ViaService is s3.eu-west-1.amazonaws.com; here it is not sent at all" in found.because
