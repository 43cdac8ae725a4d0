"""The minimal Allow and its proof: holds when exact, objects as soon as one element is dropped or widened."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given

from iam_watchdog.model import Allow, Answer, Layer, Policy, Request
from iam_watchdog.policy import decide
from iam_watchdog.remedy.document import policy_document
from iam_watchdog.remedy.prove import missing, prove
from tests.policy.strategies import document, patient, request, requests, sets

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


MUTATIONS: dict[str, dict[str, Any]] = {
    "a widened action": {"Action": "s3:Get*"},
    "a longer action": {"Action": "s3:GetObject*"},
    "another case with a star": {"Action": "S3:GETOBJEC*"},
    "a second action": {"Action": ["s3:GetObject", "s3:PutObject"]},
    "every action of the service": {"Action": "s3:*"},
    "every action": {"Action": "*"},
    "all actions but one": {"NotAction": "iam:PassRole"},
    "the whole directory": {"Resource": "arn:aws:s3:::b/in/*"},
    "a star at the end": {"Resource": "arn:aws:s3:::b/in/k*"},
    "a question mark": {"Resource": "arn:aws:s3:::b/in/?"},
    "any Region": {"Resource": "arn:aws:s3:*::b/in/k"},
    "any account": {"Resource": "arn:aws:s3::*:b/in/k"},
    "any partition": {"Resource": "arn:*:s3:::b/in/k"},
    "a second resource": {"Resource": ["arn:aws:s3:::b/in/k", "arn:aws:s3:::c"]},
    "every resource": {"Resource": "*"},
    "all resources but one": {"NotResource": "arn:aws:s3:::c"},
}


def mutated(statement: dict[str, Any], mutation: dict[str, Any]) -> dict[str, Any]:
    merged = {key: value for key, value in (statement | mutation).items() if value is not None}
    return {key: value for key, value in merged.items() if f"Not{key}" not in mutation}


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
def test_prove_objects_to(mutation: dict[str, Any]) -> None:
    statement = mutated(allow(Resource=GET.resource), mutation)
    proof = prove(GET, [], [policy(Layer.IDENTITY, statement)], own=[Allow(("s3:GetObject",), (GET.resource,))])
    assert proof.after is Answer.ALLOWED
    assert proof.gained
    assert not proof.holds


RULE = "arn:aws:events:us-east-1:111111111111:rule/r"
FUNCTION = "arn:aws:lambda:us-east-1:111111111111:function:f"
EVENT = Request(
    "events.amazonaws.com",
    "lambda:InvokeFunction",
    FUNCTION,
    ACCOUNT,
    {"aws:SourceArn": (RULE,), "aws:SourceAccount": (ACCOUNT,)},
)
PERMISSION: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": "lambda:InvokeFunction",
    "Resource": FUNCTION,
    "Condition": {"ArnEquals": {"aws:SourceArn": RULE}, "StringEquals": {"aws:SourceAccount": ACCOUNT}},
}
LOOSER: dict[str, dict[str, Any]] = {
    "no condition": {"Condition": None},
    "no source account": {"Condition": {"ArnEquals": {"aws:SourceArn": RULE}}},
    "no source": {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}},
    "a condition that a missing key meets": {"Condition": {"ArnEqualsIfExists": {"aws:SourceArn": RULE}}},
    "everyone": {"Principal": "*", "Condition": None},
    "a second service": {"Principal": {"Service": ["events.amazonaws.com", "wd-stranger.amazonaws.com"]}},
    "another account": {"Principal": {"Service": "events.amazonaws.com", "AWS": "999999999999"}, "Condition": None},
    "everyone but one": {"NotPrincipal": {"Service": "s3.amazonaws.com"}},
    "its aliases": {"Resource": f"{FUNCTION}*"},
    "every call": {"Action": "lambda:*"},
}


def test_the_permission_of_a_trigger_holds() -> None:
    lacks = missing(EVENT, [])
    assert [layer for layer, _ in lacks] == [Layer.INVOKE]
    assert policy_document([lacks[0][1]])["Statement"] == [PERMISSION]
    assert prove(EVENT, [], add(*lacks), own=[lacks[0][1]]).holds


@pytest.mark.parametrize("mutation", LOOSER.values(), ids=LOOSER)
def test_prove_objects_to_a_permission_with(mutation: dict[str, Any]) -> None:
    own = missing(EVENT, [])[0][1]
    proof = prove(EVENT, [], [policy(Layer.INVOKE, mutated(PERMISSION, mutation))], own=[own])
    assert proof.after is Answer.ALLOWED
    assert proof.gained


GRANTS: dict[str, Any] = {
    "the whole account": {"AWS": ACCOUNT},
    "another account": {"AWS": [ROLE, "999999999999"]},
    "everyone": "*",
    "a second role": {"AWS": [ROLE, f"arn:aws:iam::{ACCOUNT}:role/wd-stranger"]},
}
DECRYPT = replace(GET, action="kms:Decrypt", resource=f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1")
ADMIN = policy(Layer.RESOURCE, allow(Action="kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/Admin"}))


def test_a_key_policy_that_names_the_role_holds() -> None:
    lacks = missing(DECRYPT, [ADMIN])
    assert [(layer, one.principals) for layer, one in lacks] == [(Layer.RESOURCE, (("AWS", ROLE),))]
    assert prove(DECRYPT, [ADMIN], add(*lacks), own=[one for _, one in lacks]).holds


@pytest.mark.parametrize("principal", GRANTS.values(), ids=GRANTS)
def test_prove_objects_to_a_key_policy_that_admits(principal: Any) -> None:
    own = missing(DECRYPT, [ADMIN])[0][1]
    added = policy(Layer.RESOURCE, allow(Action="kms:Decrypt", Resource=DECRYPT.resource, Principal=principal))
    assert prove(DECRYPT, [ADMIN], [added], own=[own]).gained


def test_a_proposal_that_says_how_wide_it_is_gains_nothing_more() -> None:
    own = Allow(("s3:GetObject",), ("arn:aws:s3:::b/in/*",))
    assert prove(GET, [], add((Layer.IDENTITY, own)), own=[own]).holds


def test_a_proposal_that_does_not_help_does_not_hold() -> None:
    own = Allow(("s3:GetObject",), ("arn:aws:s3:::b/out/*",))
    proof = prove(GET, [], add((Layer.IDENTITY, own)), own=[own])
    assert (proof.after, proof.gained, proof.holds) == (Answer.IMPLICIT, (), False)


def test_nothing_is_proved_of_a_call_that_was_allowed_before() -> None:
    given = [policy(Layer.IDENTITY, allow())]
    assert not prove(GET, given, add(*missing(GET, []))).holds


def test_a_full_proof_tries_every_action_of_the_service() -> None:
    names = tuple(f"s3:Do{number}" for number in range(50))
    statement = policy(Layer.IDENTITY, allow(Action=["s3:GetObject", "s3:Do7"], Resource=GET.resource))
    own = [Allow(("s3:GetObject",), (GET.resource,))]
    proof = prove(GET, [], [statement], own=own, full=True, actions=names)
    assert f"s3:Do7 on {GET.resource}" in proof.gained
    assert proof.probes > 200


def test_a_managed_policy_shows_its_surplus_in_its_own_words() -> None:
    whole = policy(Layer.IDENTITY, allow(Action=["s3:GetObject", "s3:PutObject"]))
    proof = prove(GET, [], [whole], managed=True)
    assert (proof.gained, proof.surplus, proof.holds) == ((), ("s3:GetObject on *", "s3:PutObject on *"), True)


def test_what_aws_refuses_itself_lacks_no_statement() -> None:
    asked = replace(GET, action="iam:DeletePolicy", resource="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert missing(asked, []) == ()


@pytest.mark.parametrize("key", ["a*b", "what?", "${aws:username}", "plain.dots/and/slashes:colons and spaces"])
def test_odd_characters_of_a_key_stand_for_themselves(key: str) -> None:
    asked = replace(GET, resource=f"arn:aws:s3:::b/{key}")
    lacks = missing(asked, [])
    proof = prove(asked, [], add(*lacks), own=[one for _, one in lacks])
    assert proof.holds
    other = replace(asked, resource=f"arn:aws:s3:::b/{key.translate({42: 'xx', 63: 'x', 36: 'x'})}!")
    assert missing(other, add(*lacks))


def test_what_stays_unknown_is_not_filled_in() -> None:
    asked = replace(DECRYPT, closed=False)
    lacks = missing(asked, [policy(Layer.VPCE, allow(Action="s3:*"))], grants=False)
    assert [layer for layer, _ in lacks] == [Layer.VPCE]
    assert prove(asked, [policy(Layer.VPCE, allow(Action="s3:*"))], add(*lacks), grants=False).after is Answer.UNKNOWN


def test_a_level_of_the_organization_is_filled_where_it_is_silent() -> None:
    full, silent = (policy(Layer.SCP, allow(Action=action)) for action in ("*", "ec2:*"))
    lacks = missing(GET, [policy(Layer.IDENTITY, allow()), full, replace(silent, level=1)])
    assert [layer for layer, _ in lacks] == [Layer.SCP]


@patient
@given(requests(), sets)
def test_the_minimal_fix_turns_an_implicit_deny_into_an_allow_and_gains_nothing(
    asked: Request, found: list[Policy]
) -> None:
    minimal(asked, found)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_minimal_fix_over_ten_thousand_denials() -> None:
    of = Random(4).choice
    fixed = 0
    while fixed < 10_000:
        fixed += minimal(request(of), [document(of) for _ in range(of(range(6)))])


def minimal(asked: Request, found: list[Policy]) -> bool:
    """An explicit deny has no fix; an implicit one has, and it gains nothing, unless something is unknown besides."""
    verdict = decide(asked, found)
    lacks = missing(asked, found)
    if verdict.answer is not Answer.IMPLICIT:
        assert lacks == ()
        return False
    shown = any(p.layer is Layer.RESOURCE for p in found) or asked.action not in ("kms:Decrypt", "sts:AssumeRole")
    levels = {p.level for p in found if p.layer is Layer.SCP}
    if verdict.unknown or not shown or len(levels) > 1:
        return False
    added = [replace(p, level=min(levels)) if p.layer is Layer.SCP else p for p in add(*lacks)]
    proof = prove(asked, found, added, own=[one for _, one in lacks])
    assert proof.after is Answer.ALLOWED, (lacks, verdict)
    assert proof.gained == ()
    return True
