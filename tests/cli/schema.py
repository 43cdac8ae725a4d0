"""Holds what a command printed against the schema that it ships."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema

from iam_watchdog_cli import guide


@cache
def schema(command: str) -> dict[str, Any]:
    return dict(json.loads(guide.schema(command).read_text()))


def objections(command: str, found: Any) -> list[str]:
    """What the schema objects to; JSON has neither tuples nor enums, so it sees what was really written."""
    written = json.loads(json.dumps(found))
    return [
        f"{e.json_path}: {e.message}" for e in jsonschema.Draft202012Validator(schema(command)).iter_errors(written)
    ]
