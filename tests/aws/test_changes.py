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
from iam_watchdog.model import Evidence, Kind, Witness
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
    values = [params["LookupAttributes"][0]["AttributeValue"] for params in asked]
    assert sorted(values) == sorted(["orders-role", "shop-orders", BOUNDARY]), "two at once, in any order"
    assert {params["StartTime"] for params in asked} == {NOON - timedelta(days=89)}


def test_an_older_page_is_asked_for_and_what_is_behind_the_last_one_is_named() -> None:
    """A role that is read often hides a person's removal behind a page of reads."""

    def busy(pages: int) -> Reply:
        def answer(params: Mapping[str, Any]) -> Answer:
            if params["LookupAttributes"][0]["AttributeValue"] != "orders-role":
                return {"Events": []}
            number = int(params.get("NextToken", "0"))
            events = [event()] if number == pages - 1 else [event("GetRole")] * 50
            return {"Events": events, **({"NextToken": str(number + 1)} if number < pages - 1 else {})}

        return answer

    evidence, _ = changed(busy(2))
    assert [change.event for change in evidence.changes] == ["DetachRolePolicy"]
    assert evidence.unread == ()
    evidence, aws = changed(busy(9))
    assert evidence.changes == ()
    assert [u.what for u in evidence.unread] == ["recent changes of orders-role"]
    assert len([p for p in aws.named("cloudtrail:LookupEvents") if "NextToken" in p]) == 2


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


def test_the_histories_that_several_denials_share_are_asked_for_once_a_minute() -> None:
    aws = Answers({**shop.shop(), "cloudtrail:LookupEvents": {"Events": []}})
    reader = AccountReader(aws.clients(), SETTINGS, lambda: NOON)
    for action in ("s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectAcl"):
        what = denial(action=action)
        assert reader.changes(what, reader.gather(what)).changes == ()
    asked = [p["LookupAttributes"][0]["AttributeValue"] for p in aws.named("cloudtrail:LookupEvents")]
    assert len(asked) == len(set(asked))


def test_a_step_s_own_reader_asks_for_the_history_anew() -> None:
    aws = Answers({**shop.shop(), "cloudtrail:LookupEvents": {"Events": []}})
    clients = aws.clients()
    before, step = (AccountReader(clients, SETTINGS, lambda: NOON) for _ in range(2))
    assert before.changes(denial(), before.gather(denial())).changes == ()
    aws.table["cloudtrail:LookupEvents"] = by_name({"orders-role": [event()]})
    assert [c.event for c in step.changes(denial(), step.gather(denial())).changes] == ["DetachRolePolicy"]


def test_a_history_that_could_not_be_read_is_asked_for_again() -> None:
    aws = Answers({**shop.shop(), "cloudtrail:LookupEvents": THROTTLED})
    reader = AccountReader(aws.clients(), SETTINGS, lambda: NOON)
    unread = len(reader.changes(denial(), reader.gather(denial())).unread)
    aws.table["cloudtrail:LookupEvents"] = by_name({"orders-role": [event()]})
    again = reader.changes(denial(), reader.gather(denial()))
    assert unread
    assert again.unread == ()
    assert [change.event for change in again.changes] == ["DetachRolePolicy"]


def test_without_role_and_target_nothing_is_looked_up() -> None:
    aws = Answers({})
    reader = AccountReader(aws.clients(), SETTINGS, lambda: NOON)
    what = denial(function="", principal=None, resource=None)
    assert reader.changes(what, reader.gather(what)).changes == ()
    assert aws.asked == []


# ---------------------------------------------------------------- what stood there before

READS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
MINE = f"arn:aws:iam::{ACCOUNT}:policy/mine"


def put(days: int, name: str = "gone") -> dict[str, Any]:
    """An inline policy was written, some days ago."""
    given = {"roleName": "orders-role", "policyName": name, "policyDocument": json.dumps(READS)}
    return event("PutRolePolicy", days * 24, requestParameters=given, eventID=f"put-{days}", awsRegion="us-east-1")


def test_a_change_that_is_too_old_to_count_still_tells_what_stood_there() -> None:
    gone = event("DeleteRolePolicy", 2, requestParameters={"roleName": "orders-role", "policyName": "gone"})
    evidence, _ = changed(by_name({"orders-role": [gone, put(60), event("DetachRolePolicy", 31 * 24)]}))
    (change,) = evidence.changes
    assert (change.event, change.detail) == ("DeleteRolePolicy", "policyName gone")
    assert json.loads(change.before) == {
        "policy": "gone",
        "document": READS,
        "put": {"event": "put-60", "region": "us-east-1"},
    }


def test_another_roles_events_are_not_this_roles() -> None:
    other = event(requestParameters={"roleName": "refunds-role", "policyArn": BOUNDARY})
    evidence, _ = changed(by_name({BOUNDARY: [other]}))
    assert evidence.changes == ()


def test_a_reviewed_policy_that_was_detached_is_not_read_again() -> None:
    evidence, aws = changed(by_name({"orders-role": [event()]}))
    assert json.loads(evidence.changes[0].before) == {"policy_arn": shop.BASIC}
    assert [p["PolicyArn"] for p in aws.named("iam:GetPolicy")].count(shop.BASIC) == 1


@pytest.mark.parametrize(
    ("arn", "is_read"),
    [
        (MINE, True),
        ("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", True),
        ("arn:aws:iam::999999999999:policy/theirs", False),
        ("arn:aws-cn:iam::aws:policy/AmazonS3ReadOnlyAccess", False),
        ("arn:aws:iam::aws:role/x", False),
        ("nonsense", False),
    ],
)
def test_a_detached_policy_is_read_if_it_is_ours_or_awss(arn: str, is_read: bool) -> None:
    given = {"roleName": "orders-role", "policyArn": arn}
    aws = Answers(
        {
            **shop.shop(),
            "iam:GetPolicyVersion": {"PolicyVersion": {"VersionId": "v7", "Document": json.dumps(READS)}},
            "cloudtrail:LookupEvents": by_name({"orders-role": [event(requestParameters=given)]}),
        }
    )
    reader = AccountReader(aws.clients(), SETTINGS, lambda: NOON)
    (change,) = reader.changes(denial(), reader.gather(denial())).changes
    known = json.loads(change.before) if change.before else None
    told = {"policy_arn": arn, "document": READS, "now": "v7", "then": "v7" if arn == MINE else ""}
    assert known == (told if is_read else None)
    assert (arn in [p["PolicyArn"] for p in aws.named("iam:GetPolicy")]) is is_read


def test_the_older_version_of_an_attached_policy_is_read() -> None:
    versions = [{"policyArn": BOUNDARY, "versionId": version} for version in ("v9", "v7")]
    events = [event("SetDefaultPolicyVersion", n, requestParameters=given) for n, given in enumerate(versions)]
    evidence, aws = changed(by_name({BOUNDARY: events}))
    before = json.loads(evidence.changes[0].before)
    assert (before["policy_arn"], before["version"]) == (BOUNDARY, "v7")
    assert before["document"] == shop.MANAGED[BOUNDARY]
    assert {"PolicyArn": BOUNDARY, "VersionId": "v7"} in aws.named("iam:GetPolicyVersion")


def made(version: str, hours: int, name: str = "CreatePolicyVersion") -> dict[str, Any]:
    """Another version of the detached policy became the default."""
    if name == "SetDefaultPolicyVersion":
        return event(name, hours, requestParameters={"policyArn": MINE, "versionId": version})
    answer = {"policyVersion": {"versionId": version}}
    return event(name, hours, requestParameters={"policyArn": MINE, "setAsDefault": True}, responseElements=answer)


SET = "SetDefaultPolicyVersion"


@pytest.mark.parametrize(
    ("events", "updated", "then"),
    [
        ([], 99, "v7"),
        ([], None, "v7"),
        ([made("v7", 90)], 90, "v7"),
        ([made("v7", 2), made("v6", 90)], 2, "v6"),
        ([made("v7", 2, SET), made("v6", 90, SET)], 99, "v6"),
        ([made("v2", 2)], 2, "v1"),
        ([made("v2", 2, SET)], 99, ""),
        ([made("v7", 2)], 2, ""),
        ([], 2, ""),
        ([made("v7", 90)], 2, ""),
        ([made("v6", 90)], 99, "v6"),
        ([made("v6", 90)], 2, "v6"),
        ([made("v7", 5, SET)], 99, ""),
    ],
)
def test_which_version_was_the_default_when_it_was_detached(
    events: list[dict[str, Any]], updated: int | None, then: str
) -> None:
    """Five hours ago; v7 is the default now. What nobody tells is not guessed, nor what CloudTrail did not tell yet."""
    policy = {"Arn": MINE, "DefaultVersionId": "v7"}
    if updated is not None:
        policy["UpdateDate"] = NOON - timedelta(hours=updated)  # type: ignore[assignment]
    gone = event(hours=5, requestParameters={"roleName": "orders-role", "policyArn": MINE})
    aws = Answers(
        {
            **shop.shop(),
            "iam:GetPolicy": lambda given: {
                "Policy": policy if given["PolicyArn"] == MINE else shop.default(given, "v7")
            },
            "iam:GetPolicyVersion": {"PolicyVersion": {"VersionId": "v7", "Document": json.dumps(READS)}},
            "cloudtrail:LookupEvents": by_name({"orders-role": [gone], MINE: events}),
        }
    )
    reader = AccountReader(aws.clients(), SETTINGS, lambda: NOON)
    (change,) = reader.changes(denial(), reader.gather(denial())).changes
    known = json.loads(change.before)
    assert (known["now"], known["then"]) == ("v7", then)


@pytest.mark.parametrize("fault", [DENIED, BROKEN, Refusal("NoSuchEntity", "deleted since", 404)])
def test_a_policy_that_cannot_be_read_any_more_is_not_known(fault: Refusal) -> None:
    def policy(params: Mapping[str, Any]) -> Answer:
        return fault if params["PolicyArn"] == MINE else {"Policy": {"Arn": BOUNDARY, "DefaultVersionId": "v7"}}

    given = {"roleName": "orders-role", "policyArn": MINE}
    events = by_name({"orders-role": [event(requestParameters=given)]})
    aws = Answers({**shop.shop(), "iam:GetPolicy": policy, "cloudtrail:LookupEvents": events})
    reader = AccountReader(aws.clients(), SETTINGS, lambda: NOON)
    (change,) = reader.changes(denial(), reader.gather(denial())).changes
    assert (change.event, change.before) == ("DetachRolePolicy", "")


def test_no_more_than_three_documents_are_read() -> None:
    given = [{"roleName": "orders-role", "policyArn": f"{MINE}{n}"} for n in range(9)]
    events = by_name({"orders-role": [event(requestParameters=each, hours=n) for n, each in enumerate(given)]})
    version = {"PolicyVersion": {"VersionId": "v7", "Document": json.dumps(READS)}}
    aws = Answers({**shop.shop(), "iam:GetPolicyVersion": version, "cloudtrail:LookupEvents": events})
    reader = AccountReader(aws.clients(), SETTINGS, lambda: NOON)
    found = reader.changes(denial(), reader.gather(denial())).changes
    assert [bool(change.before) for change in found] == [True] * 3 + [False] * 6


def test_a_trigger_that_is_refused_makes_the_function_the_first_to_be_looked_up() -> None:
    """By name and by ARN: CloudTrail keeps what the caller gave, and CloudFormation gives the ARN."""
    shared = {"functionName": shop.FUNCTION, "statementId": "daily"}
    rule = {**shared, "action": "lambda:InvokeFunction", "principal": "events.amazonaws.com", "sourceArn": "arn:aws:x"}
    gone = event("RemovePermission20150331v2", 1, requestParameters={**shared, "functionName": "orders"})
    events = {"orders": [gone], shop.FUNCTION: [event("AddPermission20150331v2", 90, requestParameters=rule)]}
    aws = Answers({**shop.shop(), "cloudtrail:LookupEvents": by_name(events)}, otherwise=DENIED)
    reader = AccountReader(aws.clients(), SETTINGS, lambda: NOON)
    refused = denial(
        kind=Kind.INVOKE_PERMISSION,
        action="lambda:InvokeFunction",
        resource=shop.FUNCTION,
        principal="events.amazonaws.com",
        witness=Witness.CONFIG,
    )
    seen = reader.changes(refused, reader.gather(refused))
    asked = aws.named("cloudtrail:LookupEvents")
    names = [params["LookupAttributes"][0]["AttributeValue"] for params in asked]
    assert sorted(names) == sorted(["orders", shop.FUNCTION, "orders-role", BOUNDARY])
    assert [(c.event, c.on) for c in seen.changes] == [("RemovePermission", "orders"), ("AddPermission", "orders")]
    assert json.loads(seen.changes[0].before)["permission"]["sourceArn"] == "arn:aws:x"


@pytest.mark.parametrize(("count", "cut"), [(20, False), (21, True)])
def test_changes_that_are_left_out_are_said_so_that_a_removal_among_them_is_not_taken_for_none(
    count: int, *, cut: bool
) -> None:
    later = [event("UpdateRole", hours=n + 1, eventID=str(n)) for n in range(count - 1)]
    evidence, _ = changed(by_name({"orders-role": [*later, event("DetachRolePolicy", hours=100)]}))
    assert len(evidence.changes) == 20
    assert ("recent changes of orders-role" in [gap.what for gap in evidence.unread]) is cut
    assert any(change.event == "DetachRolePolicy" for change in evidence.changes) is not cut


@pytest.mark.parametrize(("more", "left"), [(1, ""), (2, BOUNDARY)])
def test_policies_beyond_the_look_ups_of_one_diagnosis_are_named_for_the_guard(more: int, left: str) -> None:
    aws = Answers({**shop.shop(), "cloudtrail:LookupEvents": {"Events": []}})
    reader = AccountReader(aws.clients(), SETTINGS, lambda: NOON)
    read = reader.gather(denial())
    assert read.role
    held = tuple(f"arn:aws:iam::{ACCOUNT}:policy/p{n}" for n in range(more))
    role = replace(read.role, attached=held)
    evidence = reader.changes(denial(), replace(read, role=role))
    assert evidence.facts.get("changes_not_looked_up", "") == left
