"""The labelled half of the corpus: real messages, read as a person labelled them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from iam_watchdog.detect import parse
from iam_watchdog.model import DENIALS
from tests.detect.reading import as_labelled, squeezed

ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "open.jsonl").read_text().splitlines()
]
CLEAR = [row for row in ROWS if not row["ambiguous"]]
SPANS = ("principal", "action", "resource", "effect", "layer", "policy_arn")
WRAPPING = ("encoded_message", "error_code", "operation", "request_id")
MISSED: dict[str, str] = {}
"""Rows whose spans differ from the label, each with the reason."""


def _wrong(row: dict[str, Any], fields: tuple[str, ...]) -> list[str]:
    said = as_labelled(parse.classify(row["message"]))
    return [f"{f}: {said[f]!r}, not {row[f]!r}" for f in fields if squeezed(said[f]) != squeezed(row[f])]


def test_what_is_no_denial_is_not_told_as_one() -> None:
    told = [r["id"] for r in CLEAR if not r["is_iam_denial"] and parse.read(r["message"])]
    assert told == []


def test_every_denial_is_recognised() -> None:
    silent = [r["id"] for r in CLEAR if r["is_iam_denial"] and not parse.read(r["message"])]
    assert silent == []


def test_the_spans_of_all_denials_are_those_labelled_but_for_the_listed() -> None:
    wrong = {r["id"]: _wrong(r, SPANS) for r in ROWS if r["is_iam_denial"]}
    assert {name: why for name, why in wrong.items() if why and name not in MISSED} == {}
    assert len(MISSED) <= 0.03 * len(ROWS)


def test_classes_are_those_labelled_but_for_one_in_fifty() -> None:
    wrong = [r["id"] for r in CLEAR if _wrong(r, ("class",))]
    assert len(wrong) <= len(CLEAR) / 50


def test_code_operation_and_request_id_are_those_labelled_but_for_one_in_thirty() -> None:
    wrong = [r["id"] for r in CLEAR if _wrong(r, WRAPPING)]
    assert len(wrong) <= len(CLEAR) / 30


def test_the_first_denial_is_what_the_text_is_about() -> None:
    for row in ROWS:
        told = parse.read(row["message"])
        assert not told or told[0] == parse.classify(row["message"])
        assert all(m.kind in DENIALS for m in told)
