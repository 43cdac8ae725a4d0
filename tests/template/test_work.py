"""Every function's role can do its work and nothing else, foreign kinds of facts included.

Judged by our own evaluator over the translated roles; the lab tries the same list with real credentials where its
emulator knows the condition key.
"""

from __future__ import annotations

import pytest

from tests.template.deciding import allowed, decide, documents
from tests.template.work_cells import FUNCTIONS, GIVEN, KINDS, MAY_WRITE, READERS, WORK, Work, leading


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_can_do_its_work_and_nothing_else(function: str) -> None:
    wrong = [w.name for w in WORK if w.function == function and _allowed(w) is not w.allowed]
    assert wrong == []


def _allowed(work: Work) -> bool:
    return allowed(decide(GIVEN, f"{work.function}Role", work.action, work.resource, work.keys))


def test_every_kind_of_fact_has_a_writer_and_every_denied_kind_an_allowed_twin() -> None:
    assert {kind for kinds in MAY_WRITE.values() for kind in kinds} == set(KINDS)
    for function, kinds in MAY_WRITE.items():
        puts = [w for w in WORK if w.function == function and w.action == "dynamodb:PutItem"]
        assert any(w.allowed and w.keys == leading(f"{kinds[0]}#abc") for w in puts)


@pytest.mark.parametrize("function", READERS)
def test_a_reader_is_denied_data_outright_not_merely_left_without(function: str) -> None:
    """So that no policy that somebody attaches later makes a reader of data of it."""
    denied = {
        action
        for document in documents(GIVEN, f"{function}Role")
        for s in document["Statement"]
        if s["Effect"] == "Deny"
        for action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])
    }
    wanted = {"s3:GetObject", "secretsmanager:GetSecretValue", "kms:Decrypt", "dynamodb:GetItem", "lambda:GetFunction"}
    assert wanted <= denied
