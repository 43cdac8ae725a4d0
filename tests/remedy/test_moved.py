"""A function that runs as another role: what the earlier role allowed, or that role again; never more than shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iam_watchdog.model import AddRoleStatements, Advice, Change
from iam_watchdog.remedy.before import move_told, roles_told
from tests.remedy.removals import ALICE, STACK, change, policy
from tests.remedy.test_offer import SEND, proposed, seen
from tests.rules.cases import ACCOUNT, FUNCTION, NAME, QUEUE, ROLE, allow, deny, role

OLD = f"arn:aws:iam::{ACCOUNT}:role/app/orders-old"
AGAIN = f"aws lambda update-function-configuration --region eu-west-1 --function-name {FUNCTION} --role {OLD}"


def moved(*documents: Any, event: str = "UpdateFunctionConfiguration", **more: Any) -> Change:
    """Alice let the function run as another role; the earlier one holds these documents."""
    texts = [text if isinstance(text, str) else json.dumps(text) for text in documents]
    held = {"policies": [[f"inline/p{n}", text] for n, text in enumerate(texts)]} if texts else {}
    return change(event, {"role": OLD, **held, **more}, on=NAME, detail=move_told(ROLE, OLD))


def test_what_is_told_of_a_move_is_read_back_and_nothing_of_another_change() -> None:
    assert roles_told(moved()) == (ROLE, OLD)
    assert roles_told(moved(event="UpdateFunctionCode")) is None
    assert roles_told(change("UpdateFunctionConfiguration", on=NAME, detail=f"role {ROLE}")) is None


@pytest.mark.parametrize(
    "nothing",
    [
        change("UpdateFunctionConfiguration", on=NAME),
        change("UpdateFunctionConfiguration", {"role": ""}, on=NAME),
        change("UpdateFunctionConfiguration", {"role": [OLD]}, on=NAME),
        moved(policy(SEND), event="UpdateFunctionCode"),
    ],
)
def test_a_change_that_moved_nothing_is_not_suspected(nothing: Change) -> None:
    assert proposed(seen(nothing)) == proposed(seen())


@pytest.mark.parametrize(
    "unhelpful",
    [
        moved(),
        moved(policy(allow("sqs:SendMessage", f"{QUEUE}-other"))),
        moved("{"),
        moved(policy(SEND), '{"Statement":'),
    ],
    ids=["unknown", "another queue", "unreadable", "half unreadable"],
)
def test_a_role_that_is_not_known_to_have_allowed_it_is_only_told(unhelpful: Change) -> None:
    found, plan = proposed(seen(unhelpful))
    assert (found.fixes, found.instead) == (proposed(seen())[0].fixes, ())
    assert plan == proposed(seen())[1]
    assert found.notes[0].startswith(f"changed at 2026-11-23 10:00 UTC by {ALICE} (a person)")
    assert OLD in found.notes[0]


def test_nothing_is_moved_back_on_a_role_that_is_on_hold() -> None:
    assert proposed(seen(moved(policy(SEND)), role=role(tags={"iam-watchdog-hold": "x"})))[0].instead == ()


def test_where_the_fix_says_the_same_only_the_earlier_role_is_the_alternative() -> None:
    found, plan = proposed(seen(moved(policy(SEND))))
    assert (found.fixes, plan) == (proposed(seen())[0].fixes, proposed(seen())[1])
    (again,) = found.instead
    assert isinstance(again, Advice)
    assert (again.target, again.statements) == (FUNCTION, ())
    assert again.text.endswith(AGAIN)
    assert found.notes[0] == (
        "alice moved function orders at 2026-11-23 10:00 UTC from role orders-old, which allowed this: let it run as "
        "role orders-old again (UpdateFunctionConfiguration), instead of the fix; ask alice first."
    )


def test_the_earlier_roles_wider_grant_is_an_alternative_with_its_surplus() -> None:
    wide, other = allow("sqs:*", "*"), allow("s3:GetObject", "arn:aws:s3:::secret/*")
    found, plan = proposed(seen(moved(policy(wide, other), policy(other))))
    assert (found.fixes, plan) == (proposed(seen())[0].fixes, proposed(seen())[1])
    grant, again = found.instead
    assert isinstance(grant, AddRoleStatements)
    assert (grant.role, [(s.actions, s.resources) for s in grant.statements]) == (ROLE, [(("sqs:*",), ("*",))])
    assert isinstance(again, Advice)
    assert "It would also allow sqs:* on *." in found.notes[0]
    assert "secret" not in str(found), "what the function did not use is nobody's to give"


def test_without_its_deny_the_earlier_grant_would_be_wider_so_only_the_role_comes_back() -> None:
    tls = deny("sqs:SendMessage", "*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    found, _ = proposed(seen(moved(policy(SEND), policy(tls))))
    assert [type(fix) for fix in found.instead] == [Advice]
    assert found.instead[0] == proposed(seen(moved(policy(SEND))))[0].instead[0]


def test_an_earlier_role_that_refused_it_as_well_is_not_offered() -> None:
    found, _ = proposed(seen(moved(policy(SEND), policy(deny("sqs:*", "*")))))
    assert found.instead == ()


def test_what_a_stack_moved_belongs_in_its_template() -> None:
    found, _ = proposed(seen(moved(policy(SEND), **STACK)))
    assert found.notes[0].startswith("CloudFormation, for alice moved function orders")
