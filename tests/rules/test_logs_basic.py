"""The function is mute: its role may not write to the function's own log group."""

from iam_watchdog.model import AddRoleStatements, Allow, AttachManagedPolicy, Layer, Witness
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, logs_basic
from tests.rules.cases import ROLE, allow, boundary, claiming, denial, evidence, function, identity, role

GROUP = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders"
STREAM = f"{GROUP}:log-stream:any"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
MUTE = denial("logs:CreateLogStream", STREAM, witness=Witness.CONFIG, origin="sweep")


def test_it_is_silent_about_another_group_and_about_a_role_that_may() -> None:
    other = denial("logs:PutLogEvents", "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders-audit:x")
    assert logs_basic.examine(other, evidence()) is None
    assert logs_basic.examine(MUTE, evidence(identity(allow("logs:*")))) is None
    assert logs_basic.examine(denial(), evidence()) is None


def test_it_says_that_the_function_is_mute() -> None:
    found = diagnose(MUTE, evidence())
    assert found.rule == "logs_basic"
    assert found.because == (
        "Function orders leaves no log: no identity-based policy of its role orders-role allows "
        "logs:CreateLogStream on its log group /aws/lambda/orders."
    )
    assert (found.layer, found.bound) == (Layer.IDENTITY, True)


def test_the_managed_policy_is_proposed_with_its_surplus_and_the_scoped_statement_beside_it() -> None:
    found, plan, proof = propose.plan(diagnose(MUTE, evidence()), MUTE, evidence())
    assert found.fixes == (AttachManagedPolicy(ROLE, BASIC),)
    logs = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
    assert found.instead == (AddRoleStatements(ROLE, (Allow(logs, (GROUP, f"{GROUP}:*")),)),)
    assert plan
    assert proof
    assert (proof.holds, bool(proof.surplus), proof.gained) == (True, True, ())


def test_a_custom_group_is_the_functions_own() -> None:
    mute = denial("logs:PutLogEvents", "arn:aws:logs:eu-west-1:111122223333:log-group:shared/apps:log-stream:x")
    seen = evidence(function=function(log_group="shared/apps"))
    assert diagnose(mute, seen).rule == "logs_basic"


def test_a_boundary_that_lacks_the_logs_is_the_boundarys_case_whatever_the_message_says() -> None:
    seen = evidence(identity(allow("logs:*")), boundary(allow("s3:*")))
    found = diagnose(claiming(MUTE, Layer.IDENTITY), seen)
    assert (found.rule, found.layer) == ("permissions_boundary", Layer.BOUNDARY)


def test_a_role_that_takes_no_more_managed_policies_gets_the_scoped_statement() -> None:
    attached = tuple(f"arn:aws:iam::111122223333:policy/p{i}" for i in range(10))
    seen = evidence(role=role(attached=attached))
    found, plan, proof = propose.plan(diagnose(MUTE, seen), MUTE, seen)
    logs = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
    assert found.fixes == (AddRoleStatements(ROLE, (Allow(logs, (GROUP, f"{GROUP}:*")),)),)
    assert found.instead == ()
    assert plan
    assert proof
    assert (proof.holds, proof.gained) == (True, ())
