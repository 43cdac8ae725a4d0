"""The action is granted under a condition that this call does not meet."""

from iam_watchdog.model import Advice, Confidence, Layer
from iam_watchdog.remedy import propose
from iam_watchdog.rules import condition_unmet, diagnose
from tests.rules.cases import BUCKET, allow, claiming, denial, evidence, identity, of

ELSEWHERE = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
SEEN = evidence(identity(allow("s3:GetObject", f"{BUCKET}/*", Sid="Home", Condition=ELSEWHERE)))


def test_it_is_silent_when_the_condition_is_met() -> None:
    home = allow("s3:GetObject", f"{BUCKET}/*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})
    assert condition_unmet.examine(denial(), evidence(identity(home))) is None
    assert condition_unmet.examine(denial(), evidence()) is None


def test_it_names_the_condition_and_the_value() -> None:
    found = diagnose(denial(), SEEN)
    assert (found.rule, found.layer, found.confidence) == ("condition_unmet", Layer.IDENTITY, Confidence.VERIFIED)
    assert (
        'statement "Home" of inline policy reader allows it only when aws:RequestedRegion is us-east-1; '
        "here it is eu-west-1" in found.because
    )


def test_a_condition_is_somebodys_decision_so_it_is_advice() -> None:
    found, plan, _ = propose.plan(diagnose(denial(), SEEN), denial(), SEEN)
    assert plan is None
    assert all(isinstance(fix, Advice) for fix in found.fixes)


def test_a_value_that_nobody_knows_is_said_to_be_unknown() -> None:
    tagged = allow("s3:GetObject", f"{BUCKET}/*", Condition={"StringEquals": {"s3:ExistingObjectTag/state": "ready"}})
    found = diagnose(denial(), evidence(identity(tagged)))
    assert (found.rule, found.confidence) == ("condition_unmet", Confidence.INCOMPLETE)
    assert "s3:ExistingObjectTag/state is not known" in found.because


def test_only_awss_own_reason_tells_that_an_unknown_condition_was_not_met() -> None:
    tagged = allow("s3:GetObject", f"{BUCKET}/*", Condition={"StringEquals": {"s3:ExistingObjectTag/state": "ready"}})
    seen = evidence(identity(tagged))
    bare, told = claiming(denial(), None, None), claiming(denial(), Layer.IDENTITY)
    (silent,) = propose.plan(diagnose(bare, seen), bare, seen)[0].fixes
    assert isinstance(silent, Advice)
    assert silent.statements == ()
    found, plan, _ = propose.plan(diagnose(told, seen), told, seen)
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    assert [allowed.actions for allowed in fix.statements] == [("s3:GetObject",)]
    assert found.because.endswith("AWS's refusal says that it was not met.")
    assert plan is None


def test_a_call_of_kms_that_was_refused_is_covered_by_no_grant() -> None:
    key = "arn:aws:kms:eu-west-1:111122223333:key/k1"
    bound = allow("kms:Decrypt", key, Condition={"StringEquals": {"kms:EncryptionContext:app": "shop"}})
    delegated = of(Layer.RESOURCE, allow("kms:*", Principal={"AWS": "arn:aws:iam::111122223333:root"}), on=key)
    found = diagnose(claiming(denial("kms:Decrypt", key), Layer.IDENTITY), evidence(identity(bound), delegated))
    assert found.rule == "condition_unmet"
    assert "kms:EncryptionContext:app is not known" in found.because


def test_a_key_that_the_code_may_use_through_a_service_alone_is_a_condition() -> None:
    key = "arn:aws:kms:eu-west-1:111122223333:key/k1"
    via = allow("kms:Decrypt", key, Condition={"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}})
    delegated = of(Layer.RESOURCE, allow("kms:*", Principal={"AWS": "arn:aws:iam::111122223333:root"}), on=key)
    refused = claiming(denial("kms:Decrypt", key), Layer.IDENTITY, operation="Decrypt")
    found = diagnose(refused, evidence(identity(via), delegated))
    assert (found.rule, found.confidence) == ("condition_unmet", Confidence.VERIFIED)
    assert "only when kms:ViaService is s3.eu-west-1.amazonaws.com; here it is not sent at all" in found.because


def test_a_message_that_blames_the_bucket_policy_is_corrected() -> None:
    found = diagnose(claiming(denial(), Layer.RESOURCE), SEEN)
    assert found.rule == "condition_unmet"
    assert any("names the resource-based policy" in note for note in found.notes)
