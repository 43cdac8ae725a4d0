"""The policies allow the call by now: a change is still spreading, or somebody has mended it."""

from iam_watchdog.model import Effect, Kind, Layer, Message, Target, Unread
from iam_watchdog.remedy import propose
from iam_watchdog.rules import already_allowed, diagnose
from tests.rules.cases import OBJECT, allow, claiming, denial, encrypted, evidence, identity

READS = identity(allow("s3:GetObject", "arn:aws:s3:::orders-in/*", Sid="Read"), allow("s3:ListBucket"))


def test_it_is_silent_while_the_call_is_refused() -> None:
    assert already_allowed.examine(denial(), evidence()) is None


def test_it_says_that_the_role_may_now_and_by_which_statement() -> None:
    found = diagnose(denial(), evidence(READS))
    assert found.rule == "already_allowed"
    assert found.because.startswith(
        f'Role orders-role of function orders may call s3:GetObject on {OBJECT} now (statement "Read" of inline policy'
    )


def test_there_is_nothing_to_grant() -> None:
    found, plan, proof = propose.plan(diagnose(denial(), evidence(READS)), denial(), evidence(READS))
    assert (found.fixes, plan, proof) == ((), None, None)


def test_a_message_that_blames_the_role_is_out_of_date() -> None:
    assert diagnose(claiming(denial(), Layer.IDENTITY), evidence(READS)).rule == "already_allowed"


def test_an_organization_policy_that_nobody_can_read_may_still_deny() -> None:
    seen = evidence(READS, unread=[Unread(Layer.SCP, "service control policies", "AccessDenied")])
    assert diagnose(claiming(denial(), Layer.SCP, Effect.EXPLICIT), seen).rule == "organization_policy"


def test_a_bare_refusal_is_not_said_to_be_over_while_the_key_is_in_doubt() -> None:
    seen = evidence(READS, targets=encrypted())
    bare = denial(said=Message(Kind.IAM_DENIAL, error_code="AccessDenied", operation="GetObject"))
    found = diagnose(bare, seen)
    assert found.rule == "undecided"
    assert any("kms:Decrypt" in note for note in found.notes)


def test_what_does_not_exist_is_said_rather_than_that_a_change_spreads() -> None:
    gone = Target("arn:aws:s3:::orders-in", traits={"exists": "false"})
    found = diagnose(claiming(denial(), Layer.RESOURCE), evidence(READS, targets=[gone]))
    assert found.rule == "already_allowed"
    assert "but arn:aws:s3:::orders-in does not exist (any more)" in found.because
    assert any("AWS's message names the resource-based policy" in note for note in found.notes)


def test_a_message_about_the_role_itself_needs_no_word_more() -> None:
    found = diagnose(claiming(denial(), Layer.IDENTITY), evidence(READS))
    assert not any("AWS's message names" in note for note in found.notes)
