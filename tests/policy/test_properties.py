"""What must hold for every policy: more Deny never allows, more Allow never denies, unknown is never rounded."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from iam_watchdog import policy
from iam_watchdog.model import Answer, Layer, Policy, Request
from iam_watchdog.policy.call import Call
from tests.policy.strategies import CEILINGS, KEYS, NAMING, patient, policies, requests, sets, statements, written

DENIED = (Answer.IMPLICIT, Answer.EXPLICIT)
SPLITTABLE = (Layer.IDENTITY, Layer.SESSION, Layer.RESOURCE)
EVERY = (Layer.IDENTITY, *CEILINGS, *NAMING)


def content(found: Policy) -> list[dict[str, Any]]:
    return list(json.loads(found.text)["Statement"])


def rewritten(found: list[Policy], change: Callable[[dict[str, Any]], dict[str, Any]]) -> list[Policy]:
    return [written(p.layer, *map(change, content(p)), level=p.level) for p in found]


@patient
@given(requests(), sets, st.data())
def test_an_added_deny_never_allows(request: Request, found: list[Policy], data: st.DataObject) -> None:
    layer = data.draw(st.sampled_from(EVERY))
    deny = written(layer, data.draw(statements(layer, "Deny")))
    before, after = policy.answer(request, found), policy.answer(request, [*found, deny])
    assert after is not Answer.ALLOWED or before is Answer.ALLOWED
    assert before is not Answer.EXPLICIT or after is Answer.EXPLICIT


@patient
@given(requests(), sets, st.data())
def test_an_added_allow_never_denies(request: Request, found: list[Policy], data: st.DataObject) -> None:
    present = sorted({p.layer for p in found} - {Layer.RCP} | {Layer.IDENTITY})
    layer = data.draw(st.sampled_from(present))
    allow = written(
        layer,
        data.draw(statements(layer, "Allow")),
        level=min(p.level for p in found if p.layer is layer) if any(p.layer is layer for p in found) else 0,
    )
    before, after = policy.answer(request, found), policy.answer(request, [*found, allow])
    assert before is not Answer.ALLOWED or after is Answer.ALLOWED
    assert before is not Answer.IMPLICIT or after is not Answer.EXPLICIT


@patient
@given(requests(), sets, st.randoms(use_true_random=False))
def test_order_does_not_matter(request: Request, found: list[Policy], random: Any) -> None:
    shuffled = random.sample(found, len(found))
    turned = [written(p.layer, *reversed(content(p)), level=p.level) for p in shuffled]
    assert policy.answer(request, turned) is policy.answer(request, found)


@patient
@given(requests(), sets)
def test_splitting_a_document_does_not_matter(request: Request, found: list[Policy]) -> None:
    split = [
        part
        for p in found
        for part in ([written(p.layer, one) for one in content(p)] if p.layer in SPLITTABLE else [p])
    ]
    assert policy.answer(request, split) is policy.answer(request, found)


def scalars(statement: dict[str, Any]) -> dict[str, Any]:
    return {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in statement.items()}


def twice(statement: dict[str, Any]) -> dict[str, Any]:
    return {k: v + v if isinstance(v, list) else v for k, v in statement.items()}


def loud(statement: dict[str, Any]) -> dict[str, Any]:
    return statement | {"Action": [action.upper() for action in statement["Action"]]}


@pytest.mark.parametrize("change", [scalars, twice, loud])
def test_spelling_does_not_matter(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    @patient
    @given(requests(), sets)
    def same(request: Request, found: list[Policy]) -> None:
        assert policy.answer(request, rewritten(found, change)) is policy.answer(request, found)

    same()


@patient
@given(requests(), sets)
def test_the_short_answer_is_the_long_one(request: Request, found: list[Policy]) -> None:
    assert policy.decide(request, found).answer is policy.answer(request, found)


@patient
@given(requests(closed=False), sets, st.sampled_from(sorted(KEYS)))
def test_a_dropped_key_never_turns_unknown_into_allowed(request: Request, found: list[Policy], key: str) -> None:
    less = replace(request, context={k: v for k, v in request.context.items() if k != key})
    before, after = policy.answer(request, found, grants=False), policy.answer(less, found, grants=False)
    assert after is before or after is Answer.UNKNOWN or {before, after} == set(DENIED)


@patient
@given(requests(closed=False), sets, st.data())
def test_a_certain_answer_holds_whatever_the_unknown_keys_are(
    request: Request, found: list[Policy], data: st.DataObject
) -> None:
    loose = policy.answer(request, found, grants=False)
    assume(loose is not Answer.UNKNOWN)
    unknown = sorted(KEYS.keys() - request.context.keys())
    more = {k: (data.draw(st.sampled_from(KEYS[k])),) for k in unknown if data.draw(st.booleans())}
    known = {k: v for k, v in Call(request).keys.items() if v}
    exact = policy.answer(replace(request, closed=True, context={**known, **more}), found)
    assert (loose is Answer.ALLOWED) is (exact is Answer.ALLOWED)


@patient
@given(requests(), sets, st.data())
def test_a_certain_answer_holds_whatever_an_unread_policy_says(
    request: Request, found: list[Policy], data: st.DataObject
) -> None:
    layer = data.draw(st.sampled_from(EVERY))
    blind = policy.answer(request, found, [layer])
    assume(blind is not Answer.UNKNOWN)
    seen = policy.answer(request, [*found, data.draw(policies(layer))])
    assert (blind is Answer.ALLOWED) is (seen is Answer.ALLOWED)


@patient
@given(requests(), sets)
def test_an_explicit_deny_names_a_statement_and_an_unknown_a_reason(request: Request, found: list[Policy]) -> None:
    verdict = policy.decide(request, found)
    if verdict.answer is Answer.EXPLICIT:
        assert {finding.effect for finding in verdict.deciding} == {"Deny"}
    assert verdict.unknown or verdict.answer is not Answer.UNKNOWN


@patient
@given(st.text(max_size=200))
def test_no_text_is_too_odd_to_be_prepared(text: str) -> None:
    assert policy.prepare(text).problems


@patient
@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["Effect", "Action", "Resource", "Condition", "Principal", "x", "Bool"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ),
    requests(),
)
def test_no_document_is_too_odd_to_be_weighed(odd: Any, request: Request) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": odd})
    verdict = policy.decide(request, [Policy(Layer.RESOURCE, "odd", text), Policy(Layer.IDENTITY, "odd", text)])
    assert verdict.answer is not Answer.ALLOWED
