"""The organization's own ceiling: a service or resource control policy; never an Allow on the role."""

import pytest

from iam_watchdog.model import Advice, Confidence, Effect, Layer, Unread
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, organization_policy
from tests.rules.cases import allow, claiming, denial, deny, evidence, identity, of

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
