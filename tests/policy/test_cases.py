"""Our own cases, by topic: the answer, the statements that decide, the near misses, what is unknown or malformed."""

from __future__ import annotations

import json

import pytest

from iam_watchdog.model import Answer, Finding
from tests.policy.cases import Case, ours, read, verdict

CASES = ours()
ANSWERS = {
    "Allowed": Answer.ALLOWED,
    "ImplicitlyDenied": Answer.IMPLICIT,
    "ExplicitlyDenied": Answer.EXPLICIT,
    "Unknown": Answer.UNKNOWN,
}


def test_a_misspelt_layer_is_refused() -> None:
    case = {"name": "x", "expect": "Allowed", "scp": []}
    with pytest.raises(AssertionError, match="unknown keys \\['scp'\\]"):
        read("t", json.dumps({"request": {}, "cases": [case]}))


def test_there_are_enough_of_them_and_no_two_share_a_name() -> None:
    names = [case["id"] for case in CASES]
    assert len(names) >= 150
    assert len(set(names)) == len(names)


def miss(finding: Finding) -> str:
    """A near miss in a few words."""
    missed = finding.missed
    assert missed is not None
    return " ".join(filter(None, (finding.policy, str(finding.index), missed.element, missed.key)))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_it_is_decided_as_aws_decides(case: Case) -> None:
    found = verdict(case)
    assert found.answer is ANSWERS[case["expect"]], found
    if "decides" in case:
        assert [f"{f.policy} {f.index}" for f in found.deciding] == case["decides"]
    for wanted in case.get("near", ()):
        assert wanted in [miss(finding) for finding in found.near]
    assert case.get("unknown", "") in "\n".join(found.unknown)
    assert len(found.problems) == len(case.get("problems", ())), found.problems
    for wanted, problem in zip(case.get("problems", ()), found.problems, strict=True):
        assert problem.startswith(wanted)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_an_unknown_answer_says_why(case: Case) -> None:
    found = verdict(case)
    assert bool(found.unknown) or found.answer is not Answer.UNKNOWN
