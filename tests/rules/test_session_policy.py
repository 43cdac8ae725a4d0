"""The session that made the call was cut by a session policy that lacks the action."""

from iam_watchdog.model import Advice, Confidence, Layer
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, session_policy
from tests.rules.cases import allow, claiming, denial, evidence, function, identity, of

READS = identity(allow("s3:*"))
SILENT = evidence(READS, of(Layer.SESSION, allow("*")), function=function(in_vpc=True))
CAPPED = evidence(READS, of(Layer.SESSION, allow("sqs:*"), name="ceiling"), function=function(in_vpc=True))
CALL = denial(context={"aws:SourceVpce": ("vpce-1",)})


def test_it_is_silent_when_that_policy_allows() -> None:
    assert session_policy.examine(CALL, SILENT) is None
    assert session_policy.examine(claiming(CALL, Layer.SESSION), evidence()) is None


def test_it_names_the_ceiling() -> None:
    found = diagnose(CALL, CAPPED)
    assert (found.rule, found.layer) == ("session_policy", Layer.SESSION)
    assert "ceiling lacks it" in found.because


def test_it_is_only_advice() -> None:
    found, plan, _ = propose.plan(diagnose(CALL, CAPPED), CALL, CAPPED)
    assert plan is None
    assert all(isinstance(fix, Advice) for fix in found.fixes)
    assert found.fixes


def test_where_only_the_message_can_know_it_is_reported() -> None:
    found = diagnose(claiming(CALL, Layer.SESSION), evidence(READS, function=function(in_vpc=True)))
    assert (found.rule, found.confidence) == ("session_policy", Confidence.REPORTED)


def test_a_message_that_blames_it_wrongly_is_corrected() -> None:
    seen = evidence(of(Layer.SESSION, allow("*")), function=function(in_vpc=True))
    found = diagnose(claiming(CALL, Layer.SESSION), seen)
    assert (found.rule, found.layer) == ("identity_missing_allow", Layer.IDENTITY)
    assert any("AWS's message names" in note for note in found.notes)
