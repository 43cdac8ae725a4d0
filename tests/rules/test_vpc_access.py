"""The function has no network interface: its role may not make one while VpcConfig is set."""

from iam_watchdog.model import AttachManagedPolicy, Kind, Layer, Witness
from iam_watchdog.remedy import propose
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
    assert any(f"lambda:SourceFunctionArn = {FUNCTION}" in note for note in found.notes)
    assert plan
    assert proof
    assert (proof.gained, bool(proof.surplus)) == ((), True)


def test_a_boundary_is_named_whatever_the_message_says() -> None:
    seen = evidence(identity(allow("ec2:*")), boundary(allow("s3:*")), function=function(in_vpc=True))
    found = diagnose(claiming(STUCK, Layer.IDENTITY), seen)
    assert (found.rule, found.layer) == ("permissions_boundary", Layer.BOUNDARY)
