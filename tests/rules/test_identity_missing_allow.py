"""The plain case: no identity-based policy of the execution role allows the action."""

from dataclasses import replace

from iam_watchdog.model import AddRoleStatements, Allow, Confidence, Kind, Layer, Message, Target, Unread
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, identity_missing_allow
from tests.rules.cases import (
    ACCOUNT,
    BUCKET,
    OBJECT,
    ROLE,
    allow,
    claiming,
    denial,
    encrypted,
    evidence,
    function,
    identity,
    key_policy,
    resource,
)

DIRECTORY = "arn:aws:s3:::orders-in/incoming/2026/*"
OWN = (("StringEquals", "aws:ResourceAccount", (ACCOUNT,)),)


def test_it_is_silent_when_the_role_may() -> None:
    seen = evidence(identity(allow("s3:GetObject", DIRECTORY)))
    assert identity_missing_allow.examine(denial(), seen) is None


def test_it_names_function_role_action_resource_and_layer() -> None:
    found = diagnose(denial(), evidence(identity(allow("sqs:SendMessage"))))
    assert found.rule == "identity_missing_allow"
    assert found.because == (
        f"Function orders (role orders-role) may not call s3:GetObject on {OBJECT}: "
        "no identity-based policy of the role allows it."
    )
    assert (found.layer, found.confidence, found.bound) == (Layer.IDENTITY, Confidence.VERIFIED, True)


def test_it_proposes_the_statement_and_proves_it() -> None:
    seen, refused = evidence(), denial()
    found, plan, proof = propose.plan(diagnose(refused, seen), refused, seen)
    assert found.fixes == (AddRoleStatements(ROLE, (Allow(("s3:GetObject",), (DIRECTORY,), OWN),)),)
    assert plan
    assert proof
    assert proof.holds


def test_the_key_that_encrypts_the_object_is_proposed_together() -> None:
    seen = evidence(key_policy(), targets=encrypted())
    found, plan, _ = propose.plan(diagnose(denial(), seen), denial(), seen)
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert [s.actions for s in fix.statements] == [("s3:GetObject",), ("kms:Decrypt",)]
    assert fix.statements[1].conditions == (("StringEquals", "kms:ViaService", ("s3.eu-west-1.amazonaws.com",)),)
    assert plan


def test_a_message_that_blames_the_resource_policy_is_corrected() -> None:
    refused = claiming(denial(), Layer.RESOURCE)
    found = diagnose(refused, evidence())
    assert (found.rule, found.layer) == ("identity_missing_allow", Layer.IDENTITY)
    assert "names the resource-based policy" in found.notes[0]


def test_a_bucket_policy_that_nobody_could_read_leaves_it_incomplete_and_unproven() -> None:
    seen = evidence(unread=[Unread(Layer.RESOURCE, f"bucket policy of {BUCKET}", "AccessDenied")])
    found, plan, _ = propose.plan(diagnose(denial(), seen), denial(), seen)
    assert (found.rule, found.confidence, plan) == ("identity_missing_allow", Confidence.INCOMPLETE, None)
    assert not any(isinstance(fix, AddRoleStatements) for fix in found.fixes)
    assert any(note.startswith("not read: resource-based policy") for note in found.notes)


def test_unread_organization_policies_do_not_lower_what_is_verified() -> None:
    seen = evidence(unread=[Unread(Layer.SCP, "service control policies", "AccessDenied")])
    found, plan, _ = propose.plan(diagnose(denial(), seen), denial(), seen)
    assert found.confidence is Confidence.VERIFIED
    assert plan


def test_another_buckets_policy_that_could_not_be_read_changes_nothing() -> None:
    seen = evidence(
        resource(BUCKET, allow("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": "arn:aws:iam::444455556666:root"})),
        unread=[Unread(Layer.RESOURCE, "bucket policy of arn:aws:s3:::other", "AccessDenied")],
    )
    assert diagnose(denial(), seen).confidence is Confidence.VERIFIED


def test_a_key_named_like_a_wildcard_stays_a_name() -> None:
    refused = denial(on="arn:aws:s3:::orders-in/*")
    found = diagnose(refused, evidence())
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert fix.statements[0].resources == ("arn:aws:s3:::orders-in/${*}",)


def test_a_topics_default_policy_does_not_put_it_in_doubt() -> None:
    topic = "arn:aws:sns:eu-west-1:111122223333:orders"
    default = allow(
        "SNS:Publish", topic, Principal={"AWS": "*"}, Condition={"StringEquals": {"AWS:SourceOwner": ACCOUNT}}
    )
    found = diagnose(denial("sns:Publish", topic), evidence(resource(topic, default, name="topic policy")))
    assert (found.rule, found.confidence) == ("identity_missing_allow", Confidence.VERIFIED)


def test_an_account_that_api_gateway_masks_is_told_by_its_last_digits() -> None:
    masked = denial("execute-api:Invoke", "arn:aws:execute-api:eu-west-1:********3333:abc123/dev/GET/orders")
    (fix,) = diagnose(masked, evidence()).fixes
    assert isinstance(fix, AddRoleStatements)
    assert fix.statements[0].resources == (f"arn:aws:execute-api:eu-west-1:{ACCOUNT}:abc123/dev/GET/orders",)
    foreign = denial("execute-api:Invoke", "arn:aws:execute-api:eu-west-1:********9999:abc123/dev/GET/orders")
    assert diagnose(foreign, evidence()).rule == "undecided"


def test_what_the_role_may_do_to_nothing_at_all_is_certain_without_the_resource() -> None:
    bare = denial("s3:GetObject", None)
    found = diagnose(bare, evidence(identity(allow("s3:ListBucket", BUCKET)), targets=()))
    assert (found.rule, found.confidence) == ("identity_missing_allow", Confidence.INCOMPLETE)
    assert found.because.endswith("no identity-based policy of the role allows it, on any resource.")
    assert not any(getattr(fix, "statements", ()) for fix in found.fixes)


def test_what_it_may_do_to_something_is_not_certain_without_the_resource() -> None:
    bare = denial("s3:GetObject", None)
    assert diagnose(bare, evidence(identity(allow("s3:GetObject", DIRECTORY)), targets=())).rule == "undecided"


def test_a_secret_whose_arn_its_service_told_is_named_by_it_alone() -> None:
    arn = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:shop/db-abcdef"
    told = evidence(targets=(Target(arn, ACCOUNT, traits={"arn": "told"}),))
    (fix,) = diagnose(denial("secretsmanager:GetSecretValue", arn), told).fixes
    assert isinstance(fix, AddRoleStatements)
    assert fix.statements[0].resources == (arn,)
    (wider,) = diagnose(denial("secretsmanager:GetSecretValue", arn), evidence(targets=())).fixes
    assert isinstance(wider, AddRoleStatements)
    assert wider.statements[0].resources == (arn, f"{arn}-??????")


def test_a_call_that_asks_for_more_than_was_refused_says_so() -> None:
    put = denial("s3:PutObject", OBJECT)
    copying = replace(put, said=Message(Kind.IAM_DENIAL, operation="CopyObject"))
    assert any("s3:GetObject on the source" in note for note in diagnose(copying, evidence()).notes)


def test_traces_are_sent_by_two_actions_and_both_are_proposed() -> None:
    refused = denial("xray:PutTraceSegments", "*")
    (fix,) = diagnose(refused, evidence(function=function(tracing=True))).fixes
    both = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
    assert fix == AddRoleStatements(ROLE, (Allow(both, ("*",)),))
    (alone,) = diagnose(refused, evidence()).fixes
    assert alone == AddRoleStatements(ROLE, (Allow(both[1:], ("*",)),))
