"""The policy of the VPC endpoint that the call went through lacks the action."""

from iam_watchdog.model import AddRoleStatements, Advice, Confidence, Kind, Layer, Message
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, vpc_endpoint_policy
from tests.rules.cases import allow, claiming, denial, encrypted, evidence, function, identity, key_policy, of

READS = identity(allow("s3:*"))
SILENT = evidence(READS, of(Layer.VPCE, allow("*", Principal="*")), function=function(in_vpc=True))
CAPPED = evidence(READS, of(Layer.VPCE, allow("sqs:*", Principal="*"), name="ceiling"), function=function(in_vpc=True))
CALL = denial(context={"aws:SourceVpce": ("vpce-1",)})


def test_it_is_silent_when_that_policy_allows() -> None:
    assert vpc_endpoint_policy.examine(CALL, SILENT) is None
    assert vpc_endpoint_policy.examine(claiming(CALL, Layer.VPCE), evidence()) is None


def test_it_names_the_ceiling() -> None:
    found = diagnose(CALL, CAPPED)
    assert (found.rule, found.layer) == ("vpc_endpoint_policy", Layer.VPCE)
    assert "ceiling lacks it" in found.because


def test_it_is_only_advice() -> None:
    found, plan, _ = propose.plan(diagnose(CALL, CAPPED), CALL, CAPPED)
    assert plan is None
    assert all(isinstance(fix, Advice) for fix in found.fixes)
    assert found.fixes


def test_where_only_the_message_can_know_it_is_reported() -> None:
    found = diagnose(claiming(CALL, Layer.VPCE), evidence(READS, function=function(in_vpc=True)))
    assert (found.rule, found.confidence) == ("vpc_endpoint_policy", Confidence.REPORTED)
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    assert fix.text == "The owner of the VPC endpoint adds this to its endpoint policy."


def test_a_message_that_blames_it_wrongly_is_corrected() -> None:
    seen = evidence(of(Layer.VPCE, allow("*", Principal="*")), function=function(in_vpc=True))
    found = diagnose(claiming(CALL, Layer.VPCE), seen)
    assert (found.rule, found.layer) == ("identity_missing_allow", Layer.IDENTITY)
    assert any("AWS's message names" in note for note in found.notes)


def test_an_endpoint_has_no_say_in_what_a_service_asks_of_kms_for_the_function() -> None:
    """The storage service calls KMS from its own network, so its own gateway's policy need not name kms at all."""
    gateway = of(Layer.VPCE, allow("s3:*", Principal="*"), name="vpce-1")
    seen = evidence(READS, gateway, key_policy(), function=function(in_vpc=True), targets=encrypted())
    bare = denial(said=Message(Kind.IAM_DENIAL, error_code="AccessDenied", operation="GetObject"))
    found = diagnose(bare, seen)
    assert (found.rule, found.layer) == ("kms_missing_allow", Layer.IDENTITY)
    assert all(isinstance(fix, AddRoleStatements) for fix in found.fixes)
