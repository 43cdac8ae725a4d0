"""A trigger that is asked about itself: off, pointed elsewhere, under another role, or not known to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from iam_watchdog import healing, rules
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.aws.read import starter, starting
from iam_watchdog.model import Advice, Denial, Evidence, Kind, Layer, Witness
from iam_watchdog.ports import Settings
from tests.aws import twin
from tests.aws.answers import DENIED, Refusal, Reply
from tests.aws.region import ACCOUNT, NAME, NOW, Region, arn

API = arn("execute-api", "f/*/*")


def denied(region: Region, source: str, role: str = "") -> Denial:
    """This source does not start function f, under its role if it calls under one."""
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/s" if role else ""
    return Denial(
        Witness.CONFIG,
        NOW,
        ACCOUNT,
        NAME,
        "f",
        "$LATEST",
        session or "any.amazonaws.com",
        "lambda:InvokeFunction",
        region.of("f"),
        "f",
        kind=Kind.IAM_DENIAL if role else Kind.INVOKE_PERMISSION,
        source_arn=source,
    )


def asked(region: Region, source: str, role: str = "", more: Mapping[str, Reply] | None = None) -> tuple[str, Evidence]:
    """Why an incident about this source is over ("": it is not), and what was seen of it."""
    return seen(region, denied(region, source, role), more)


def seen(region: Region, denial: Denial, more: Mapping[str, Reply] | None = None) -> tuple[str, Evidence]:
    """The same for a denial that is told to the letter."""
    answers = region.answers()
    answers.table |= {**region.around(), **(more or {})}
    answers.otherwise = DENIED
    evidence = AccountReader(answers.clients(NAME), Settings(ACCOUNT, NAME), lambda: NOW).gather(denial)
    return healing.moot(denial, evidence), evidence


def made(trait: Callable[[Region, str, bool], str]) -> Region:
    region = Region()
    trait(region, "f", True)
    return region


OFF = " is not set to start f any more"


def _rule_off(region: Region) -> str:
    region.rules["f"] = ("DISABLED", region.rules["f"][1])
    return arn("events", "rule/f")


def _topic_rule_off(region: Region) -> str:
    region.iot_rules["f"]["ruleDisabled"] = True
    return arn("iot", "rule/f")


def _pool_without(region: Region) -> str:
    region.pools["eu-west-1_f"] = {"PreSignUp": region.of("g")}
    return arn("cognito-idp", "userpool/eu-west-1_f")


def _rotated_by_another(region: Region) -> str:
    (named,) = region.rotations
    region.rotations[named]["RotationLambdaARN"] = region.of("f-2")
    return named


def _alias_without(region: Region) -> str:
    (bot,) = region.bots
    region.bots[bot] = {**region.bots[bot], "enabled": False}
    return arn("lex", f"bot-alias/{bot}/TSTALIASID")


def _rule_of_awss_own(region: Region) -> str:
    named = arn("config", "config-rule/config-rule-f")
    region.config_rules[named] = {"Owner": "AWS", "SourceIdentifier": "REQUIRED_TAGS"}
    return named


@pytest.mark.parametrize(
    ("trait", "change"),
    [
        (twin.rule, _rule_off),
        (twin.topic_rule, _topic_rule_off),
        (twin.user_pool, _pool_without),
        (twin.rotation, _rotated_by_another),
        (twin.bot, _alias_without),
        (twin.config_rule, _rule_of_awss_own),
    ],
)
def test_a_trigger_that_is_off_or_starts_another_ends_its_incident(
    trait: Callable[[Region, str, bool], str], change: Callable[[Region], str]
) -> None:
    region = made(trait)
    source = change(region)
    assert asked(region, source)[0] == f"{source}{OFF}"


def test_a_target_group_that_no_load_balancer_uses_starts_nobody() -> None:
    region = made(twin.balancer)
    (group,) = region.target_groups
    unused: Reply = {"TargetGroups": [{"TargetGroupArn": group, "LoadBalancerArns": []}]}
    assert asked(region, group, more={"elbv2:DescribeTargetGroups": unused})[0] == f"{group}{OFF}"


def test_a_caller_that_was_given_another_role_does_not_ask_for_what_was_refused() -> None:
    region = made(twin.pipe)
    source = arn("pipes", "pipe/f")
    assert asked(region, source, "f")[0] == ""
    region.pipes["f"]["RoleArn"] = f"arn:aws:iam::{ACCOUNT}:role/callers/better"
    assert asked(region, source, "f")[0] == f"{source} is not set to start f as role f any more"
    region.pipes["f"]["DesiredState"] = "STOPPED"
    assert asked(region, source, "better")[0] == f"{source} is not set to start f as role better any more"


@pytest.mark.parametrize("named", ['"FunctionName.$": "$.which"', '"FunctionName": "{% $which %}"'])
def test_a_function_that_is_named_only_at_run_time_leaves_it_open(named: str) -> None:
    region = made(twin.state_machine)
    machine, role = arn("states", "stateMachine:f"), f"arn:aws:iam::{ACCOUNT}:role/callers/f"
    region.machines[machine] = (role, '{"States": {"a": {"Arguments": {' + named + "}}}}")
    over, evidence = asked(region, machine, "f")
    assert (over, evidence.facts["source_exists"]) == ("", "true")
    assert "source_targets_function" not in evidence.facts


def test_an_api_that_names_its_function_by_a_stages_variable_leaves_it_open() -> None:
    region = made(twin.http_api)
    region.http["f"]["integration"]["IntegrationUri"] = "arn:aws:lambda:eu-west-1:1:function:${stageVariables.f}"
    over, evidence = asked(region, API)
    assert (over, "source_targets_function" in evidence.facts) == ("", False)
    region.http["f"]["integration"]["IntegrationUri"] = region.of("g")
    assert asked(region, API)[0] == f"{API}{OFF}"


def test_an_api_that_calls_under_a_role_of_its_own_needs_no_permission() -> None:
    region = made(twin.rest_api)
    region.rest["f"]["resourceMethods"]["GET"]["methodIntegration"]["credentials"] = "r"
    assert asked(region, API)[0] == ""
    region.rest["f"]["resourceMethods"]["POST"]["methodIntegration"]["credentials"] = "r"
    assert asked(region, API)[0] == f"{API}{OFF}"


def test_a_listing_that_was_not_read_to_its_end_proves_no_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starter, "MOST", 1)
    region = made(twin.topic)
    (topic,) = region.topics
    rows: list[dict[str, Any]] = [{"Endpoint": region.of("g")}, {"Endpoint": region.of("f")}]
    over, evidence = asked(region, topic, more={"sns:ListSubscriptionsByTopic": {"Subscriptions": rows}})
    assert (over, "source_targets_function" in evidence.facts) == ("", False)


def test_whether_a_topic_rule_is_gone_or_closed_to_us_the_list_tells() -> None:
    region = made(twin.topic_rule)
    source, closed = arn("iot", "rule/f"), Refusal("UnauthorizedException", "Access to topic rule was denied", 401)
    over, evidence = asked(region, source, more={"iot:GetTopicRule": closed})
    assert over == ""
    assert [unread.layer for unread in evidence.unread if unread.what == f"trigger {source}"] == [Layer.INVOKE]
    region.iot_rules.clear()
    assert asked(region, source)[0] == f"{source} is gone"


def test_another_accounts_trigger_is_not_asked() -> None:
    region = made(twin.balancer)
    theirs = "arn:aws:elasticloadbalancing:eu-west-1:999999999999:targetgroup/f/1"
    over, evidence = asked(region, theirs)
    assert over == ""
    assert any(u.what == f"trigger {theirs}" and "999999999999" in u.why for u in evidence.unread)


def test_a_secret_that_waits_for_its_deletion_is_not_rotated() -> None:
    secret = {"RotationEnabled": True, "RotationLambdaARN": "arn:f"}
    assert list(starting.by_secret(secret)) == ["arn:f"]
    assert list(starting.by_secret({**secret, "DeletedDate": NOW})) == []


def test_a_callers_role_that_is_asked_for_nothing_any_more_is_given_nothing() -> None:
    region = made(twin.schedule)
    source = arn("scheduler", "schedule/default/f")
    region.schedules["f"]["Arn"] = region.of("g")
    _, evidence = asked(region, source, "f")
    (fix,) = rules.diagnose(denied(region, source, "f"), evidence).fixes
    assert isinstance(fix, Advice)
    assert fix.statements == ()
    assert f"{source} is not set to start f as role f: find out" in fix.text


def test_a_pipe_that_reads_another_queue_by_now_does_not_ask_for_the_first() -> None:
    region, source = made(twin.pipe_that_reads), arn("pipes", "pipe/f")
    refused = replace(denied(region, source, "f"), action="sqs:ReceiveMessage", resource=arn("sqs", "f"))

    def over() -> str:
        answers = region.answers()
        answers.table |= region.around()
        answers.otherwise = DENIED
        reader = AccountReader(answers.clients(NAME), Settings(ACCOUNT, NAME), lambda: NOW)
        return healing.moot(refused, reader.gather(refused))

    assert over() == ""
    region.pipes["f"]["Source"] = arn("sqs", "f-2")
    assert over() == f"{source} does not read {refused.resource} as role f any more"


def test_a_trigger_that_was_moved_to_another_alias_does_not_start_the_one_it_left() -> None:
    region = made(twin.topic)
    (topic,) = region.topics
    live = replace(denied(region, topic), resource=region.of("f", "live"), qualifier="live")
    region.topics[topic] = region.of("f", "live")
    assert seen(region, live)[0] == ""
    for elsewhere in (region.of("f", "next"), region.of("f"), region.of("f", "live-2")):
        region.topics[topic] = elsewhere
        assert seen(region, live)[0] == f"{topic} is not set to start f:live any more"
    assert seen(region, denied(region, topic))[0] == f"{topic}{OFF}"


def test_a_rule_that_calls_under_a_role_of_its_own_by_now_needs_no_permission() -> None:
    region = made(twin.rule)
    source, target = arn("events", "rule/f"), region.rules["f"][1][0]
    assert asked(region, source)[0] == ""
    target["RoleArn"] = f"arn:aws:iam::{ACCOUNT}:role/caller"
    assert asked(region, source)[0] == f"{source}{OFF}"


def test_a_version_that_is_gone_takes_its_function_not_with_it_in_words() -> None:
    gone: Reply = Refusal("ResourceNotFoundException", "Function not found", 404)
    refused = replace(denied(made(twin.topic), ""), kind=Kind.IAM_DENIAL, source_arn=None, qualifier="7")
    said = [
        seen(Region(), one, {"lambda:GetFunctionConfiguration": gone})[0]
        for one in (refused, replace(refused, qualifier="$LATEST"))
    ]
    assert said == ["function f:7 is gone", "function f is gone"]
