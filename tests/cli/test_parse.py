"""iam-watchdog parse, as contract 2 says."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog_cli import parse
from iam_watchdog_cli.main import main

DENIAL = (
    "An error occurred (AccessDeniedException) when calling the PutItem operation: User:"
    " arn:aws:sts::111122223333:assumed-role/r/f is not authorized to perform: dynamodb:PutItem on resource:"
    " arn:aws:dynamodb:eu-west-1:111122223333:table/t"
    " because no identity-based policy allows the dynamodb:PutItem action"
)
KEYS = [
    "id",
    "class",
    "principal",
    "action",
    "resource",
    "effect",
    "layer",
    "policy_arn",
    "encoded_message",
    "error_code",
    "operation",
    "request_id",
    "denials",
]


def test_a_denial_has_the_keys_of_the_contract() -> None:
    said = parse.answer(json.dumps({"id": 7, "message": DENIAL}).encode())
    assert list(said) == KEYS
    assert said["id"] == 7
    assert said["class"] == "iam_denial"
    assert said["encoded_message"] is False
    assert list(said["denials"][0]) == KEYS[1:-1]


def test_what_is_no_denial_has_none() -> None:
    said = parse.answer(b'{"id": "a", "message": "all is well"}')
    assert (said["class"], said["denials"]) == ("other", [])


def test_a_bad_line_is_answered_with_its_id_and_what_is_wrong() -> None:
    assert parse.answer(b'{"id": 3, "message": 5}') == {"id": 3, "error": "message: expected text"}
    assert parse.answer(b"nonsense")["id"] is None
    assert "error" in parse.answer(b"[" * 100_000)


@given(st.binary())
def test_no_bytes_whatever_raise(line: bytes) -> None:
    json.dumps(parse.answer(line))


class Terminal(io.StringIO):
    """Standard error as a person sees it."""

    def isatty(self) -> bool:
        return True


def fed(monkeypatch: pytest.MonkeyPatch, given: bytes) -> None:
    """Give the command this as standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))


def test_a_line_comes_out_for_each_line_in_in_order(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        b'\xef\xbb\xbf{"id": 1, "message": "x"}',
        b"",
        b"\xff\xfe",
        b'{"id": NaN, "message": "x"}',
        b'{"id": [[]], "message": "a\\ud800b"}',
        b'{"message": "no id"}',
        b'{"id": ' + b"[" * 900 + b"]" * 900 + b', "message": "x"}',
        b"9" * 6_000,
        json.dumps({"id": "last", "message": DENIAL}).encode(),
    ]
    fed(monkeypatch, b"\n".join(lines) + b"\n")
    assert main(["parse", "--jsonl"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(told) == len(lines)
    assert (told[0]["class"], told[5]["id"], told[-1]["id"]) == ("other", None, "last")
    assert all(("error" in each) != ("class" in each) for each in told)


def test_a_file_becomes_a_table_of_what_is_distinct(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "app.log"
    log.write_text(f"START RequestId: x\n[ERROR] {DENIAL}\nTraceback:\n  File\n[INFO] fine\n[ERROR] {DENIAL}\n")
    assert main(["parse", str(log)]) == 0
    out = capsys.readouterr().out
    assert "#1  (2 times)" in out
    assert "  action      dynamodb:PutItem\n" in out
    assert out.endswith("2 told, 1 distinct\n")


def test_a_sentence_over_several_lines_stays_together(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fed(monkeypatch, DENIAL.replace(" on resource:", "\non resource:").encode())
    assert main(["parse"]) == 0
    assert "table/t" in capsys.readouterr().out


def test_nothing_found_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fed(monkeypatch, b"")
    assert main(["parse"]) == 0
    assert capsys.readouterr().out == "no denial found\n"


def test_a_file_that_is_not_there_is_exit_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", str(tmp_path / "none")]) == 2
    assert "No such file" in capsys.readouterr().err


def test_no_escape_of_a_stranger_reaches_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fed(monkeypatch, DENIAL.replace("table/t", "table/\u001b[31m\u202et").encode())
    assert main(["parse"]) == 0
    assert not {"\u001b", "\u202e"} & set(capsys.readouterr().out)


def test_long_input_shows_its_progress_to_a_person_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fed(monkeypatch, b"x\n" * 20_000)
    person = Terminal()
    monkeypatch.setattr(sys, "stderr", person)
    assert main(["parse"]) == 0
    assert "20,000 lines read" in person.getvalue()
    assert "lines read" not in capsys.readouterr().out
