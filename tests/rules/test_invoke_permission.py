"""A trigger that may not start the function: its resource policy does not admit EventBridge, S3, SNS …"""

import pytest

from iam_watchdog.model import AddInvokePermission, Advice, Denial, Kind, Layer, Policy, Witness
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, invoke_permission
from tests.rules.cases import ACCOUNT, FUNCTION, allow, claiming, denial, document, evidence

RULE = f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/nightly"


def refused(principal: str = "events.amazonaws.com", source: str | None = RULE, **fields: object) -> Denial:
    given = {"kind": Kind.INVOKE_PERMISSION, "witness": Witness.CONFIG, "principal": principal, "source_arn": source}
    return denial("lambda:InvokeFunction", FUNCTION, **{**given, **fields})


def invoke(**condition: object) -> Policy:
    statement = allow("lambda:InvokeFunction", FUNCTION, Principal={"Service": "events.amazonaws.com"}, **condition)
    return Policy(Layer.INVOKE, "function policy", document(statement), FUNCTION)


def test_it_is_silent_when_the_source_may() -> None:
    granted = invoke(Condition={"ArnLike": {"AWS:SourceArn": RULE}})
    assert invoke_permission.examine(refused(), evidence(granted)) is None
    assert invoke_permission.examine(denial(), evidence()) is None


def test_it_says_who_may_not_start_what() -> None:
    found = diagnose(refused(), evidence())
    assert (found.rule, found.layer) == ("invoke_permission", Layer.INVOKE)
    assert found.because.startswith(f"events.amazonaws.com ({RULE}) may not start function orders")
    assert "make sure who made that trigger" in found.notes[0]


def test_it_says_who_made_the_trigger_where_the_history_tells() -> None:
    made = {"source_made_by": "arn:aws:iam::1:user/ann", "source_made_event": "PutTargets"}
    facts = {**made, "source_made_at": "2026-11-20T08:15:00+00:00"}
    note = diagnose(refused(), evidence(facts=facts)).notes[0]
    assert note.endswith("start orders: arn:aws:iam::1:user/ann set that trigger at 2026-11-20 08:15 UTC (PutTargets)")


@pytest.mark.parametrize(
    ("principal", "source", "account"),
    [
        ("events.amazonaws.com", RULE, None),
        ("s3.amazonaws.com", "arn:aws:s3:::orders-in", ACCOUNT),
        ("sns.amazonaws.com", f"arn:aws:sns:eu-west-1:{ACCOUNT}:orders", None),
        ("logs.amazonaws.com", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:x:*", ACCOUNT),
        (
            "elasticloadbalancing.amazonaws.com",
            f"arn:aws:elasticloadbalancing:eu-west-1:{ACCOUNT}:targetgroup/orders/1",
            None,
        ),
        ("cognito-idp.amazonaws.com", f"arn:aws:cognito-idp:eu-west-1:{ACCOUNT}:userpool/eu-west-1_a", ACCOUNT),
        ("iot.amazonaws.com", f"arn:aws:iot:eu-west-1:{ACCOUNT}:rule/orders", ACCOUNT),
        ("lexv2.amazonaws.com", f"arn:aws:lex:eu-west-1:{ACCOUNT}:bot-alias/BOT/ALIAS", ACCOUNT),
        ("apigateway.amazonaws.com", f"arn:aws:execute-api:eu-west-1:{ACCOUNT}:abc123/*/GET/orders", None),
    ],
)
def test_exactly_that_source_and_the_account_only_where_it_is_sent(
    principal: str, source: str, account: str | None
) -> None:
    wanted = refused(principal, source)
    found, plan, proof = propose.plan(diagnose(wanted, evidence()), wanted, evidence())
    assert found.fixes == (AddInvokePermission(FUNCTION, None, principal, source, account),)
    assert plan
    assert proof
    assert proof.holds


def test_an_alias_keeps_its_own_policy() -> None:
    wanted = refused(qualifier="live", resource=f"{FUNCTION}:live")
    found = diagnose(wanted, evidence(invoke()))
    (fix,) = found.fixes
    assert isinstance(fix, AddInvokePermission)
    assert (fix.function, fix.qualifier) == (FUNCTION, "live")


@pytest.mark.parametrize("source", [None, "*", "arn:aws:events:eu-west-1:111122223333:rule/*", "arn:aws:s3:::*"])
def test_a_source_that_is_not_named_exactly_is_advice(source: str | None) -> None:
    wanted = refused(source=source)
    found, plan, _ = propose.plan(diagnose(wanted, evidence()), wanted, evidence())
    assert plan is None
    assert all(isinstance(fix, Advice) for fix in found.fixes)


def test_a_permission_for_another_rule_is_the_near_miss_whatever_the_message_says() -> None:
    other = invoke(Condition={"ArnLike": {"AWS:SourceArn": f"{RULE}-2"}})
    found = diagnose(claiming(refused(), Layer.IDENTITY), evidence(other))
    assert found.rule == "invoke_permission"
    assert f"{RULE}-2" in found.because
    assert any("names the identity-based policy" in note for note in found.notes)


@pytest.mark.parametrize(
    ("service", "source"), [("config", "config-rule/config-rule-1"), ("secretsmanager", "secret:db-AbCdEf")]
)
def test_a_service_that_names_no_source_is_let_in_for_its_account_by_a_person(service: str, source: str) -> None:
    wanted = refused(f"{service}.amazonaws.com", f"arn:aws:{service}:eu-west-1:{ACCOUNT}:{source}")
    found, plan, _ = propose.plan(diagnose(wanted, evidence()), wanted, evidence())
    assert (found.rule, plan) == ("invoke_permission", None)
    assert source in found.because
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    (statement,) = fix.statements
    assert statement.principals == (("Service", f"{service}.amazonaws.com"),)
    assert statement.conditions == (("StringEquals", "aws:SourceAccount", (ACCOUNT,)),)
    assert (statement.actions, statement.resources) == (("lambda:InvokeFunction",), (FUNCTION,))


@pytest.mark.parametrize("fact", ["source_exists", "source_targets_function"])
def test_a_trigger_that_is_not_there_or_not_ours_is_given_nothing(fact: str) -> None:
    seen = evidence(facts={fact: "false"})
    found, plan, _ = propose.plan(diagnose(refused(), seen), refused(), seen)
    assert plan is None
    assert all(isinstance(fix, Advice) for fix in found.fixes)
