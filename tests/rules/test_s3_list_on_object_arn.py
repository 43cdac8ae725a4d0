"""ListBucket that is granted on an object's ARN: listing is asked of the bucket itself."""

from iam_watchdog.model import AddRoleStatements, Layer
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, s3_list_on_object_arn
from tests.rules.cases import ACCOUNT, BUCKET, allow, claiming, denial, evidence, identity

MISTAKEN = evidence(identity(allow("s3:*", f"{BUCKET}/*", Sid="All")))
LISTING = denial("s3:ListBucket", BUCKET)


def test_it_is_silent_about_other_mistakes() -> None:
    assert s3_list_on_object_arn.examine(LISTING, evidence()) is None
    assert s3_list_on_object_arn.examine(LISTING, evidence(identity(allow("s3:ListBucket", BUCKET)))) is None
    assert s3_list_on_object_arn.examine(denial(), MISTAKEN) is None


def test_it_says_that_the_bucket_itself_is_asked() -> None:
    found = diagnose(LISTING, MISTAKEN)
    assert (found.rule, found.layer) == ("s3_list_on_object_arn", Layer.IDENTITY)
    assert f"allows it on {BUCKET}/*, which are objects: s3:ListBucket is asked of the bucket {BUCKET}" in found.because


def test_the_bucket_is_proposed_with_the_prefix_when_it_is_known() -> None:
    found, plan, _ = propose.plan(diagnose(LISTING, MISTAKEN), LISTING, MISTAKEN)
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert fix.statements[0].resources == (BUCKET,)
    assert fix.statements[0].conditions == (("StringEquals", "aws:ResourceAccount", (ACCOUNT,)),)
    assert plan
    known = denial("s3:ListBucket", BUCKET, context={"s3:prefix": ("incoming/",)})
    (fix,) = diagnose(known, MISTAKEN).fixes
    assert isinstance(fix, AddRoleStatements)
    assert ("StringEquals", "s3:prefix", ("incoming/",)) in fix.statements[0].conditions


def test_a_message_that_blames_the_bucket_policy_is_corrected() -> None:
    found = diagnose(claiming(LISTING, Layer.RESOURCE), MISTAKEN)
    assert found.rule == "s3_list_on_object_arn"
    assert any("names the resource-based policy" in note for note in found.notes)
