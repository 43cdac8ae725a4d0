"""The target's own policy lacks the Allow: always so across accounts, where both sides have to say yes."""

from iam_watchdog.model import AddRoleStatements, Advice, Allow, Confidence, Layer, Target, Unread
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, resource_policy
from tests.rules.cases import ACCOUNT, QUEUE, ROLE, allow, claiming, denial, evidence, identity, resource

THEIRS = QUEUE.replace(ACCOUNT, "444455556666")
SENDING = denial("sqs:SendMessage", THEIRS)
SENDS = identity(allow("sqs:SendMessage"))
FOREIGN = [Target(THEIRS, "444455556666")]


def test_it_is_silent_within_one_account_where_either_side_is_enough() -> None:
    assert resource_policy.examine(denial("sqs:SendMessage", QUEUE), evidence()) is None
    assert resource_policy.examine(denial("sqs:SendMessage", QUEUE), evidence(SENDS)) is None


def test_it_says_that_both_sides_have_to_allow() -> None:
    found = diagnose(SENDING, evidence(SENDS, targets=FOREIGN))
    assert (found.rule, found.layer) == ("resource_policy", Layer.RESOURCE)
    assert "belongs to account 444455556666, so both sides have to allow it" in found.because


def test_the_owners_statement_is_advice_and_the_own_side_a_grant() -> None:
    seen = evidence(targets=FOREIGN)
    found, plan, proof = propose.plan(diagnose(SENDING, seen), SENDING, seen)
    own, theirs = found.fixes
    assert isinstance(own, AddRoleStatements)
    assert isinstance(theirs, Advice)
    assert theirs.statements == (Allow(("sqs:SendMessage",), (THEIRS,), (), (("AWS", ROLE),)),)
    assert plan is None
    assert proof
    assert proof.holds


def test_a_policy_that_nobody_could_read_is_reported() -> None:
    seen = evidence(SENDS, targets=FOREIGN, unread=[Unread(Layer.RESOURCE, f"policy of {THEIRS}", "AccessDenied")])
    found = diagnose(claiming(SENDING, Layer.RESOURCE), seen)
    assert (found.rule, found.confidence) == ("resource_policy", Confidence.REPORTED)


def test_another_accounts_function_policy_that_nobody_could_read_is_reported() -> None:
    theirs = "arn:aws:lambda:eu-west-1:444455556666:function:theirs:live"
    calls = identity(allow("lambda:InvokeFunction"))
    seen = evidence(calls, unread=[Unread(Layer.INVOKE, f"function policy of {theirs}", "not asked")])
    found = diagnose(claiming(denial("lambda:InvokeFunction", theirs), Layer.RESOURCE), seen)
    assert (found.rule, found.layer, found.confidence) == ("resource_policy", Layer.INVOKE, Confidence.REPORTED)
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    assert fix.statements == (Allow(("lambda:InvokeFunction",), (theirs,), (), (("AWS", ROLE),)),)


def test_both_sides_are_proposed_where_the_role_lacks_it_and_the_others_policy_is_unread() -> None:
    seen = evidence(targets=FOREIGN, unread=[Unread(Layer.RESOURCE, f"policy of {THEIRS}", "not asked")])
    found, plan, _ = propose.plan(diagnose(SENDING, seen), SENDING, seen)
    assert (found.rule, found.layer) == ("identity_missing_allow", Layer.IDENTITY)
    own, theirs = found.fixes
    assert isinstance(own, Advice)
    assert isinstance(theirs, Advice)
    assert own.statements == (Allow(("sqs:SendMessage",), (THEIRS,)),)
    assert theirs.statements == (Allow(("sqs:SendMessage",), (THEIRS,), (), (("AWS", ROLE),)),)
    assert plan is None


def test_a_queue_of_the_own_account_that_nobody_could_read_needs_the_role_alone() -> None:
    seen = evidence(unread=[Unread(Layer.RESOURCE, f"policy of {QUEUE}", "AccessDenied")])
    found = diagnose(denial("sqs:SendMessage", QUEUE), seen)
    assert [fix.layer for fix in found.fixes if isinstance(fix, Advice)] == []


def test_a_message_that_blames_the_role_is_corrected() -> None:
    found = diagnose(claiming(SENDING, Layer.IDENTITY), evidence(SENDS, targets=FOREIGN))
    assert found.rule == "resource_policy"
    assert any("names the identity-based policy" in note for note in found.notes)


LAYER = "arn:aws:lambda:eu-west-1:444455556666:layer:tools:3"


def test_the_owner_of_a_layer_admits_the_account_since_a_layer_admits_no_role() -> None:
    others = resource(
        LAYER, allow("lambda:GetLayerVersion", LAYER, Principal={"AWS": "arn:aws:iam::999999999999:root"})
    )
    refused = denial("lambda:GetLayerVersion", LAYER)
    seen = evidence(others, targets=[Target(LAYER, "444455556666")])
    found, plan, proof = propose.plan(diagnose(refused, seen), refused, seen)
    own, theirs = found.fixes
    assert isinstance(own, AddRoleStatements)
    assert isinstance(theirs, Advice)
    assert theirs.statements[0].principals == (("AWS", f"arn:aws:iam::{ACCOUNT}:root"),)
    assert (found.rule, plan) == ("resource_policy", None)
    assert proof
    assert proof.holds


def test_the_owner_of_an_access_point_is_asked_about_the_access_point_not_about_the_object() -> None:
    point = "arn:aws:s3:eu-west-1:999988887777:accesspoint/theirs"
    found = diagnose(denial(on=f"{point}/object/incoming/object/a.csv"), evidence())
    assert [fix.target for fix in found.fixes if isinstance(fix, Advice)] == [point]
