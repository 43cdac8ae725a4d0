"""A second corpus, gathered and labelled by one who had not read the parser: real messages that the first has not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from iam_watchdog.detect import parse
from tests.detect.reading import as_labelled, squeezed

ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "fresh.jsonl").read_text().splitlines()
]
CLEAR = [row for row in ROWS if not row["ambiguous"]]
DENIALS = [row for row in CLEAR if row["is_iam_denial"]]
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
    assert [r["id"] for r in DENIALS if not parse.read(r["message"])] == []


def test_the_spans_of_all_denials_are_those_labelled_but_for_the_listed() -> None:
    wrong = {r["id"]: _wrong(r, SPANS) for r in DENIALS}
    assert {name: why for name, why in wrong.items() if why and name not in MISSED} == {}
    assert len(MISSED) <= 0.03 * len(DENIALS)


def test_the_class_of_a_denial_is_the_one_labelled() -> None:
    assert [r["id"] for r in DENIALS if _wrong(r, ("class",))] == []


def test_code_operation_and_request_id_are_those_labelled_but_for_one_in_twenty() -> None:
    assert len([r["id"] for r in CLEAR if _wrong(r, WRAPPING)]) <= len(CLEAR) / 20


def test_no_message_is_in_both_corpora() -> None:
    lines = (Path(__file__).parent / "open.jsonl").read_text().splitlines()
    first = {squeezed(json.loads(line)["message"]) for line in lines}
    assert not first & {squeezed(row["message"]) for row in ROWS}
