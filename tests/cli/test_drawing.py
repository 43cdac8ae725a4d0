"""A diagnosis in a terminal: why first, the gates in play, the rest in one line, statements counted from one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from iam_watchdog.model import Denial, Diagnosis, Evidence, Proof
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose
from iam_watchdog_cli.drawing import drawn
from tests.rules.cases import BUCKET, OBJECT, allow, denial, evidence, identity


@dataclass(frozen=True)
class Found:
    denial: Denial
    evidence: Evidence
    diagnosis: Diagnosis
    proof: Proof | None


@pytest.fixture
def lines() -> list[str]:
    seen = evidence(identity(allow("s3:GetObject", BUCKET)))
    found, _, proof = propose.plan(diagnose(denial(), seen), denial(), seen)
    return drawn("orders", [Found(denial(), seen, found, proof)]).splitlines()


def test_the_call_and_the_reason_come_first(lines: list[str]) -> None:
    assert lines[0] == f"orders: s3:GetObject on {OBJECT}"
    assert lines[1].startswith("s3_object_on_bucket_arn (verified): Function orders (role orders-role) may not call")
    assert "statement 1 of" in lines[1]


def test_gates_that_are_not_in_play_share_one_line(lines: list[str]) -> None:
    gates = [line for line in lines if line[2:3] == "["]
    assert gates[0].startswith("> [SHUT  ] role's policies")
    assert len(gates) == 2
    assert "not in play: function's resource policy" in gates[1]


def test_the_fix_says_where_it_belongs_and_that_it_is_proven(lines: list[str]) -> None:
    assert any(line.startswith("add to arn:aws:iam::") for line in lines)
    assert lines[-1].startswith("proof: denied (implicit) before, allowed after, gains nothing else")
