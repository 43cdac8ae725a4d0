"""What AWS itself says about the call completes what the text left out, and is trusted as no text is."""

import json

from iam_watchdog.model import Kind, Message
from iam_watchdog.rules import diagnose
from iam_watchdog.rules.case import open_case
from iam_watchdog.rules.case.binding import bound
from tests.rules.cases import BUCKET, allow, denial, evidence, identity

INSTANCE = "arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d4e5f60718"
DECODED = {
    "explicitDeny": False,
    "action": "ec2:StartInstances",
    "resource": INSTANCE,
    "conditions": {"items": [{"key": "ec2:ResourceTag/state", "values": {"items": [{"value": "spare"}]}}]},
}


def test_a_decoded_message_names_what_the_text_did_not() -> None:
    bare = denial("", None, said=Message(Kind.IAM_DENIAL, encoded="AbCd"))
    found = diagnose(bare, evidence(facts={"decoded": json.dumps(DECODED)}))
    assert found.rule == "identity_missing_allow"
    assert found.request
    assert (found.request.action, found.request.resource) == ("ec2:StartInstances", INSTANCE)
    assert found.request.context["ec2:ResourceTag/state"] == ("spare",)


def test_authorization_details_tell_the_values_that_nobody_else_knows() -> None:
    tagged = allow("s3:GetObject", f"{BUCKET}/*", Condition={"StringEquals": {"s3:ExistingObjectTag/state": "ready"}})
    told = {"evaluations": [{"action": "s3:GetObject", "context": {"s3:ExistingObjectTag/state": "raw"}}]}
    seen = evidence(identity(tagged), facts={"authorization": json.dumps(told)})
    assert not open_case(denial(), seen).undecidable
    assert "here it is raw" in diagnose(denial(), seen).because


def test_a_confirmed_witness_counts_as_such() -> None:
    assert not bound(denial(principal=None), evidence())
    assert bound(denial(principal=None), evidence(facts={"witness_confirmed": "cloudtrail"}))
    assert not bound(denial(principal=None), evidence(facts={"witness_confirmed": "log"}))
