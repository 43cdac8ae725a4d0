"""Three more corpora, labelled by ones who had not read the parser: real messages that the first has not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iam_watchdog.detect import parse
from tests.detect.reading import as_labelled, squeezed

HERE = Path(__file__).parent
ROWS: dict[str, list[dict[str, Any]]] = {
    name: [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text().splitlines()]
    for name in ("fresh", "third", "fourth")
}
CLEAR = {name: [row for row in rows if not row["ambiguous"]] for name, rows in ROWS.items()}
DENIALS = {name: [row for row in rows if row["is_iam_denial"]] for name, rows in CLEAR.items()}
SPANS = ("principal", "action", "resource", "effect", "layer", "policy_arn")
WRAPPING = ("encoded_message", "error_code", "operation", "request_id")
MISSED: dict[str, str] = {
    "t010": "`no identity-based policy allows the X action` and nothing else: the sieve would look for it in all logs",
}
"""Rows that are read otherwise than labelled, each with the reason; no line of a log is only this."""
each_corpus = pytest.mark.parametrize("name", sorted(ROWS))


def _wrong(row: dict[str, Any], fields: tuple[str, ...]) -> list[str]:
    said = as_labelled(parse.classify(row["message"]))
    return [f"{f}: {said[f]!r}, not {row[f]!r}" for f in fields if squeezed(said[f]) != squeezed(row[f])]


@each_corpus
def test_what_is_no_denial_is_not_told_as_one(name: str) -> None:
    told = [r["id"] for r in CLEAR[name] if not r["is_iam_denial"] and parse.read(r["message"])]
    assert told == []


@each_corpus
def test_every_denial_is_recognised(name: str) -> None:
    assert [r["id"] for r in DENIALS[name] if r["id"] not in MISSED and not parse.read(r["message"])] == []


@each_corpus
def test_the_spans_of_all_denials_are_those_labelled_but_for_the_listed(name: str) -> None:
    wrong = {r["id"]: _wrong(r, SPANS) for r in DENIALS[name]}
    assert {row: why for row, why in wrong.items() if why and row not in MISSED} == {}
    assert len([row for row in wrong if row in MISSED]) <= 0.03 * len(wrong)


@each_corpus
def test_the_class_of_a_denial_is_the_one_labelled(name: str) -> None:
    assert [r["id"] for r in DENIALS[name] if r["id"] not in MISSED and _wrong(r, ("class",))] == []


@each_corpus
def test_code_operation_and_request_id_are_those_labelled_but_for_one_in_twenty(name: str) -> None:
    assert len([r["id"] for r in CLEAR[name] if _wrong(r, WRAPPING)]) <= len(CLEAR[name]) / 20


def test_no_message_is_in_two_corpora() -> None:
    seen = [squeezed(json.loads(line)["message"]) for line in (HERE / "open.jsonl").read_text().splitlines()]
    seen += [squeezed(row["message"]) for rows in ROWS.values() for row in rows]
    assert len(seen) == len(set(seen))
