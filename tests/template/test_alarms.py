"""What a deployment says of its own health: alarms on what exists, a dashboard that loads, a canary that is heard."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.template import translate
from tests.template.translate import ROOT

SETS = tuple(translate.PARAMETER_SETS)


def _of(name: str, kind: str) -> dict[str, dict[str, Any]]:
    return {k: r["Properties"] for k, r in translate.deployed(name).items() if r["Type"] == kind}


@pytest.mark.parametrize("name", SETS)
def test_every_dead_letter_queue_and_every_function_has_its_alarms(name: str) -> None:
    alarms = [(a["MetricName"], d["Value"]) for a in _alarms(name) for d in a["Dimensions"]]
    dead = [q for q in _of(name, "AWS::SQS::Queue") if q.endswith("Dead")]
    for queue in dead:
        assert ("ApproximateNumberOfMessagesVisible", f"iam-watchdog-{queue}-1ABC".lower()) in alarms
    for function in _of(name, "AWS::Lambda::Function").values():
        assert {("Errors", function["FunctionName"]), ("Throttles", function["FunctionName"])} <= set(alarms)


def _alarms(name: str) -> list[dict[str, Any]]:
    return [a for a in _of(name, "AWS::CloudWatch::Alarm").values() if "MetricName" in a]


@pytest.mark.parametrize("name", SETS)
def test_every_queue_has_dead_letters_and_every_asynchronous_function_a_place_for_what_fails(name: str) -> None:
    for logical, queue in _of(name, "AWS::SQS::Queue").items():
        if not logical.endswith("Dead"):
            tries = queue["RedrivePolicy"]["maxReceiveCount"]
            tells = logical in ("Denials", "Trials")  # Their readers post to Slack, which may be down for an hour.
            assert (tries - 1) * queue["VisibilityTimeout"] >= 3_600 if tells else tries == 3
            assert queue["RedrivePolicy"]["deadLetterTargetArn"].endswith(f"{logical}Dead")
    kept = {c["FunctionName"] for c in _of(name, "AWS::Lambda::EventInvokeConfig").values()}
    wanted = {"iam-watchdog-detect", "iam-watchdog-sweep"} | (
        {"iam-watchdog-trail"} if "TrailFunction" in translate.deployed(name) else set()
    )
    assert kept == wanted
    for rule in _of(name, "AWS::Events::Rule").values():
        for target in rule["Targets"]:
            assert "DeadLetterConfig" in target or ":log-group:" in target["Arn"]


@pytest.mark.parametrize("name", SETS)
def test_a_queue_hides_a_message_for_six_times_as_long_as_its_function_may_run(name: str) -> None:
    functions = {f["FunctionName"]: f["Timeout"] for f in _of(name, "AWS::Lambda::Function").values()}
    queues = _of(name, "AWS::SQS::Queue")
    for mapping in _of(name, "AWS::Lambda::EventSourceMapping").values():
        queue = queues[mapping["EventSourceArn"].rsplit(":", 1)[1]]
        assert queue["VisibilityTimeout"] >= 6 * functions[mapping["FunctionName"]]
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_every_metric_of_our_own_that_an_alarm_waits_for_is_really_sent() -> None:
    handlers = "".join(path.read_text() for path in (ROOT / "src/iam_watchdog/handlers").glob("*.py"))
    ours = {a["MetricName"] for name in SETS for a in _alarms(name) if a["Namespace"] == "IAMWatchdog"}
    assert ours == {"UndoRefused", "CanaryMissing"}
    assert all(f'add_metric("{metric}"' in handlers for metric in ours)


@pytest.mark.parametrize("name", SETS)
def test_the_dashboard_is_json_and_shows_alarms_that_exist(name: str) -> None:
    (dashboard,) = _of(name, "AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    shown = [a.rsplit(":", 1)[1] for w in widgets if w["type"] == "alarm" for a in w["properties"]["alarms"]]
    existing = {a["AlarmName"] for a in _of(name, "AWS::CloudWatch::Alarm").values()}
    elsewhere = set()
    for other in SETS:
        elsewhere |= {a["AlarmName"] for a in _of(other, "AWS::CloudWatch::Alarm").values()}
    assert set(shown) <= elsewhere
    assert "iam-watchdog-detect-quiet" in existing


@pytest.mark.parametrize("name", SETS)
def test_the_canary_prints_a_word_of_the_subscription_where_only_we_hear_it(name: str) -> None:
    resources = translate.deployed(name)
    rule = resources["Canary"]["Properties"]
    assert rule["Name"].split("-")[-1] == "AccessDenied", "an EventBridge event names its rule"
    assert rule["Targets"][0]["Arn"].endswith(":log-group:/aws/events/iam-watchdog-canary")
    policy = json.loads(resources["CanaryMayWrite"]["Properties"]["PolicyDocument"])
    assert policy["Statement"][0]["Resource"].endswith("/aws/events/iam-watchdog-canary:*")
    listed = translate.values(name)["WatchScope"] == "listed"
    assert ("CanarySubscription" in resources) is listed
    if not listed:
        assert "canary" not in resources["AccountSubscription"]["Properties"]["SelectionCriteria"]
