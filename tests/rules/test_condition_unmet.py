"""The action is granted under a condition that this call does not meet."""

from iam_watchdog.model import Advice, Confidence, Layer
from iam_watchdog.remedy import propose
from iam_watchdog.rules import condition_unmet, diagnose
from tests.rules.cases import BUCKET, allow, claiming, denial, evidence, identity

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


def test_a_message_that_blames_the_bucket_policy_is_corrected() -> None:
    found = diagnose(claiming(denial(), Layer.RESOURCE), SEEN)
    assert found.rule == "condition_unmet"
    assert any("names the resource-based policy" in note for note in found.notes)
