"""A Deny statement that somebody wrote on purpose: a guardrail worked."""

import pytest

from iam_watchdog.model import Confidence, Effect, Layer, Unread
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, explicit_deny
from tests.rules.cases import (
    BUCKET,
    OBJECT,
    allow,
    boundary,
    claiming,
    denial,
    deny,
    encrypted,
    evidence,
    identity,
    key_policy,
    of,
    resource,
)

READS = identity(allow("s3:*"))


def test_it_is_silent_when_nothing_denies() -> None:
    assert explicit_deny.examine(denial(), evidence()) is None
    assert explicit_deny.examine(denial(), evidence(READS)) is None


def test_it_names_the_statement_and_where_it_stands() -> None:
    guard = resource(BUCKET, deny("s3:GetObject", f"{BUCKET}/incoming/*", Principal="*", Sid="NoReaders"))
    found = diagnose(denial(), evidence(READS, guard))
    assert found.rule == "explicit_deny"
    assert found.because == (
        f"Function orders (role orders-role) may not call s3:GetObject on {OBJECT}: "
        f'statement "NoReaders" of the bucket policy, attached to {BUCKET}, denies it explicitly '
        "(resource-based policy)."
    )
    assert "guardrail" in found.notes[0]


def test_no_fix_is_offered() -> None:
    seen = evidence(READS, identity(deny("s3:GetObject"), name="inline/guard"))
    found, plan, _ = propose.plan(diagnose(denial(), seen), denial(), seen)
    assert (found.layer, found.fixes, found.instead, plan) == (Layer.IDENTITY, (), (), None)


@pytest.mark.parametrize(
    ("policy", "layer"),
    [
        (identity(deny("s3:GetObject"), name="inline/guard"), Layer.IDENTITY),
        (boundary(allow("*"), deny("s3:GetObject")), Layer.BOUNDARY),
        (resource(BUCKET, deny("s3:GetObject", f"{BUCKET}/*", Principal="*")), Layer.RESOURCE),
        (of(Layer.SESSION, allow("*"), deny("s3:GetObject")), Layer.SESSION),
    ],
)
def test_the_evaluation_names_the_layer_whatever_the_message_says(policy: object, layer: Layer) -> None:
    refused = claiming(denial(), Layer.RCP if layer is not Layer.RCP else Layer.SCP, Effect.IMPLICIT)
    found = diagnose(refused, evidence(READS, policy))  # type: ignore[arg-type]
    assert (found.rule, found.layer, found.confidence) == ("explicit_deny", layer, Confidence.VERIFIED)
    assert any("names the resource control policy" in note for note in found.notes)
    assert any("says implicit deny" in note for note in found.notes)


def test_a_deny_in_a_policy_that_could_not_be_read_is_reported() -> None:
    seen = evidence(READS, unread=[Unread(Layer.RESOURCE, f"bucket policy of {BUCKET}", "AccessDenied")])
    found = diagnose(claiming(denial(), Layer.RESOURCE, Effect.EXPLICIT), seen)
    assert (found.rule, found.layer, found.confidence) == ("explicit_deny", Layer.RESOURCE, Confidence.REPORTED)


def test_a_claimed_deny_that_is_not_there_is_not_believed() -> None:
    found = diagnose(claiming(denial(), Layer.IDENTITY, Effect.EXPLICIT), evidence())
    assert found.rule == "identity_missing_allow"
    assert any("says explicit deny" in note for note in found.notes)


def test_a_deny_whose_condition_nobody_can_check_is_believed_on_aws_word() -> None:
    outsiders = {"StringNotEquals": {"aws:PrincipalOrgID": "o-abcde12345"}}
    guard = resource(BUCKET, deny("s3:*", f"{BUCKET}/*", Principal="*", Sid="OwnOnly", Condition=outsiders))
    found = diagnose(claiming(denial(), Layer.RESOURCE, Effect.EXPLICIT), evidence(READS, guard))
    assert (found.rule, found.confidence) == ("explicit_deny", Confidence.REPORTED)
    assert (
        'statement "OwnOnly" of the bucket policy denies it under a condition that cannot be checked' in found.because
    )
    alone = evidence(READS, guard, facts={"organization": "none"})
    assert diagnose(denial(), alone).confidence is Confidence.VERIFIED


def test_a_key_that_denies_is_the_guardrail_of_an_otherwise_allowed_read() -> None:
    root = allow("kms:*", Principal={"AWS": "arn:aws:iam::111122223333:root"})
    shut = key_policy(root, deny("kms:Decrypt", Principal="*", Sid="Sealed"))
    seen = evidence(identity(allow(["s3:*", "kms:*"])), shut, targets=encrypted())
    found = diagnose(denial(), seen)
    assert (found.rule, found.layer) == ("explicit_deny", Layer.RESOURCE)
    assert "may not call kms:Decrypt" in found.because


def test_a_deny_that_may_speak_is_not_hidden_by_a_missing_allow() -> None:
    address = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    guard = resource(BUCKET, deny("s3:*", f"{BUCKET}/*", Sid="OnlyOffice", Principal="*", Condition=address))
    found = diagnose(claiming(denial(), Layer.RESOURCE, Effect.EXPLICIT), evidence(guard))
    assert (found.rule, found.layer, found.fixes) == ("explicit_deny", Layer.RESOURCE, ())
    assert '"OnlyOffice"' in found.because
    assert any(note.startswith("Besides, the identity-based policy") for note in found.notes)
    assert diagnose(claiming(denial(), Layer.IDENTITY), evidence(guard)).rule == "identity_missing_allow"
