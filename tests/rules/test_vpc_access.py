"""The function has no network interface: its role may not make one while VpcConfig is set."""

import json
from typing import get_args

from iam_watchdog import records
from iam_watchdog.model import AttachManagedPolicy, Grant, Guardrail, Kind, Layer, Policy, Witness
from iam_watchdog.remedy import propose
from iam_watchdog.remedy.document import document
from iam_watchdog.rules import diagnose, vpc_access
from tests.rules.cases import FUNCTION, ROLE, allow, boundary, claiming, denial, evidence, function, identity

STUCK = denial("ec2:CreateNetworkInterface", "*", kind=Kind.LAMBDA_VPC_ENI, witness=Witness.CONFIG)
SEEN = evidence(function=function(in_vpc=True))
VPC = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"


def test_it_is_silent_outside_a_vpc_and_when_the_role_may() -> None:
    assert vpc_access.examine(denial("ec2:CreateNetworkInterface", "*"), evidence()) is None
    allowed = evidence(identity(allow("ec2:*")), function=function(in_vpc=True))
    assert vpc_access.examine(STUCK, allowed) is None


def test_it_says_that_lambda_cannot_connect_the_function() -> None:
    found = diagnose(STUCK, SEEN)
    assert (found.rule, found.layer) == ("vpc_access", Layer.IDENTITY)
    assert "is in a VPC, but no identity-based policy of its role orders-role allows ec2:Create" in found.because


def test_the_managed_policy_is_proposed_and_the_deny_for_the_code_recommended() -> None:
    found, plan, proof = propose.plan(diagnose(STUCK, SEEN), STUCK, SEEN)
    assert found.fixes == (AttachManagedPolicy(ROLE, VPC),)
    assert any("lambda:SourceFunctionArn" in note for note in found.notes)
    (beside,) = found.beside
    (statement,) = (document(beside) or {})["Statement"]
    assert (statement["Effect"], statement["Resource"]) == ("Deny", "*")
    assert statement["Condition"] == {"ArnEquals": {"lambda:SourceFunctionArn": FUNCTION}}
    assert {"ec2:CreateNetworkInterface", "ec2:DetachNetworkInterface"} <= set(statement["Action"])
    assert plan
    assert proof
    assert (proof.gained, bool(proof.surplus)) == ((), True)


def test_a_boundary_is_named_whatever_the_message_says() -> None:
    seen = evidence(identity(allow("ec2:*")), boundary(allow("s3:*")), function=function(in_vpc=True))
    found = diagnose(claiming(STUCK, Layer.IDENTITY), seen)
    assert (found.rule, found.layer) == ("permissions_boundary", Layer.BOUNDARY)


def test_the_recommended_deny_stops_the_code_and_not_lambda_and_is_not_recommended_twice() -> None:
    found = diagnose(STUCK, SEEN)
    text = json.dumps(document(found.beside[0]))
    for kind in (Kind.LAMBDA_VPC_ENI, Kind.IAM_DENIAL):
        seen = evidence(Policy(Layer.IDENTITY, "inline/own", text, ROLE), function=function(in_vpc=True))
        asked = denial("ec2:CreateNetworkInterface", "*", kind=kind)
        assert (diagnose(asked, seen).rule == "vpc_access") is (kind is Kind.LAMBDA_VPC_ENI)
    assert diagnose(STUCK, seen).beside == ()


def test_no_plan_and_no_hand_takes_a_recommended_deny() -> None:
    found, plan, _ = propose.plan(diagnose(STUCK, SEEN), STUCK, SEEN)
    assert Guardrail not in get_args(Grant.__value__)
    assert plan
    assert plan.grants == found.fixes
    assert records.load(type(found), records.dump(found)) == found
