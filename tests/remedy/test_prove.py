"""The minimal Allow and its proof: holds when exact, objects as soon as one element is dropped or widened."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from iam_watchdog.model import Allow, Answer, Layer, Policy, Request
from iam_watchdog.remedy.document import policy_document
from iam_watchdog.remedy.prove import missing, prove

ACCOUNT, OTHER = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/App"
GET = Request(
    f"arn:aws:sts::{ACCOUNT}:assumed-role/App/s1",
    "s3:GetObject",
    "arn:aws:s3:::b/in/k",
    ACCOUNT,
    {"aws:PrincipalArn": (ROLE,), "aws:PrincipalAccount": (ACCOUNT,)},
)


def policy(layer: Layer, *statements: dict[str, Any], name: str = "p") -> Policy:
    return Policy(layer, name, json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def allow(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements}


def add(*lacks: tuple[Layer, Allow]) -> list[Policy]:
    return [Policy(layer, "added", json.dumps(policy_document([one]))) for layer, one in lacks]


def test_nothing_is_missing_where_it_is_allowed() -> None:
    assert missing(GET, [policy(Layer.IDENTITY, allow())]) == ()


def test_no_allow_is_offered_against_an_explicit_deny() -> None:
    assert missing(GET, [policy(Layer.IDENTITY, allow(Effect="Deny"))]) == ()


def test_a_missing_identity_allow_is_the_literal_one() -> None:
    assert missing(GET, []) == ((Layer.IDENTITY, Allow(("s3:GetObject",), ("arn:aws:s3:::b/in/k",))),)


def test_the_boundary_comes_after_the_identity() -> None:
    assert [layer for layer, _ in missing(GET, [policy(Layer.BOUNDARY, allow(Action="s3:PutObject"))])] == [
        Layer.IDENTITY,
        Layer.BOUNDARY,
    ]


def test_across_accounts_both_sides_have_to_speak() -> None:
    lacks = missing(replace(GET, resource_account=OTHER), [])
    assert [layer for layer, _ in lacks] == [Layer.RESOURCE, Layer.IDENTITY]
    assert lacks[0][1].principals == (("AWS", ROLE),)


def test_the_minimal_fix_holds() -> None:
    lacks = missing(GET, [])
    proof = prove(GET, [], add(*lacks), own=[one for _, one in lacks])
    assert proof.holds
    assert (proof.before, proof.after, proof.gained) == (Answer.IMPLICIT, Answer.ALLOWED, ())
    assert proof.probes > 10


MUTATIONS = {
    "a widened action": {"Action": "s3:Get*"},
    "a second action": {"Action": ["s3:GetObject", "s3:PutObject"]},
    "every action": {"Action": "*"},
    "all actions but one": {"NotAction": "iam:PassRole"},
    "the whole directory": {"Resource": "arn:aws:s3:::b/in/*"},
    "a question mark": {"Resource": "arn:aws:s3:::b/in/?"},
    "a second resource": {"Resource": ["arn:aws:s3:::b/in/k", "arn:aws:s3:::c"]},
    "every resource": {"Resource": "*"},
    "all resources but one": {"NotResource": "arn:aws:s3:::c"},
}


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
def test_prove_objects_to(mutation: dict[str, Any]) -> None:
    statement = allow(Resource="arn:aws:s3:::b/in/k") | mutation
    statement = {k: v for k, v in statement.items() if f"Not{k}" not in mutation}
    proof = prove(GET, [], [policy(Layer.IDENTITY, statement)], own=[Allow(("s3:GetObject",), (GET.resource,))])
    assert proof.after is Answer.ALLOWED
    assert proof.gained
    assert not proof.holds
