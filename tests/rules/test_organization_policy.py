"""The organization's own ceiling: a service or resource control policy; never an Allow on the role."""

from dataclasses import replace
from typing import Any

import pytest

from iam_watchdog.model import Advice, Confidence, Denial, Effect, Layer, Policy, Target, Unread
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, organization_policy
from tests.rules.cases import ACCOUNT, BUCKET, allow, claiming, denial, deny, evidence, identity, of

READS = identity(allow("s3:*"))
SCP_ARN = "arn:aws:organizations::999988887777:policy/o-abcde12345/service_control_policy/p-12345678"
FULL = of(Layer.SCP, allow("*"), name="FullAWSAccess")


def test_it_is_silent_when_the_policies_that_were_read_allow() -> None:
    assert organization_policy.examine(denial(), evidence(READS, FULL)) is None
    assert organization_policy.examine(claiming(denial(), Layer.SCP), evidence(FULL)) is None


@pytest.mark.parametrize("layer", [Layer.SCP, Layer.RCP])
def test_it_names_the_policy_that_denies(layer: Layer) -> None:
    ceiling = of(layer, allow("*", Principal="*") if layer is Layer.RCP else allow("*"), name="full")
    guard = deny("s3:GetObject", Sid="NoS3", **({"Principal": "*"} if layer is Layer.RCP else {}))
    found = diagnose(denial(), evidence(READS, ceiling, of(layer, guard, name="p-guard")))
    assert (found.rule, found.layer, found.confidence) == ("organization_policy", layer, Confidence.VERIFIED)
    assert "p-guard denies it" in found.because


def test_it_is_advice_without_any_statement() -> None:
    refused = claiming(denial(), Layer.SCP, Effect.EXPLICIT, policy_arn=SCP_ARN)
    seen = evidence(READS, unread=[Unread(Layer.SCP, "service control policies", "AccessDenied")])
    found, plan, _ = propose.plan(diagnose(refused, seen), refused, seen)
    assert (found.rule, found.confidence, plan) == ("organization_policy", Confidence.REPORTED, None)
    assert SCP_ARN in found.because
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    assert (fix.target, fix.statements) == (SCP_ARN, ())


def test_an_explicit_deny_of_the_organization_stands_and_what_lacks_besides_is_said() -> None:
    seen = evidence(unread=[Unread(Layer.SCP, "service control policies", "AccessDenied")])
    found = diagnose(claiming(denial(), Layer.SCP, Effect.EXPLICIT), seen)
    assert found.rule == "organization_policy"
    assert any("identity-based policy would not allow it either" in note for note in found.notes)


def test_a_message_that_blames_it_implicitly_yields_to_what_certainly_lacks() -> None:
    found = diagnose(claiming(denial(), Layer.SCP), evidence())
    assert (found.rule, found.layer) == ("identity_missing_allow", Layer.IDENTITY)
    assert any("names the service control policy" in note for note in found.notes)


HIDDEN = [Unread(layer, "policies of the organization", "AccessDenied") for layer in (Layer.SCP, Layer.RCP)]
RCP_ARN = SCP_ARN.replace("service", "resource")


def advised(layer: Layer, *policies: Policy, named: str | None = None, of: Denial | None = None, **seen: Any) -> Advice:
    """What its owners are told."""
    said = claiming(of or denial(), layer, Effect.EXPLICIT, policy_arn=named)
    (fix,) = diagnose(said, evidence(READS, *policies, unread=() if policies else HIDDEN, **seen)).fixes
    assert isinstance(fix, Advice)
    return fix


def test_a_policy_that_has_a_name_is_its_target_and_said() -> None:
    for layer, arn in ((Layer.SCP, SCP_ARN), (Layer.RCP, RCP_ARN)):
        fix = advised(layer, named=arn)
        assert fix.target == arn
        assert arn in fix.text
    full = Policy(
        Layer.SCP, "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess", FULL.text, "r-1"
    )
    shut = Policy(Layer.SCP, SCP_ARN, of(Layer.SCP, deny("s3:*")).text, "ou-1", 1)
    assert advised(Layer.SCP, full, replace(full, level=1), shut).target == SCP_ARN


def test_one_without_a_name_is_about_the_account_that_it_applies_to() -> None:
    """No ARN of the organization is made up, and an account's or unit's id alone is none."""
    fix = advised(Layer.SCP)
    assert fix.target == f"arn:aws:iam::{ACCOUNT}:root"
    assert fix.text == (
        "The organization's owners decide on the account's organization policies: a service control policy that "
        f"applies to account {ACCOUNT} forbids this; no Allow on the role can help."
    )
    nothing = Policy(Layer.SCP, SCP_ARN, of(Layer.SCP, allow("sqs:*")).text, "r-1")
    assert advised(Layer.SCP, nothing).target == f"arn:aws:iam::{ACCOUNT}:root"
    china = denial("sqs:SendMessage", "arn:aws-cn:sqs:cn-north-1:111122223333:q")
    assert advised(Layer.SCP, of=china).target == f"arn:aws-cn:iam::{ACCOUNT}:root"


def test_a_resource_control_policy_applies_to_the_owner_of_the_resource() -> None:
    theirs = "arn:aws:sqs:eu-west-1:999988887777:theirs"
    assert advised(Layer.RCP, of=denial("sqs:SendMessage", theirs)).target == "arn:aws:iam::999988887777:root"
    assert advised(Layer.RCP, targets=[Target(BUCKET, "444455556666")]).target == "arn:aws:iam::444455556666:root"
    unknown = advised(Layer.RCP)
    assert unknown.target == BUCKET
    assert f"applies to the account of {BUCKET}" in unknown.text
