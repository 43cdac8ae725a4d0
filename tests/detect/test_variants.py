"""Our own variations on each grammar: other services, partitions, wrappers and cuts, labelled in the same way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iam_watchdog.detect import parse
from tests.detect.reading import as_labelled, squeezed

VARIANTS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "variants.jsonl").read_text().splitlines()
]
"""Fields left out are null, of encoded_message false."""
NEGATIVE = frozenset({"credentials", "throttle", "not_aws", "other"})
NAMED = ("principal", "action", "resource", "effect", "layer", "policy_arn", "error_code", "operation", "request_id")


@pytest.mark.parametrize(
    "variant", [v for v in VARIANTS if v["class"] in NEGATIVE], ids=lambda v: str(v["id"]).replace(" ", "_")
)
def test_what_is_no_denial_is_silent(variant: dict[str, Any]) -> None:
    assert parse.read(variant["message"]) == ()
    assert parse.classify(variant["message"]).kind == variant["class"]


@pytest.mark.parametrize(
    "variant", [v for v in VARIANTS if v["class"] not in NEGATIVE], ids=lambda v: str(v["id"]).replace(" ", "_")
)
def test_a_denial_is_read_as_a_person_reads_it(variant: dict[str, Any]) -> None:
    said = as_labelled(parse.read(variant["message"])[0])
    assert said["class"] == variant["class"]
    assert {n: squeezed(said[n]) for n in NAMED} == {n: squeezed(variant.get(n)) for n in NAMED}
    assert said["encoded_message"] == variant.get("encoded_message", False)
