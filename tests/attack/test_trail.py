"""CloudTrail records that somebody made up: an event counts only once CloudTrail itself knows it by its id."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from iam_watchdog.detect import cloudtrail
from iam_watchdog.handlers import trail
from iam_watchdog.model import AttachManagedPolicy, Proposed
from tests.attack.judgement import assert_inert_everywhere, assert_modest, assert_unmoved
from tests.attack.siege import (
    ANSWERS,
    AWS,
    BASIC,
    GROUND,
    GROUP,
    OTHERS,
    OWN_ROLE,
    ROLE,
    SESSION,
    recorded,
    refusal,
    world,
)
from tests.aws.answers import ACCOUNT, DENIED, REGION, THROTTLED, Reply
from tests.handlers.events import Context

EVENT = "1f0b2a1c-0000-4000-8000-0123456789ab"
STREAM = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}:log-stream:x"


def record(**changed: Any) -> dict[str, Any]:
    """CloudTrail's record of a function that may not log: mended unasked, if it is true."""
    issuer = {"type": "Role", "arn": ROLE, "accountId": ACCOUNT, "userName": "orders-role"}
    who = {"type": "AssumedRole", "arn": SESSION, "accountId": ACCOUNT, "sessionContext": {"sessionIssuer": issuer}}
    return {
        "eventVersion": "1.11",
        "userIdentity": who,
        "eventTime": "2026-11-23T12:00:00Z",
        "eventSource": "logs.amazonaws.com",
        "eventName": "CreateLogStream",
        "awsRegion": REGION,
        "sourceIPAddress": "lambda.amazonaws.com",
        "userAgent": "awslambda-worker",
        "errorCode": "AccessDenied",
        "errorMessage": refusal("logs:CreateLogStream", STREAM),
        "requestParameters": {"logGroupName": GROUP, "logStreamName": "x"},
        "eventID": EVENT,
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
    } | changed


def listed(*records: Mapping[str, Any]) -> Reply:
    """What CloudTrail itself knows."""
    return {"Events": [{"EventId": str(r["eventID"]), "CloudTrailEvent": json.dumps(r)} for r in records]}


@pytest.fixture(autouse=True)
def mute() -> Iterator[None]:
    """The role holds no policy at all."""
    AWS.table["iam:ListRolePolicies"] = {"PolicyNames": []}
    yield
    AWS.table.clear()
    AWS.table.update(ANSWERS)


def test_what_cloudtrail_knows_is_mended_unasked() -> None:
    """The twin of every case below."""
    AWS.table["cloudtrail:LookupEvents"] = _by_id(record())
    made = world()
    recorded(made, record())
    assert made.hands.made == 1


def _by_id(*records: Mapping[str, Any]) -> Reply:
    """Answers for the id that is asked for; the history of the role has nothing."""

    def answer(params: Mapping[str, Any]) -> Any:
        wanted = params["LookupAttributes"][0]
        return listed(*records) if wanted["AttributeKey"] == "EventId" else {"Events": []}

    return answer


def _who(**changed: Any) -> dict[str, Any]:
    return {"userIdentity": {**record()["userIdentity"], **changed}}


_SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role"
KNOWN: dict[str, dict[str, Any]] = {
    "nothing": {"eventID": "ffffffff-0000-4000-8000-0123456789ab"},
    "another principal": _who(arn=f"{_SESSION}/admin/orders"),
    "another session": _who(arn=f"{_SESSION}/orders-role/somebody"),
    "another account": {"recipientAccountId": OTHERS},
    "another Region": {"awsRegion": "us-east-1"},
    "another action": {"errorMessage": "", "eventName": "CreateLogGroup"},
    "another resource": {"errorMessage": refusal("logs:CreateLogStream", STREAM.replace("orders", "billing"))},
    "a success": {"errorCode": None},
    "a fault that is no denial": {"errorCode": "ThrottlingException", "errorMessage": "Rate exceeded"},
    "a person": _who(type="IAMUser", arn=f"arn:aws:iam::{ACCOUNT}:user/admin"),
    "a call from a laptop": {"sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2.1"},
}


@pytest.mark.parametrize("differs", KNOWN.values(), ids=KNOWN.keys())
def test_a_record_that_cloudtrail_tells_differently_changes_nothing(differs: dict[str, Any]) -> None:
    """The bus said one thing, CloudTrail's own record of that id another."""
    AWS.table["cloudtrail:LookupEvents"] = _by_id(record(**differs))
    made = world()
    recorded(made, record())
    assert_unmoved(made)
    assert_modest(made)


FAULTS: dict[str, Reply] = {"refused": DENIED, "throttled": THROTTLED, "empty": {}, "not there yet": {"Events": []}}


@pytest.mark.parametrize("answer", FAULTS.values(), ids=FAULTS.keys())
def test_a_record_that_nobody_can_look_up_changes_nothing(answer: Reply) -> None:
    AWS.table["cloudtrail:LookupEvents"] = answer
    made = world()
    recorded(made, record())
    assert_unmoved(made)
    (incident,) = made.facts.listing()
    assert incident.last(Proposed)
    assert made.notifier.told


FORGED: dict[str, dict[str, Any]] = {
    "an id that is none": {"eventID": "x"},
    "no id": {"eventID": None},
    "an id that is a list": {"eventID": [EVENT]},
    "an id in braces": {"eventID": f"{{{EVENT}}}"},
    "an id with a wildcard": {"eventID": "*"},
    "another role": _who(arn=f"{_SESSION}/admin/orders"),
    "another function": _who(arn=f"{_SESSION}/billing-role/billing"),
    "another account's role": _who(arn=f"arn:aws:sts::{OTHERS}:assumed-role/orders-role/orders"),
    "another account": {"recipientAccountId": OTHERS},
    "a Region that is a host": {"awsRegion": "evil.example#"},
    "a Region that does not exist": {"awsRegion": "mars-north-1"},
    "the root": _who(type="Root", arn=f"arn:aws:iam::{ACCOUNT}:root"),
    "a user": _who(type="IAMUser"),
    "no identity": {"userIdentity": None},
    "an identity that is text": {"userIdentity": SESSION},
    "the watchdog's own role": _who(arn=f"{_SESSION}/iam-watchdog-remediate-{REGION}/iam-watchdog-remediate"),
    "the watchdog's own issuer": _who(sessionContext={"sessionIssuer": {"arn": OWN_ROLE}}),
    "a role of AWS": _who(sessionContext={"sessionIssuer": {"arn": "arn:aws:iam::1:role/aws-service-role/x/y"}}),
    "an escalation": {"errorMessage": refusal("iam:PutRolePolicy", ROLE), "eventName": "PutRolePolicy"},
    "a wildcard": {"errorMessage": refusal("s3:*", "*")},
    "every bucket": {"errorMessage": refusal("s3:GetObject", "arn:aws:s3:::*/*")},
    "a message of markup": {"errorMessage": refusal(resource="arn:aws:s3:::b/<script>alert(1)</script>/a.json")},
    "a message that is a list": {"errorMessage": [refusal()]},
    "a megabyte": {"errorMessage": refusal(resource="arn:aws:s3:::b/" + "A" * 1_000_000)},
    "a time before time": {"eventTime": "0001-01-01T00:00:00Z"},
    "a time after time": {"eventTime": "9999-12-31T23:59:59Z"},
    "no time": {"eventTime": None},
    "a time with a zone of its own": {"eventTime": "2026-11-23T12:00:00+23:59"},
    "parameters that are text": {"requestParameters": "logGroupName", "errorMessage": ""},
    "resources that are text": {"resources": "arn", "errorMessage": ""},
    "a trust failure of its own making": {
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRole",
        "userIdentity": {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"},
        "requestParameters": {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/admin", "roleSessionName": "orders"},
        "errorMessage": "",
    },
    "a deployment of its own making": {
        "eventSource": "lambda.amazonaws.com",
        "eventName": "UpdateFunctionConfiguration20150331v2",
        "errorMessage": "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
        "requestParameters": {"functionName": "orders", "role": f"arn:aws:iam::{ACCOUNT}:role/admin"},
    },
}


@pytest.mark.parametrize("changed", FORGED.values(), ids=FORGED.keys())
def test_a_forged_record_changes_nothing(changed: dict[str, Any]) -> None:
    """CloudTrail knows the true event; the forgery bears its id or another."""
    AWS.table["cloudtrail:LookupEvents"] = _by_id(record())
    made = world()
    recorded(made, record(**changed))
    assert_unmoved(made)
    assert_modest(made)
    assert_inert_everywhere(made.facts.listing())


def test_a_forgery_before_the_true_record_does_not_stand_in_its_way() -> None:
    AWS.table["cloudtrail:LookupEvents"] = _by_id(record())
    made = world()
    recorded(made, record(**KNOWN["another principal"]), record())
    assert made.hands.made == 1


SAME: dict[str, dict[str, Any]] = {
    "words of its own": {"witness": "config", "facts": {"witness_confirmed": "cloudtrail"}, "fixes": ["*"]},
    "no Region": {"awsRegion": None},
    "a function's name with a path": _who(inScopeOf={"credentialsIssuedTo": "../../admin"}),
}


@pytest.mark.parametrize("changed", SAME.values(), ids=SAME.keys())
def test_what_is_not_read_of_a_record_changes_nothing_about_it(changed: dict[str, Any]) -> None:
    """It is the true record, and mended as that: the managed policy and no more."""
    AWS.table["cloudtrail:LookupEvents"] = _by_id(record())
    made = world()
    recorded(made, record(**changed))
    assert [receipt.name for receipt in made.hands.held.values()] == [str(AttachManagedPolicy(ROLE, BASIC))]


EVENTS: dict[str, Any] = {
    "nothing": {},
    "a detail that is text": {"detail": "x"},
    "a detail that is a list": {"detail": []},
    "a log delivery": {"awslogs": {"data": ""}},
    "a queue's batch": {"Records": []},
}


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_an_event_of_another_kind_is_refused_by_name(event: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"event\.detail"):
        trail.handler(event, Context())


@pytest.mark.parametrize("text", ["", "x", None, 7, [], {}])
def test_no_shape_of_a_record_raises(text: Any) -> None:
    """One field after another holds something else."""
    for name in record():
        cloudtrail.from_record(record(**{name: text}), GROUND)
