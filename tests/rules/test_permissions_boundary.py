"""The role's permissions boundary lacks the action: it caps what every policy of the role may allow."""

import pytest

from iam_watchdog.model import AddRoleStatements, Advice, Confidence, Layer, Unread, Words
from iam_watchdog.remedy import managed, propose
from iam_watchdog.rules import diagnose, permissions_boundary
from tests.rules.cases import (
    BOUNDARY,
    OBJECT,
    allow,
    boundary,
    claiming,
    denial,
    encrypted,
    evidence,
    function,
    identity,
    key_policy,
    role,
)

READS = identity(allow("s3:*"))
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:orders"
LOG = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders"
FED = function(tracing=True, mappings=((QUEUE, "Enabled", ""),))
CAPPED = evidence(READS, boundary(allow("sqs:*")), role=role(boundary=BOUNDARY))


def test_it_is_silent_when_the_boundary_allows() -> None:
    assert permissions_boundary.examine(denial(), evidence(boundary(allow("s3:*")))) is None


def test_it_names_the_boundary() -> None:
    found = diagnose(denial(), CAPPED)
    assert (found.rule, found.layer, found.confidence) == ("permissions_boundary", Layer.BOUNDARY, Confidence.VERIFIED)
    assert f"may not call s3:GetObject on {OBJECT}: the permissions boundary {BOUNDARY} lacks it" in found.because


def test_it_is_only_advice_for_the_boundarys_owner() -> None:
    found, plan, proof = propose.plan(diagnose(denial(), CAPPED), denial(), CAPPED)
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    assert (fix.layer, fix.target, plan) == (Layer.BOUNDARY, BOUNDARY, None)
    assert fix.statements[0].actions == ("s3:GetObject",)
    assert proof
    assert proof.holds


def test_what_the_role_lacks_besides_is_proposed_together() -> None:
    seen = evidence(boundary(allow("sqs:*")), role=role(boundary=BOUNDARY))
    found = diagnose(denial(), seen)
    assert [type(fix) for fix in found.fixes] == [AddRoleStatements, Advice]


def test_a_message_that_blames_the_role_is_corrected() -> None:
    found = diagnose(claiming(denial(), Layer.IDENTITY), CAPPED)
    assert found.rule == "permissions_boundary"
    assert any("names the identity-based policy" in note for note in found.notes)


def test_a_boundary_that_could_not_be_read_is_reported() -> None:
    seen = evidence(READS, unread=[Unread(Layer.BOUNDARY, BOUNDARY, "AccessDenied")])
    found = diagnose(claiming(denial(), Layer.BOUNDARY), seen)
    assert (found.rule, found.confidence) == ("permissions_boundary", Confidence.REPORTED)


def test_a_blamed_boundary_that_allows_is_not_believed() -> None:
    found = diagnose(claiming(denial(), Layer.BOUNDARY), evidence(boundary(allow("*"))))
    assert found.rule == "identity_missing_allow"


def test_a_boundary_without_the_key_of_an_otherwise_allowed_read_is_named() -> None:
    may = identity(allow(["s3:*", "kms:*"]))
    seen = evidence(may, boundary(allow("s3:*")), key_policy(), targets=encrypted())
    found = diagnose(denial(), seen)
    assert found.rule == "permissions_boundary"
    assert "may not call kms:Decrypt" in found.because


@pytest.mark.parametrize(
    ("refused", "resource", "together"),
    [
        ("logs:PutLogEvents", f"{LOG}:log-stream:any", managed.LOGS),
        ("sqs:ReceiveMessage", QUEUE, ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")),
        ("xray:PutTraceSegments", "*", ("xray:PutTelemetryRecords", "xray:PutTraceSegments")),
    ],
)
def test_what_lambda_does_for_the_function_is_proposed_whole(refused: str, resource: str, together: Words) -> None:
    seen = evidence(identity(allow("*")), boundary(allow("s3:*")), function=FED)
    (fix,) = diagnose(denial(refused, resource), seen).fixes
    assert isinstance(fix, Advice)
    assert {action for allowed in fix.statements for action in allowed.actions} == set(together)
    assert all(set(allowed.resources) <= {resource, LOG, f"{LOG}:*"} for allowed in fix.statements)


def test_what_the_code_does_elsewhere_is_proposed_alone() -> None:
    seen = evidence(identity(allow("*")), boundary(allow("s3:*")), function=FED)
    (fix,) = diagnose(denial("sqs:ReceiveMessage", f"{QUEUE}-other"), seen).fixes
    assert isinstance(fix, Advice)
    assert [allowed.actions for allowed in fix.statements] == [("sqs:ReceiveMessage",)]
