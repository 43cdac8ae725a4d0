"""A function that was moved to another role: silent where its role stayed, else who, when and from which role."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.aws.moves import EVENT
from iam_watchdog.model import Evidence, Kind
from tests.aws import shop
from tests.aws.answers import ACCOUNT, BROKEN, DENIED, Answer, Answers, Reply
from tests.aws.shop import NOON, SETTINGS, denial
from tests.aws.test_changes import MAINTAINER, by_name, event

OLD = f"arn:aws:iam::{ACCOUNT}:role/app/orders-old"
UNREAD = ["recent changes of orders"]


def update(role: str | None, hours: int = 1, name: str = "orders", **record: Any) -> dict[str, Any]:
    """The function's configuration was changed, its role too if one is given."""
    params = {"functionName": name, **({"role": role} if role else {})}
    return event(EVENT, hours, requestParameters=params, eventID=f"u{hours}", **record)


def answered(role: str, hours: int) -> dict[str, Any]:
    """Another change, whose answer tells the role."""
    return update(None, hours, responseElements={"role": role})


def read(
    lookups: Reply,
    modified: str = "",
    refused: Any = None,
    otherwise: Any = None,
    answers: Mapping[str, Reply] | None = None,
) -> tuple[Evidence, Answers]:
    configuration = {**shop.CONFIGURATION, "LastModified": modified}
    aws = Answers(
        {
            **shop.shop(),
            "lambda:GetFunctionConfiguration": configuration,
            **(answers or {}),
            "cloudtrail:LookupEvents": lookups,
        },
        otherwise=otherwise,
    )
    reader = AccountReader(aws.clients(), SETTINGS, lambda: NOON)
    what = refused or denial()
    return reader.changes(what, reader.gather(what)), aws


def moves(*events: dict[str, Any], own: tuple[dict[str, Any], ...] = (), **given: Any) -> Evidence:
    return read(by_name({EVENT: list(events), "orders": list(own)}), **given)[0]


# ---------------------------------------------------------------- silence


@pytest.mark.parametrize(
    "events",
    [
        [],
        [update(None)],
        [update(shop.ROLE), answered(shop.ROLE, 5)],
        [update(shop.ROLE), update(shop.ROLE, 5), update(shop.ROLE, 31 * 24), update(OLD, 40 * 24)],
        [update(shop.ROLE, 31 * 24), update(OLD, 40 * 24)],
        [update(shop.ROLE, name="refunds"), update(OLD, 5, name="refunds")],
        [update(shop.ROLE, errorCode="AccessDenied"), update(OLD, 5)],
    ],
    ids=["quiet", "else", "same", "same again", "long ago", "another function", "refused"],
)
def test_a_role_that_stayed_is_no_change(events: list[dict[str, Any]]) -> None:
    evidence = moves(*events)
    assert evidence.changes == ()
    assert evidence.unread == ()
    assert "changes_not_looked_up" not in evidence.facts


def test_a_function_that_nobody_changed_for_a_month_is_not_looked_up() -> None:
    history = by_name({EVENT: [update(shop.ROLE), update(OLD, 5)]})
    for modified, asked in (("2026-10-01T11:59:00.000+0000", 0), ("2026-11-20T11:59:00.000+0000", 1), ("x", 1)):
        evidence, aws = read(history, modified)
        named = [p["LookupAttributes"][0]["AttributeValue"] for p in aws.named("cloudtrail:LookupEvents")]
        assert (named.count(EVENT), len(evidence.changes)) == (asked, asked)


def test_what_starts_a_function_is_not_refused_for_its_role() -> None:
    started = denial(kind=Kind.INVOKE_PERMISSION, action="lambda:InvokeFunction", resource=shop.FUNCTION)
    _, aws = read(by_name({}), refused=started, otherwise=DENIED)
    assert EVENT not in [p["LookupAttributes"][0]["AttributeValue"] for p in aws.named("cloudtrail:LookupEvents")]


# ---------------------------------------------------------------- the move


@pytest.mark.parametrize("before", [update(OLD, 5), answered(OLD, 5), update(OLD, 60 * 24)])
def test_who_moved_it_when_and_from_which_role_is_told(before: dict[str, Any]) -> None:
    (change,) = moves(update(shop.ROLE), before).changes
    assert (change.event, change.on, change.who, change.by_person) == (
        "UpdateFunctionConfiguration",
        "orders",
        MAINTAINER,
        True,
    )
    assert change.detail == f"role {shop.ROLE}, before role {OLD}"
    known = json.loads(change.before)
    assert known["role"] == OLD
    assert [(name, json.loads(text)) for name, text in known["policies"]] == [
        ("inline/reads", shop.INLINE),
        (shop.BASIC, shop.MANAGED[shop.BASIC]),
    ]


def test_the_function_is_known_by_its_arn_too() -> None:
    (change,) = moves(update(shop.ROLE, name=f"{shop.FUNCTION}:7"), update(OLD, 5)).changes
    assert change.on == "orders"


def test_the_role_before_is_looked_for_in_the_functions_own_history() -> None:
    made = event("CreateFunction20150331", 99, requestParameters={"functionName": "orders", "role": OLD})
    (change,) = moves(update(shop.ROLE), own=(made,)).changes
    assert json.loads(change.before)["role"] == OLD


def test_where_nobody_tells_the_role_before_nothing_is_claimed_and_nothing_done_unasked() -> None:
    evidence = moves(update(shop.ROLE))
    assert evidence.changes == ()
    assert evidence.facts["changes_not_looked_up"] == "orders"
    by_stack = moves(update(shop.ROLE, sourceIPAddress="cloudformation.amazonaws.com"))
    assert "changes_not_looked_up" not in by_stack.facts


def test_a_stacks_move_is_no_persons() -> None:
    (change,) = moves(update(shop.ROLE, sourceIPAddress="cloudformation.amazonaws.com"), update(OLD, 5)).changes
    assert not change.by_person
    assert json.loads(change.before)["via"] == "cloudformation.amazonaws.com"


# ---------------------------------------------------------------- what cannot be known


@pytest.mark.parametrize(
    "earlier", ["arn:aws:iam::999999999999:role/theirs", "nonsense", OLD.replace("role/", "user/")]
)
def test_a_strangers_role_is_not_asked_about(earlier: str) -> None:
    evidence, aws = read(by_name({EVENT: [update(shop.ROLE), update(earlier, 5)]}))
    assert "policies" not in json.loads(evidence.changes[0].before)
    assert {p["RoleName"] for p in aws.named("iam:ListRolePolicies")} == {"orders-role"}


@pytest.mark.parametrize("fault", [DENIED, BROKEN])
def test_a_role_of_which_a_part_cannot_be_read_is_not_known(fault: Any) -> None:
    def listed(params: Mapping[str, Any]) -> Answer:
        return fault if params["RoleName"] == "orders-old" else {"AttachedPolicies": []}

    given: dict[str, Reply] = {"iam:ListAttachedRolePolicies": listed}
    evidence, _ = read(by_name({EVENT: [update(shop.ROLE), update(OLD, 5)]}), answers=given)
    assert json.loads(evidence.changes[0].before) == {"role": OLD}


def test_a_role_of_many_policies_is_not_read_to_the_end() -> None:
    given: dict[str, Reply] = {"iam:ListRolePolicies": {"PolicyNames": [f"p{n}" for n in range(30)]}}
    evidence, aws = read(by_name({EVENT: [update(shop.ROLE), update(OLD, 5)]}), answers=given)
    assert json.loads(evidence.changes[0].before) == {"role": OLD}
    assert len([p for p in aws.named("iam:GetRolePolicy") if p["RoleName"] == "orders-old"]) < 10


def test_a_busy_accounts_history_is_continued_in_the_functions_own() -> None:
    """So many other functions were changed that this one's move lies behind the third page."""

    def busy(own: int) -> Reply:
        def answer(params: Mapping[str, Any]) -> Answer:
            wanted = params["LookupAttributes"][0]["AttributeValue"]
            if wanted == EVENT:
                return {"Events": [update(OLD, name="other")] * 50, "NextToken": "more"}
            if wanted != "orders":
                return {"Events": []}
            found = [update(shop.ROLE), update(OLD, 5)] if own == 1 else [event("GetFunction")] * 50
            return {"Events": found, **({"NextToken": "more"} if own > 1 else {})}

        return answer

    assert [c.on for c in read(busy(1))[0].changes] == ["orders"]
    evidence, _ = read(busy(9))
    assert evidence.changes == ()
    assert [gap.what for gap in evidence.unread] == UNREAD


def test_a_history_that_cannot_be_read_is_named() -> None:
    def answer(params: Mapping[str, Any]) -> Answer:
        return DENIED if params["LookupAttributes"][0]["AttributeValue"] == EVENT else {"Events": []}

    evidence, _ = read(answer)
    assert [(gap.what, gap.decides) for gap in evidence.unread] == [(UNREAD[0], False)]
    assert replace(evidence, unread=()).changes == ()
