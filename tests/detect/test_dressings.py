"""Every row of the corpus says the same in another dress: quoted, escaped, wrapped, coloured, prefixed, followed."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from iam_watchdog.detect import parse
from tests.detect.reading import as_labelled, squeezed
from tests.detect.test_corpus import CLEAR, SPANS

RUN = "11112222-3333-4444-5555-666677778888"
Dress = Callable[[str], str]


def _hard(width: int, margin: str) -> Dress:
    """As a terminal cuts one long line, in the middle of words."""

    def cut(text: str) -> str:
        if "\n" in text or len(text) <= 4 * width:
            return text
        return f"\n{margin}".join(text[i : i + width] for i in range(0, len(text), width))

    return cut


def _soft(text: str) -> str:
    """As a mail program breaks one long line, between words."""
    return text if "\n" in text else "\n".join(textwrap.wrap(text, 80, break_long_words=False, break_on_hyphens=False))


def _stopped(text: str) -> str:
    return text if text.rstrip().endswith((".", '"', "}", ":", ")", ">")) else f"{text.rstrip()}."


DRESSES: dict[str, Dress] = {
    "JSON": lambda m: json.dumps({"message": m}),
    "JSON in JSON": lambda m: json.dumps({"body": json.dumps({"errorMessage": m})}),
    "Step Functions": lambda m: json.dumps({"error": "States.TaskFailed", "cause": json.dumps({"errorMessage": m})}),
    "logfmt": lambda m: f"time=1 level=error msg={json.dumps(m, ensure_ascii=False)} attempt=3",
    "Python's repr": repr,
    "carriage returns": lambda m: m.replace("\n", "\r\n"),
    "a quotation": lambda m: "> " + m.replace("\n", "\n> "),
    "a comment": lambda m: "// " + m.replace("\n", "\n// "),
    "an indentation": lambda m: "    " + m.replace("\n", "\n    "),
    "a code block": lambda m: f"```\n{m}\n```",
    "a paragraph of HTML": lambda m: f"<p>{m}</p>",
    "a line break of HTML": lambda m: f"{m}<br>",
    "colours": lambda m: f"\x1b[31m{m}\x1b[0m",
    "Lambda's prefix": lambda m: f"2026-01-01T00:00:00.000Z\t{RUN}\tERROR\t{m}",
    "a level": lambda m: f"[ERROR] {m}",
    "a cause": lambda m: f"java.lang.RuntimeException: boom\n\tat a.b.C(D.java:1)\nCaused by: {m}",
    "lines around": lambda m: f"processing order 17\n{m}\nEND RequestId: {RUN}",
    "a traceback": lambda m: f'{m}\nTraceback (most recent call last):\n  File "/var/task/x.py", line 1',
    "a full stop": _stopped,
    "brackets": lambda m: f"failed ({m})",
    "a semicolon": lambda m: f"{m}; retrying in 5 s",
    "a dash": lambda m: f"{m} - retrying",
    "itself again": lambda m: f"{m}\n{m}",
    "soft breaks": _soft,
    "hard breaks": _hard(70, ""),
    "hard breaks with a margin": _hard(72, "│ "),
}


def _wrong(row: dict[str, Any], dress: Dress) -> bool:
    told = parse.read(dress(row["message"]))
    if bool(told) != row["is_iam_denial"]:
        return True
    said = as_labelled(told[0]) if told else {}
    return any(squeezed(said[name]) != squeezed(row[name]) for name in SPANS) if told else False


@pytest.mark.parametrize("dress", sorted(DRESSES))
def test_ninety_nine_of_a_hundred_rows_are_read_alike(dress: str) -> None:
    wrong = [row["id"] for row in CLEAR if _wrong(row, DRESSES[dress])]
    assert len(wrong) <= len(CLEAR) / 100, wrong
