"""What changed lately: who, when, what; looked up within bounds, and said when it could not be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.model import Evidence
from tests.aws import shop
from tests.aws.answers import ACCOUNT, BROKEN, DENIED, THROTTLED, Answer, Answers, Refusal, Reply
from tests.aws.shop import BOUNDARY, NOON, SETTINGS, denial

HANDS = f"arn:aws:iam::{ACCOUNT}:role/iam-watchdog-hands-auto-eu-west-1"
MAINTAINER = f"arn:aws:iam::{ACCOUNT}:user/ann"


def event(name: str = "DetachRolePolicy", hours: int = 1, **record: Any) -> dict[str, Any]:
    """One event of CloudTrail's history."""
    given = {
        "eventName": name,
        "userIdentity": {"type": "IAMUser", "arn": MAINTAINER},
        "sourceIPAddress": "198.51.100.7",
        "requestParameters": {"roleName": "orders-role", "policyArn": shop.BASIC, "policyDocument": "{}"},
    }
    text = json.dumps(given | record)
    return {"EventName": name, "EventTime": NOON - timedelta(hours=hours), "Username": "ann", "CloudTrailEvent": text}


def changed(events: Reply, settings: Any = SETTINGS) -> tuple[Evidence, Answers]:
    aws = Answers({**shop.shop(), "cloudtrail:LookupEvents": events})
    reader = AccountReader(aws.clients(), settings, lambda: NOON)
    return reader.changes(denial(), reader.gather(denial())), aws


def by_name(answers: Mapping[str, list[dict[str, Any]]]) -> Reply:
    def answer(params: Mapping[str, Any]) -> Answer:
        return {"Events": answers.get(params["LookupAttributes"][0]["AttributeValue"], [])}

    return answer


def test_a_quiet_history_changes_nothing() -> None:
    evidence, _ = changed({"Events": []})
    assert evidence.changes == ()
    assert evidence.unread == ()


def test_reading_and_refused_events_are_no_changes() -> None:
    evidence, _ = changed({"Events": [event("GetRole"), event("AssumeRole"), event(errorCode="AccessDenied")]})
    assert evidence.changes == ()


def test_role_target_and_customer_policies_are_looked_up() -> None:
    _, aws = changed({"Events": []})
    asked = [p for p in aws.named("cloudtrail:LookupEvents") if p["LookupAttributes"][0]["AttributeKey"] != "EventName"]
    assert [params["LookupAttributes"][0]["AttributeValue"] for params in asked] == [
        "orders-role",
        "shop-orders",
        BOUNDARY,
    ]
    assert {params["StartTime"] for params in asked} == {NOON - timedelta(days=30)}


def test_who_did_what_and_when_is_told_newest_first() -> None:
    events = {"orders-role": [event(hours=5)], "shop-orders": [event("PutBucketPolicy", hours=2, requestParameters={})]}
    evidence, _ = changed(by_name(events))
    assert [(c.event, c.on, c.who, c.by_person) for c in evidence.changes] == [
        ("PutBucketPolicy", "shop-orders", MAINTAINER, True),
        ("DetachRolePolicy", "orders-role", MAINTAINER, True),
    ]
    assert evidence.changes[1].detail == f"policyArn {shop.BASIC}"


def test_lambdas_events_are_known_with_the_date_behind_their_name() -> None:
    evidence, _ = changed(by_name({"orders-role": [event("RemovePermission20150331v2")]}))
    assert [c.event for c in evidence.changes] == ["RemovePermission"]


@pytest.mark.parametrize(
    "record",
    [
        {"userIdentity": {"type": "AWSService", "invokedBy": "ssm.amazonaws.com"}},
        {"sourceIPAddress": "cloudformation.amazonaws.com"},
        {
            "userIdentity": {
                "type": "AssumedRole",
                "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/iam-watchdog-hands-auto-eu-west-1/wd-0123",
            }
        },
    ],
)
def test_services_stacks_and_our_own_hands_are_no_persons(record: dict[str, Any]) -> None:
    settings = replace(SETTINGS, own_roles=(HANDS,))
    evidence, _ = changed(by_name({"orders-role": [event(**record)]}), settings)
    assert [c.by_person for c in evidence.changes] == [False]


@pytest.mark.parametrize(
    "session",
    [
        f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/wd-0123",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/iam-watchdog-hands-auto-eu-west-1/ann",
        "arn:aws:sts::999999999999:assumed-role/iam-watchdog-hands-auto-eu-west-1/wd-0123",
    ],
)
def test_a_session_that_only_looks_like_our_hands_is_a_person(session: str) -> None:
    settings = replace(SETTINGS, own_roles=(HANDS,))
    who: dict[str, Any] = {"userIdentity": {"type": "AssumedRole", "arn": session}}
    evidence, _ = changed(by_name({"orders-role": [event(**who)]}), settings)
    assert [c.by_person for c in evidence.changes] == [True]


@pytest.mark.parametrize("fault", [DENIED, THROTTLED, BROKEN, ReadTimeoutError(endpoint_url="https://aws")])
def test_a_history_that_cannot_be_read_is_named_and_the_evidence_stays(fault: Refusal | Exception) -> None:
    evidence, _ = changed(fault)
    assert evidence.role is not None
    assert evidence.changes == ()
    assert {(u.what, u.decides) for u in evidence.unread} == {
        ("recent changes of orders-role", False),
        ("recent changes of shop-orders", False),
        (f"recent changes of {BOUNDARY}", False),
    }


def test_a_record_of_an_unknown_form_is_named() -> None:
    evidence, _ = changed({"Events": [{"EventName": "PutRolePolicy", "CloudTrailEvent": "not json"}]})
    assert len(evidence.unread) == 3


def test_iams_history_is_kept_in_the_partitions_home_region() -> None:
    aws = Answers({**shop.shop(), "cloudtrail:LookupEvents": {"Events": []}})
    clients = aws.clients()
    reader = AccountReader(clients, SETTINGS, lambda: NOON)
    reader.changes(denial(), reader.gather(denial()))
    assert {key[1] for key in clients._made if key[0] == "cloudtrail"} == {"us-east-1", "eu-west-1"}


def test_without_role_and_target_nothing_is_looked_up() -> None:
    aws = Answers({})
    reader = AccountReader(aws.clients(), SETTINGS, lambda: NOON)
    what = denial(function="", principal=None, resource=None)
    assert reader.changes(what, reader.gather(what)).changes == ()
    assert aws.asked == []
