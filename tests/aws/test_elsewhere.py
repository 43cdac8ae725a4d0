"""What other roles were given lately: looked up only where it may explain something, and never believed blindly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.model import Elsewhere, Evidence
from tests.aws import shop
from tests.aws.answers import DENIED, Answer, Answers, Reply
from tests.aws.shop import NOON, SETTINGS, denial
from tests.aws.test_changes import MAINTAINER, event

ALLOW = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]})
OTHER = {"roleName": "orders-role-new", "policyName": "read", "policyDocument": ALLOW}


def put(**record: Any) -> dict[str, Any]:
    return event("PutRolePolicy", **{"requestParameters": OTHER, **record})


def seen(answers: Mapping[str, list[dict[str, Any]]]) -> tuple[Evidence, Answers]:
    def reply(params: Mapping[str, Any]) -> Answer:
        wanted = params["LookupAttributes"][0]
        return {"Events": answers.get(wanted["AttributeValue"], [])}

    return _read(reply)


def _read(reply: Reply) -> tuple[Evidence, Answers]:
    aws = Answers({**shop.shop(), "cloudtrail:LookupEvents": reply})
    reader = AccountReader(aws.clients(), SETTINGS, lambda: NOON)
    return reader.changes(denial(), reader.gather(denial())), aws


def test_a_quiet_day_and_the_functions_own_role_are_nothing() -> None:
    assert seen({})[0].elsewhere == ()
    own = {**OTHER, "roleName": "orders-role"}
    assert seen({"PutRolePolicy": [put(requestParameters=own)]})[0].elsewhere == ()


def test_nobody_asks_when_the_own_role_was_given_something_since() -> None:
    own = event("PutRolePolicy", hours=-1, requestParameters={**OTHER, "roleName": "orders-role"})
    evidence, aws = seen({"orders-role": [own], "PutRolePolicy": [put()]})
    assert evidence.elsewhere == ()
    names = [params["LookupAttributes"][0]["AttributeValue"] for params in aws.named("cloudtrail:LookupEvents")]
    assert not {"PutRolePolicy", "AttachRolePolicy"} & set(names)


def test_what_the_own_role_was_given_before_the_refusal_did_not_help() -> None:
    own = event("PutRolePolicy", requestParameters={**OTHER, "roleName": "orders-role"})
    evidence, _ = seen({"orders-role": [own], "PutRolePolicy": [put()]})
    assert [one.role for one in evidence.elsewhere] == ["orders-role-new"]


MADE = event("CreateRole", requestParameters={"roleName": "orders-role-new"})
THEIRS = {"FunctionName": "refunds", "Role": "arn:aws:iam::111122223333:role/app/orders-role-new"}


def test_a_new_function_with_a_new_role_of_its_own_is_nobodys_mistake() -> None:
    assert beside_another([MADE], [THEIRS]) == []


@pytest.mark.parametrize(
    ("made", "functions"),
    [([], [THEIRS]), ([MADE], []), ([event("CreateRole", requestParameters={"roleName": "b"})], [THEIRS])],
)
def test_an_older_role_of_another_function_or_a_new_one_of_none_is_shown(
    made: list[dict[str, Any]], functions: list[dict[str, str]]
) -> None:
    assert beside_another(made, functions) == ["orders-role-new"]


def test_where_nobody_can_tell_who_made_the_other_role_it_is_not_blamed() -> None:
    assert beside_another(None, [THEIRS]) == []


def beside_another(made: list[dict[str, Any]] | None, functions: list[dict[str, str]]) -> list[str]:
    """The other roles shown; `made` tells which roles are new, None where the history does not tell."""
    given: dict[str, Answer] = {"PutRolePolicy": {"Events": [put()]}, "CreateRole": {"Events": made or []}}
    if made is None:
        given["CreateRole"] = DENIED

    def reply(params: Mapping[str, Any]) -> Answer:
        return given.get(params["LookupAttributes"][0]["AttributeValue"], {"Events": []})

    listed = {"lambda:ListFunctions": {"Functions": functions}}
    aws = Answers({**shop.shop(), **listed, "cloudtrail:LookupEvents": reply})
    reader = AccountReader(aws.clients(), SETTINGS, lambda: NOON)
    return [one.role for one in reader.changes(denial(), reader.gather(denial())).elsewhere]


@pytest.mark.parametrize("text", [ALLOW, quote(ALLOW)])
def test_an_inline_policy_of_another_role_is_shown_with_who_put_it_there(text: str) -> None:
    evidence, _ = seen({"PutRolePolicy": [put(requestParameters={**OTHER, "policyDocument": text})]})
    assert evidence.elsewhere == (Elsewhere(NOON - timedelta(hours=1), MAINTAINER, "orders-role-new", "read", ALLOW),)


def test_an_attached_policy_is_read_as_it_is_now() -> None:
    attached = event("AttachRolePolicy", requestParameters={"roleName": "other", "policyArn": shop.BASIC})
    evidence, _ = seen({"AttachRolePolicy": [attached]})
    assert [(one.role, one.policy) for one in evidence.elsewhere] == [("other", shop.BASIC)]
    assert "logs:PutLogEvents" in evidence.elsewhere[0].text


@pytest.mark.parametrize(
    "record",
    [
        {"errorCode": "AccessDenied"},
        {"requestParameters": None},
        {"requestParameters": "roleName"},
        {"requestParameters": {**OTHER, "policyDocument": "{" + " " * 30_000 + "}"}},
        {"requestParameters": {"roleName": ["a"]}},
        {"sourceIPAddress": "cloudformation.amazonaws.com"},
    ],
)
def test_what_failed_or_has_no_usable_form_is_passed_over(record: dict[str, Any]) -> None:
    assert seen({"PutRolePolicy": [put(**record)]})[0].elsewhere == ()


def test_a_history_that_did_not_tell_of_the_own_role_is_not_asked_further() -> None:
    evidence, aws = _read(DENIED)
    assert evidence.elsewhere == ()
    keys = {params["LookupAttributes"][0]["AttributeKey"] for params in aws.named("cloudtrail:LookupEvents")}
    assert keys == {"ResourceName"}


def test_a_history_that_cannot_be_read_is_named() -> None:
    def reply(params: Mapping[str, Any]) -> Answer:
        by_event = params["LookupAttributes"][0]["AttributeKey"] == "EventName"
        return DENIED if by_event else {"Events": []}

    evidence, _ = _read(reply)
    assert evidence.elsewhere == ()
    assert [u.what for u in evidence.unread if not u.decides and "other roles" in u.what] == [
        "what other roles were given (PutRolePolicy)",
        "what other roles were given (AttachRolePolicy)",
    ]
