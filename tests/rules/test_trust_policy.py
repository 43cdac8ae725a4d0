"""A role that cannot be assumed: by Lambda, so that the function does not start, or by the function's own code."""

from iam_watchdog.model import AddRoleStatements, Advice, Allow, Confidence, Kind, Layer, Policy, Witness
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, trust_policy
from tests.rules.cases import ACCOUNT, ROLE, TRUST, allow, claiming, denial, evidence, identity, of, trust

EC2 = {"Version": "2012-10-17", "Statement": [{**TRUST["Statement"][0], "Principal": {"Service": "ec2.amazonaws.com"}}]}  # type: ignore[dict-item]
DEAD = denial(
    "sts:AssumeRole",
    ROLE,
    principal="lambda.amazonaws.com",
    kind=Kind.LAMBDA_ASSUME_ROLE,
    witness=Witness.CONFIG,
)
OTHER = f"arn:aws:iam::{ACCOUNT}:role/reporting"
ASSUMING = denial("sts:AssumeRole", OTHER)


def test_it_is_silent_when_the_role_trusts_lambda() -> None:
    assert trust_policy.examine(DEAD, evidence()) is None
    assert trust_policy.examine(denial(), evidence(trust(EC2))) is None


def test_it_says_that_the_function_does_not_start() -> None:
    found = diagnose(DEAD, evidence(trust(EC2)))
    assert (found.rule, found.layer) == ("trust_policy", Layer.TRUST)
    assert found.because.startswith(
        f"Function orders does not start: the trust policy of its role {ROLE} does not admit lambda.amazonaws.com"
    )
    assert "ec2.amazonaws.com" in found.because


def test_the_corrected_trust_policy_is_advice() -> None:
    seen = evidence(trust(EC2))
    found, plan, proof = propose.plan(diagnose(DEAD, seen), DEAD, seen)
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    assert fix.statements == (Allow(("sts:AssumeRole",), (), (), (("Service", "lambda.amazonaws.com"),)),)
    assert plan is None
    assert proof
    assert proof.holds


def test_a_deleted_role_is_named_as_such() -> None:
    seen = evidence(role=None, facts={"role_exists": "false"})
    found = diagnose(DEAD, seen)
    assert found.rule == "trust_policy"
    assert "does not exist any more" in found.because


def test_the_code_may_not_assume_another_role_and_both_sides_are_proposed() -> None:
    theirs = Policy(Layer.TRUST, "trust", trust().text, OTHER)
    found = diagnose(ASSUMING, evidence(theirs, trust()))
    assert (found.rule, found.layer) == ("trust_policy", Layer.TRUST)
    advice = [fix for fix in found.fixes if isinstance(fix, Advice)]
    assert advice[0].target == OTHER
    assert advice[0].statements[0].principals == (("AWS", ROLE),)


def test_tagging_the_session_needs_the_same_two_sides() -> None:
    theirs = of(Layer.TRUST, {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ROLE}}, on=OTHER)
    found = diagnose(denial("sts:TagSession", OTHER), evidence(identity(allow("sts:*", OTHER)), theirs, trust()))
    assert (found.rule, found.layer) == ("trust_policy", Layer.TRUST)
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    assert (fix.target, fix.statements) == (OTHER, (Allow(("sts:TagSession",), (), (), (("AWS", ROLE),)),))


def test_a_message_that_blames_the_role_is_corrected() -> None:
    theirs = Policy(Layer.TRUST, "trust", trust().text, OTHER)
    seen = evidence(identity(allow("sts:AssumeRole", OTHER)), theirs, trust())
    found = diagnose(claiming(ASSUMING, Layer.IDENTITY), seen)
    assert found.rule == "trust_policy"
    assert any("names the identity-based policy" in note for note in found.notes)
    assert not any(isinstance(fix, AddRoleStatements) for fix in found.fixes)


def test_an_external_id_that_nobody_saw_is_named_and_nothing_is_added() -> None:
    admitted = allow("sts:AssumeRole", Principal={"AWS": ROLE}, Condition={"StringEquals": {"sts:ExternalId": "42"}})
    theirs = of(Layer.TRUST, {k: v for k, v in admitted.items() if k != "Resource"}, on=OTHER)
    found = diagnose(ASSUMING, evidence(identity(allow("sts:AssumeRole")), theirs, trust()))
    assert (found.rule, found.layer, found.confidence) == ("trust_policy", Layer.TRUST, Confidence.INCOMPLETE)
    assert "the value of sts:ExternalId is not known" in found.because
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    assert (fix.target, fix.statements) == (OTHER, ())
