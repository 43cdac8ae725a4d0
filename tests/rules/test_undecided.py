"""Nothing else spoke: what is known, what could not be read, what to check next."""

from iam_watchdog.model import Confidence, Effect, Kind, Layer, Message, Unread
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, undecided
from tests.rules.cases import allow, denial, evidence, identity


def test_it_speaks_only_last() -> None:
    seen = evidence(identity(allow("s3:*")))
    assert diagnose(denial(), seen).rule != "undecided"
    assert undecided.examine(denial(), seen) is not None


def test_an_unknown_action_is_said_to_be_unknown() -> None:
    bare = denial("", None, said=Message(Kind.IAM_DENIAL, operation="PutThing", error_code="AccessDenied"))
    found = diagnose(bare, evidence())
    assert (found.rule, found.confidence) == ("undecided", Confidence.INCOMPLETE)
    assert "was refused when it called PutThing" in found.because
    assert any(note.startswith("Next: ") for note in found.notes)


def test_nothing_is_proposed() -> None:
    bare = denial("", None)
    found, plan, proof = propose.plan(diagnose(bare, evidence()), bare, evidence())
    assert (found.fixes, plan, proof) == ((), None, None)


def test_a_role_that_could_not_be_read_is_not_taken_for_one_without_policies() -> None:
    seen = evidence(role=None, unread=[Unread(Layer.IDENTITY, "execution role", "AccessDenied")])
    found = diagnose(denial(), seen)
    assert (found.rule, found.confidence) == ("undecided", Confidence.INCOMPLETE)
    assert not found.bound


def test_the_layers_that_decide_and_were_not_read_are_named_and_none_that_only_might_limit() -> None:
    gaps = [Unread(layer, "it", "AccessDenied") for layer in (Layer.SCP, Layer.RCP, Layer.BOUNDARY, Layer.IDENTITY)]
    said = denial(said=Message(Kind.IAM_DENIAL, layer=Layer.IDENTITY, effect=Effect.IMPLICIT))
    found = diagnose(said, evidence(unread=gaps))
    assert found.rule == "undecided"
    assert found.because.endswith(
        "it cannot be decided which layer denies, since the permissions boundary and the identity-based policy could "
        "not be read; AWS's message names the identity-based policy."
    )
    assert "Next: look again with credentials that may read role orders-role and its policies" in found.notes


def test_an_unknown_resource_is_said_to_be_unknown_and_what_is_allowed_is_listed() -> None:
    bare = denial("s3:GetObject", None)
    seen = evidence(identity(allow("s3:GetObject", "arn:aws:s3:::orders-in/*", Sid="Read")))
    found, plan, _ = propose.plan(diagnose(bare, seen), bare, seen)
    assert (found.rule, found.confidence, found.fixes, plan) == ("undecided", Confidence.INCOMPLETE, (), None)
    assert "on a resource that the text does not name" in found.because
    assert found.notes[0] == 'statement "Read" of inline policy reader allows it on arn:aws:s3:::orders-in/*'


def test_an_action_that_does_without_a_resource_needs_none() -> None:
    bare = denial("cloudwatch:PutMetricData", None)
    found, plan, _ = propose.plan(diagnose(bare, evidence()), bare, evidence())
    assert found.rule == "identity_missing_allow"
    assert plan
