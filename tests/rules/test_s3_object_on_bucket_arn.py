"""An object action that is granted on the bucket's ARN: without `/` and a key it covers no object."""

from iam_watchdog.model import AddRoleStatements, Layer
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, s3_object_on_bucket_arn
from tests.rules.cases import BUCKET, allow, boundary, claiming, denial, evidence, identity

MISTAKEN = evidence(identity(allow(["s3:GetObject", "s3:PutObject"], BUCKET, Sid="Objects")))


def test_it_is_silent_about_other_mistakes() -> None:
    assert s3_object_on_bucket_arn.examine(denial(), evidence()) is None
    other = evidence(identity(allow("s3:GetObject", "arn:aws:s3:::another")))
    assert s3_object_on_bucket_arn.examine(denial(), other) is None
    assert s3_object_on_bucket_arn.examine(denial("s3:ListBucket", BUCKET), MISTAKEN) is None


def test_it_says_that_a_bucket_is_no_object() -> None:
    found = diagnose(denial(), MISTAKEN)
    assert (found.rule, found.layer) == ("s3_object_on_bucket_arn", Layer.IDENTITY)
    assert f'statement "Objects" of inline policy reader allows s3:GetObject on the bucket {BUCKET}' in found.because


def test_the_directory_of_the_object_is_proposed() -> None:
    found, plan, _ = propose.plan(diagnose(denial(), MISTAKEN), denial(), MISTAKEN)
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert fix.statements[0].resources == (f"{BUCKET}/incoming/2026/*",)
    assert plan


def test_a_message_that_blames_the_bucket_policy_is_corrected() -> None:
    found = diagnose(claiming(denial(), Layer.RESOURCE), MISTAKEN)
    assert found.rule == "s3_object_on_bucket_arn"
    assert any("names the resource-based policy" in note for note in found.notes)


def test_a_boundary_that_lacks_it_goes_first() -> None:
    seen = evidence(identity(allow("s3:GetObject", BUCKET)), boundary(allow("sqs:*")))
    assert diagnose(denial(), seen).rule == "permissions_boundary"
