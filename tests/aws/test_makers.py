"""Who made a trigger: only from CloudTrail's record that names both trigger and function, two look-ups at most."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.model import Denial, Evidence, Kind
from tests.aws import shop
from tests.aws.answers import ACCOUNT, DENIED, REGION, Answer, Answers, Reply
from tests.aws.shop import FUNCTION, NOON, SETTINGS, denial

ANN = f"arn:aws:iam::{ACCOUNT}:user/ann"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly"
GROUP = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/orders/1"
TARGETS = {"rule": "nightly", "targets": [{"id": "1", "arn": FUNCTION}]}


def started_by(source: str | None = RULE) -> Denial:
    return denial(kind=Kind.INVOKE_PERMISSION, action="lambda:InvokeFunction", resource=FUNCTION, source_arn=source)


def here(rest: str) -> str:
    return f"arn:aws:{rest.format(f'{REGION}:{ACCOUNT}')}"


def event(name: str, params: Mapping[str, Any], hours: Any = 1, **record: Any) -> dict[str, Any]:
    given = {"eventName": name, "userIdentity": {"type": "IAMUser", "arn": ANN}, "requestParameters": params, **record}
    return {"EventName": name, "EventTime": NOON - timedelta(hours=hours), "CloudTrailEvent": json.dumps(given)}


def known(of: Denial, history: Reply) -> tuple[Evidence, list[Mapping[str, Any]]]:
    """What is known in the end, and the look-ups for it."""
    aws = Answers({**shop.shop(), "cloudtrail:LookupEvents": history})
    aws.otherwise = DENIED
    reader = AccountReader(aws.clients(), SETTINGS, lambda: NOON)
    read = reader.gather(of)
    bare = replace(read, facts={k: v for k, v in read.facts.items() if not k.startswith("source_")})
    names = (None, "nightly", "PutTargets")
    evidence = reader.changes(of, bare)
    asked = [p["LookupAttributes"][0] for p in aws.named("cloudtrail:LookupEvents")]
    return evidence, [one for one in asked if one["AttributeValue"] in names]


def by(value: str, *events: dict[str, Any]) -> Reply:
    def answer(params: Mapping[str, Any]) -> Answer:
        return {"Events": list(events) if params["LookupAttributes"][0]["AttributeValue"] == value else []}

    return answer


@pytest.mark.parametrize(
    "events",
    [
        [],
        [event("PutRule", {"name": "nightly"})],
        [event("PutTargets", {"rule": "weekly", "targets": [{"arn": FUNCTION}]})],
        [event("PutTargets", {"rule": "nightly", "targets": [{"arn": f"{FUNCTION}-2"}]})],
        [event("PutTargets", TARGETS, errorCode="AccessDenied")],
        [event("DeleteRule", TARGETS)],
    ],
)
def test_nothing_is_said_where_no_event_names_both(events: list[dict[str, Any]]) -> None:
    evidence, asked = known(started_by(), {"Events": events})
    assert not [name for name in evidence.facts if name.startswith("source_made")]
    assert len(asked) == 2


@pytest.mark.parametrize("of", [started_by(None), denial(), started_by(RULE.replace(ACCOUNT, "999999999999"))])
def test_nothing_is_looked_up_without_a_trigger_of_a_known_account(of: Denial) -> None:
    evidence, asked = known(of, {"Events": [event("PutTargets", TARGETS)]})
    assert not asked
    assert "source_made_by" not in evidence.facts


def test_the_alias_of_another_bot_is_another_trigger() -> None:
    asked = event("UpdateBotAlias", {"botId": "OTHER", "botAliasId": "A", "lambdaARN": FUNCTION})
    evidence, _ = known(started_by(here("lex:{}:bot-alias/BOT/A")), {"Events": [asked]})
    assert "source_made_by" not in evidence.facts


def test_a_history_that_cannot_be_read_is_no_answer() -> None:
    evidence, _ = known(started_by(), DENIED)
    assert "source_made_by" not in evidence.facts


@pytest.mark.parametrize("looked_up", ["nightly", "PutTargets"])
def test_who_and_when_is_known_by_the_triggers_name_or_by_the_events(looked_up: str) -> None:
    older = event("PutTargets", TARGETS, 9, userIdentity={"type": "IAMUser", "arn": f"{ANN}-2"})
    evidence, _ = known(started_by(), by(looked_up, event("PutTargets", TARGETS, 3), older))
    assert evidence.facts["source_made_by"] == ANN
    assert evidence.facts["source_made_at"] == (NOON - timedelta(hours=3)).isoformat()
    assert evidence.facts["source_made_event"] == "PutTargets"


@pytest.mark.parametrize(
    ("source", "name", "params"),
    [
        (
            "arn:aws:s3:::shop-orders",
            "PutBucketNotification",
            {"bucketName": "shop-orders", "NotificationConfiguration": {"CloudFunction": FUNCTION}},
        ),
        (
            f"arn:aws:sns:{REGION}:{ACCOUNT}:orders",
            "Subscribe",
            {"topicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:orders", "endpoint": FUNCTION},
        ),
        (
            f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app/x:*",
            "PutSubscriptionFilter",
            {"logGroupName": "/app/x", "destinationArn": f"{FUNCTION}:live"},
        ),
        (GROUP, "RegisterTargets", {"targetGroupArn": GROUP, "targets": [{"id": FUNCTION}]}),
        (here("cognito-idp:{}:userpool/p"), "UpdateUserPool", {"userPoolId": "p", "lambdaConfig": {"any": FUNCTION}}),
        (here("iot:{}:rule/r"), "CreateTopicRule", {"ruleName": "r", "actions": [{"functionArn": FUNCTION}]}),
        (here("lex:{}:bot-alias/B/A"), "UpdateBotAlias", {"botId": "B", "botAliasId": "A", "lambdaARN": FUNCTION}),
        (here("bedrock:{}:agent/A"), "CreateAgentActionGroup", {"agentId": "A", "lambda": FUNCTION}),
        (here("connect:{}:instance/i"), "AssociateLambdaFunction", {"instanceId": "i", "functionArn": FUNCTION}),
        (
            here("ses:{}:receipt-rule-set/mail:receipt-rule/r"),
            "CreateReceiptRule",
            {"ruleSetName": "mail", "rule": {"name": "r", "actions": [{"lambdaAction": {"functionArn": FUNCTION}}]}},
        ),
    ],
)
def test_each_kind_of_trigger_has_its_event(source: str, name: str, params: Mapping[str, Any]) -> None:
    stack = {"sourceIPAddress": "cloudformation.amazonaws.com"}
    evidence, _ = known(started_by(source), by(name, event(name, params, **stack)))
    assert evidence.facts["source_made_by"] == f"{ANN}, by cloudformation.amazonaws.com"
