"""The command as a shell meets it: help that teaches, faults in a sentence, pipes that close, no traceback."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError
from botocore.parsers import ResponseParserError

from iam_watchdog.ports import CannotRead
from iam_watchdog_cli import faults, guide, main, streams

PATH = os.pathsep.join(sys.path)
READ_ONLY = ("explain", "parse", "evaluate", "sweep", "incidents", "doctor")


def run(*argv: str, stdin: bytes = b"", environment: Mapping[str, str] = {}) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603 - our own interpreter and command
        [sys.executable, "-m", "iam_watchdog_cli.main", *argv],
        input=stdin,
        capture_output=True,
        env={"PYTHONPATH": PATH, **environment},
        timeout=60,
    )


WHERE = ["--endpoint-url", "http://127.0.0.1:1", "--region", "eu-central-1", "--profile", "p"]
BESIDE = {"undo": ["i"], "uninstall": ["--plan"], "watch": ["f"], "unwatch": ["f"], "lab": ["up"], "lab down": []}


@pytest.mark.parametrize("command", [*main.COMMANDS, "lab down"])
def test_every_command_takes_the_same_flags_for_where(command: str) -> None:
    argv = [*command.split(), *BESIDE.get(command, []), *WHERE]
    assert main.parser(argv[0]).parse_args(argv).profile == "p"


@pytest.mark.parametrize("region", ["x y", "evil.example.com/#", "EU-CENTRAL-1", ""])
def test_a_region_that_cannot_be_one_is_bad_input(capsys: pytest.CaptureFixture[str], region: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["explain", "--message", "no", "--region", region])
    assert ended.value.code == 2
    assert "names look like eu-central-1" in capsys.readouterr().err


# ------------------------------------------------------------------ help


@pytest.mark.parametrize("command", main.COMMANDS)
def test_help_says_what_is_read_and_changed_and_what_the_exit_codes_mean(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main([command, "--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    for part in ("reads:\n", "changes:\n", "examples:\n", "exit codes:\n", "--json", f"schemas/{command}.json"):
        assert part in said, part
    assert re.search(r"^  2   \S", said, re.MULTILINE), "any command may be called wrongly"
    if command in READ_ONLY:
        assert "changes:\n  nothing\n" in said


@pytest.mark.parametrize("example", [e for g in guide.GUIDES.values() for e in g.examples])
def test_every_example_is_understood(example: str) -> None:
    ours = re.split(r"\s*[|<]\s*", example[example.index("iam-watchdog") :])[0]
    name, *arguments = shlex.split(ours)
    assert name == "iam-watchdog"
    assert main.parser(arguments[0]).parse_args(arguments).command == arguments[0]


def test_every_command_has_its_guide() -> None:
    assert set(guide.GUIDES) == set(main.COMMANDS)


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["--version"])
    assert ended.value.code == 0
    assert re.fullmatch(r"iam-watchdog \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_no_command_at_all_shows_the_help_and_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([]) == 2
    assert "COMMAND" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv",
    [
        ["bogus"],
        ["lab"],
        ["lab", "sideways"],
        ["uninstall"],
        ["uninstall", "--plan", "--apply"],
        ["undo"],
        ["undo", "x", "--wait", "nan"],
        ["undo", "x", "--wait", "-1"],
        ["watch"],
        ["parse", "--json", "--jsonl"],
        ["evaluate", "a", "b"],
        ["demo", "--only", "nothing"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_end_with_2_and_name_what_is_wrong(capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(argv)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


# ------------------------------------------------------------------ faults


def _refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no\x1b[2J"}}, "ListRoles")


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        (_refused("ExpiredToken"), 3, "log in again"),
        (_refused("AccessDenied"), 3, "your own credentials lack this permission"),
        (_refused("ThrottlingException"), 3, "try again in a minute"),
        (_refused("ValidationError"), 3, "AWS refused"),
        (EndpointConnectionError(endpoint_url="https://x"), 3, "--endpoint-url"),
        (ResponseParserError("invalid XML received: b'<html>'"), 3, "--endpoint-url"),
        (ParamValidationError(report="FunctionName"), 2, "does not take this argument"),
        (CannotRead("role orders: AccessDenied"), 3, "cannot be read"),
        (OSError(28, "No space left on device"), 2, "No space left"),
    ],
)
def test_a_fault_is_a_sentence_with_a_remedy_and_cannot_move_the_cursor(fault: Exception, code: int, says: str) -> None:
    found = faults.said(fault)
    assert found
    assert found[0] == code
    assert says in found[1]
    assert "\x1b" not in found[1]


def test_a_fault_of_our_own_stays_one() -> None:
    assert faults.said(KeyError("x")) is None


def test_without_credentials_every_command_that_needs_them_ends_with_3(tmp_path: Path) -> None:
    nobody = {"HOME": str(tmp_path), "IAM_WATCHDOG_RUNTIME_DIR": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    for command in ("explain --function x", "sweep", "incidents", "undo x", "watch x", "doctor", "uninstall --plan"):
        ended = run(*command.split(), "--region", "eu-west-1", environment=nobody)
        assert (ended.returncode, ended.stdout) == (3, b""), command
        assert b"no AWS credentials found" in ended.stderr
        assert b"Traceback" not in ended.stderr


# ------------------------------------------------------------------ pipes and streams


def shell(script: str) -> subprocess.CompletedProcess[bytes]:
    """`$CLI` in the script is our command."""
    environment = {"PYTHONPATH": PATH, "CLI": f"{sys.executable} -m iam_watchdog_cli.main", "PATH": os.defpath}
    return subprocess.run(  # noqa: S603 - our own script
        ["/bin/bash", "-c", script], capture_output=True, env=environment, timeout=60
    )


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    ended = shell("yes '{}' | head -100000 | $CLI parse --jsonl | head -1; exit ${PIPESTATUS[2]}")
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.count(b"\n") == 1


def test_streams_that_are_not_there_are_empty() -> None:
    assert shell("$CLI parse <&- >&- 2>&-").returncode == 0


BINARY = {"parse": 0, "parse --jsonl": 0, "evaluate": 2, "evaluate --json": 2, "evaluate --jsonl": 0}


@pytest.mark.parametrize(("command", "code"), BINARY.items(), ids=BINARY)
def test_binary_input_is_answered(command: str, code: int) -> None:
    ended = run(*command.split(), stdin=bytes(range(256)) * 20)
    assert ended.returncode == code
    assert ended.stdout or b"iam-watchdog evaluate: and " in ended.stderr
    assert b"Traceback" not in ended.stderr
    assert b"\x1b" not in ended.stdout


@pytest.mark.parametrize("command", ["parse", "evaluate"])
def test_a_file_that_is_not_there_or_no_file_is_named(tmp_path: Path, command: str) -> None:
    for path in (tmp_path / "none", tmp_path):
        ended = run(command, str(path))
        assert (ended.returncode, ended.stdout) == (2, b"")
        assert str(path).encode() in ended.stderr


def test_an_ascii_terminal_gets_escapes_instead_of_an_error() -> None:
    case = b'{"id":"\xc3\xa9","request":{"principal":"p","action":"a:B","resource":"*"}}'
    ended = run("evaluate", stdin=case, environment={"PYTHONIOENCODING": "ascii"})
    assert ended.returncode == 0
    assert ended.stdout.isascii()


def test_ctrl_c_ends_with_130_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("iam_watchdog_cli.parse.run", interrupted)
    assert main.main(["parse"]) == 130
    assert capsys.readouterr().err.strip() == "iam-watchdog: interrupted"


class Terminal:
    """A standard output that is looked at."""

    def isatty(self) -> bool:
        return True


def test_colour_is_for_terminals_and_never_where_no_color_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert streams.paint("x", "31") == "x"
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert streams.paint("x", "31") == "\x1b[31mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert streams.paint("x", "31") == "x"


def test_nobody_who_watches_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    streams.progress("1 of 2")
    assert capsys.readouterr() == ("", "")
