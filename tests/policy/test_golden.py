"""The 77 golden rules of AWS's documentation, each with its page."""

from __future__ import annotations

import pytest

from tests.policy.cases import EXPECT, Case, answer, golden

CASES = golden()


def test_all_77_rules_are_here() -> None:
    assert [case["id"] for case in CASES] == [f"G{number:02}" for number in range(1, 78)]


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']} {case['name']}" for case in CASES])
def test_the_evaluator_decides_as_the_page_says(case: Case) -> None:
    found = answer(case)
    assert (found["decision"], found["effect"]) == EXPECT[case["expect"]], found
