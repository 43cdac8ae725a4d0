"""What stood there before a change: silent unless AWS's own earlier record says it, and never more than that."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.aws import earlier, written
from iam_watchdog.aws.history import Event
from iam_watchdog.aws.read.piece import document
from tests.aws.shop import NOON, ROLE
from tests.rules.cases import allow, deny

DOCUMENT = {"Version": "2012-10-17", "Statement": [allow("s3:GetObject", "arn:aws:s3:::shop-orders/*")]}
TEXT = json.dumps(DOCUMENT, indent=2)
MINE = "arn:aws:iam::123456789012:policy/mine"


def event(name: str, hours: float = 1, **fields: Any) -> Event:
    """One call; parameters by name, what it answered as `answer`."""
    params = {k: v for k, v in fields.items() if k not in ("answer", "service", "own", "source")}
    return Event(
        id=f"{int(hours):08d}-0000-4000-8000-000000000000",
        at=NOON - timedelta(hours=hours),
        name=name,
        source=fields.get("source", ""),
        region="us-east-1",
        who="ann",
        params=params,
        answer=fields.get("answer", {}),
        service=fields.get("service", ""),
        own=fields.get("own", False),
    )


def before(*events: Event) -> Any:
    text = earlier.before(events[0], events[1:])
    return json.loads(text) if text else None


def put(hours: float, text: object = TEXT, name: str = "reads", **fields: Any) -> Event:
    return event("PutRolePolicy", hours, roleName="orders-role", policyName=name, policyDocument=text, **fields)


def delete(hours: float = 1, name: str = "reads", **fields: Any) -> Event:
    return event("DeleteRolePolicy", hours, roleName="orders-role", policyName=name, **fields)


# ---------------------------------------------------------------- silence


GONE = event("RemovePermission", statementId="s")
ADDED = event("AddPermission", 5, statementId="s")
OWN = {"statementId": "iam-watchdog-1"}
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
TIMEOUT = event("SetQueueAttributes", attributes={"VisibilityTimeout": "30"})


def version(number: str) -> dict[str, Any]:
    return {"policyVersion": {"versionId": number}}


@pytest.mark.parametrize(
    "events",
    [
        [delete()],
        [delete(), put(5, name="other")],
        [delete(), put(5, text=None)],
        [delete(), put(5, text='{"Version": "2012-10-17", "Statem')],
        [delete(), put(5, text="[" * 100_000)],
        [delete(), put(5, text=f'{{"Statement": [], "Id": "{"x" * 40_000}"}}')],
        [delete(), put(5, text='"Statement"')],
        [delete(name="iam-watchdog-eu-west-1-0123"), put(5, name="iam-watchdog-eu-west-1-0123")],
        [delete(), put(5, own=True)],
        [delete(own=True), put(5)],
        [delete(service="config.amazonaws.com"), put(5)],
        [event("DetachRolePolicy", roleName="orders-role")],
        [event("DetachRolePolicy", policyArn=MINE), event("AttachRolePolicy", 5, policyArn=MINE, own=True)],
        [event("AttachRolePolicy", policyArn=MINE)],
        [event("UpdateAssumeRolePolicy", roleName="orders-role", policyDocument=TEXT)],
        [GONE],
        [
            event("RemovePermission", statementId="s", source="sqs.amazonaws.com"),
            event("AddPermission", 5, statementId="s"),
        ],
        [GONE, event("AddPermission", 5, statementId="s", qualifier="live")],
        [
            event("RemovePermission", statementId="s"),
            event("RemovePermission", 3, statementId="s"),
            event("AddPermission", 5, statementId="s"),
        ],
        [GONE, event("AddPermission", 5, statementId="s", condition={"a": "b"})],
        [
            event("RemovePermission", statementId="iam-watchdog-1"),
            event("AddPermission", 5, statementId="iam-watchdog-1"),
        ],
        [event("PutBucketPolicy", bucketName="b", bucketPolicy=DOCUMENT)],
        [
            event("SetQueueAttributes", attributes={"VisibilityTimeout": "30"}),
            event("SetQueueAttributes", 5, attributes={"Policy": TEXT}),
        ],
        [
            event("PutResourcePolicy", secretId="s"),
            event("PutResourcePolicy", 5, resourcePolicy=HIDDEN),
        ],
        [event("RevokeGrant", grantId="g"), event("CreateGrant", 5, answer={"grantId": "h"})],
        [event("CreatePolicyVersion", policyArn=MINE, answer=version("v3"), setAsDefault=True)],
        [event("CreatePolicyVersion", policyArn=MINE, answer=version("v2"))],
        [event("SetDefaultPolicyVersion", policyArn=MINE, versionId="v2")],
    ],
    ids=str,
)
def test_what_no_record_says_is_not_known(events: list[Event]) -> None:
    assert before(*events) is None


# ---------------------------------------------------------------- what it was


def test_a_person_s_policy_whose_name_begins_nearly_as_ours_is_theirs() -> None:
    name = "iam-watchdogs-of-the-night-shift"
    assert before(delete(name=name), put(5, name=name))["policy"] == name
    gone, added = (event(call, n, statementId=name) for n, call in ((1, "RemovePermission"), (5, "AddPermission")))
    assert before(gone, added)["permission"]["statementId"] == name


@pytest.mark.parametrize("text", [TEXT, quote(TEXT), DOCUMENT])
def test_a_deleted_inline_policy_is_as_it_was_last_put(text: object) -> None:
    assert before(delete(), put(5, text), put(9, json.dumps({"Statement": []}))) == {
        "policy": "reads",
        "document": DOCUMENT,
        "put": {"event": "00000005-0000-4000-8000-000000000000", "region": "us-east-1"},
    }


def test_a_policy_put_after_it_was_deleted_replaced_nothing() -> None:
    assert before(put(1), delete(3), put(5))["document"]["Statement"] == []


def test_the_first_policy_of_a_new_role_replaced_nothing() -> None:
    assert before(put(1), event("CreateRole", 3, roleName="orders-role"))["document"]["Statement"] == []
    assert before(put(1), event("CreateRole", 3, roleName="another-role")) is None


def test_a_trust_policy_is_as_it_was_written_or_made() -> None:
    now = event("UpdateAssumeRolePolicy", roleName="orders-role", policyDocument="{}")
    made = event("CreateRole", 9, roleName="orders-role", assumeRolePolicyDocument=TEXT)
    assert before(now, made)["document"] == DOCUMENT
    assert before(now, event("UpdateAssumeRolePolicy", 5, roleName="orders-role", policyDocument=quote(TEXT)))["trust"]


def test_a_policy_that_was_overwritten_is_as_it_was_before() -> None:
    assert before(put(1, "{}"), put(5))["document"] == DOCUMENT


def test_cloudformation_is_named() -> None:
    assert before(delete(service="cloudformation.amazonaws.com"), put(5))["via"] == "cloudformation.amazonaws.com"


def test_a_detached_policy_is_named() -> None:
    assert before(event("DetachRolePolicy", policyArn=MINE, roleName="orders-role")) == {"policy_arn": MINE}


def test_a_removed_permission_is_as_it_was_added() -> None:
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:orders"
    added = event(
        "AddPermission",
        5,
        functionName=f"{arn}:live",
        statementId="daily",
        action="lambda:InvokeFunction",
        principal="events.amazonaws.com",
        sourceArn="arn:aws:events:eu-west-1:123456789012:rule/daily",
        invokedViaFunctionUrl=True,
        revisionId="r",
        eventSourceToken=None,
    )
    gone = event("RemovePermission", functionName="orders", statementId="daily", qualifier="live")
    assert before(gone, added)["permission"] == {
        "action": "lambda:InvokeFunction",
        "principal": "events.amazonaws.com",
        "sourceArn": "arn:aws:events:eu-west-1:123456789012:rule/daily",
        "invokedViaFunctionUrl": "True",
        "statementId": "daily",
        "qualifier": "live",
    }


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (event("DeleteBucketPolicy"), event("PutBucketPolicy", 5, bucketPolicy=DOCUMENT)),
        (event("PutKeyPolicy", policy="{}"), event("CreateKey", 5, policy=TEXT)),
        (event("PutResourcePolicy", resourcePolicy="{}"), event("PutResourcePolicy", 5, resourcePolicy=TEXT)),
        (event("DeleteResourcePolicy"), event("PutResourcePolicy", 5, policy=TEXT)),
        (event("SetQueueAttributes", attributes={"Policy": ""}), event("CreateQueue", 5, attributes={"Policy": TEXT})),
        (event("DeleteRepositoryPolicy"), event("SetRepositoryPolicy", 5, policyText=TEXT)),
    ],
    ids=lambda e: e.name,
)
def test_a_resources_policy_is_as_it_was_written_last(now: Event, then: Event) -> None:
    assert before(now, then)["document"] == DOCUMENT


def test_a_policy_that_was_taken_away_before_left_nothing() -> None:
    gone = before(
        event("PutBucketPolicy", bucketPolicy={}),
        event("DeleteBucketPolicy", 3),
        event("PutBucketPolicy", 5, bucketPolicy=DOCUMENT),
    )
    assert gone["document"]["Statement"] == []


def test_a_revoked_grant_is_as_it_was_created() -> None:
    made = event("CreateGrant", 5, granteePrincipal=ROLE, operations=["Decrypt"], answer={"grantId": "g"})
    assert before(event("RevokeGrant", grantId="g"), made) == {
        "grant": {"granteePrincipal": ROLE, "operations": ["Decrypt"]}
    }


def test_the_default_version_of_before_is_told_by_the_event_before() -> None:
    new = {"policyVersion": {"versionId": "v5"}}
    created = event("CreatePolicyVersion", policyArn=MINE, setAsDefault=True, answer=new)
    chosen = event("SetDefaultPolicyVersion", 5, policyArn=MINE, versionId="v2")
    assert before(created, chosen) == {"policy_arn": MINE, "version": "v2"}
    first = event("CreatePolicyVersion", policyArn=MINE, setAsDefault=True, answer=version("v2"))
    assert before(first) == {"policy_arn": MINE, "version": "v1"}


# ---------------------------------------------------------------- whatever stands there

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)
PARAMS = st.dictionaries(
    st.sampled_from(["policyName", "policyArn", "policyDocument", "statementId", "grantId", "attributes", "policy"]),
    JSON | st.just(TEXT) | st.just({"Policy": TEXT}),
)


@given(st.sampled_from(sorted(earlier._READERS)), PARAMS, PARAMS, JSON)
def test_no_parameters_break_it(name: str, now: dict[str, Any], then: dict[str, Any], answer: Any) -> None:
    older = [event(n, 5, **then, answer=answer if isinstance(answer, dict) else {}) for n in earlier._READERS]
    text = earlier.before(event(name, 1, **now), older)
    assert text == "" or isinstance(json.loads(text), dict)


@given(JSON | st.text() | st.just("%7B" + quote(TEXT)))
def test_a_document_is_read_or_refused_by_its_name(value: object) -> None:
    try:
        found = written.parsed(value)
    except (ValueError, TypeError):
        return
    assert "Statement" in found
    assert len(document(dict(found))) <= 4 * written.LONGEST


def test_a_deny_is_kept_as_it_was() -> None:
    both = {"Statement": [allow("s3:*"), deny("s3:DeleteBucket")]}
    assert before(delete(), put(5, json.dumps(both)))["document"] == both
