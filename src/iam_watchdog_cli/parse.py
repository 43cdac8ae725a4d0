"""iam-watchdog parse: denial messages from text or JSON lines; contract 2 of the command."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from typing import IO, Any

from iam_watchdog.detect import clean, parse
from iam_watchdog.model import Layer, Message
from iam_watchdog_cli import flags, streams

_AS_PRINTED = {Layer.TRUST: "resource", Layer.INVOKE: "resource"}
_STEP = 20_000
_RECORD = re.compile(
    rb"\s*(?:\d{4}-\d\d-\d\d|\[[A-Z]+\]|START RequestId|END RequestId|REPORT RequestId|INIT_START|\{|An error occ)"
)
type Row = tuple[str | None, ...]
_COLUMNS = ("class", "principal", "action", "resource", "effect", "layer", "policy_arn", "error_code", "operation")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", nargs="?", default="-", help="a text file; standard input if absent or -")
    out = parser.add_mutually_exclusive_group()
    out.add_argument("--json", action="store_true", help="text in, one JSON object of all denials out")
    out.add_argument("--jsonl", action="store_true", help='JSON lines {"id","message"} in, a JSON line for each out')
    flags.add_unused(parser)


def run(args: argparse.Namespace) -> int:
    """Read and print; 2 if the file cannot be opened, else 0 whatever the input holds."""
    if args.file == "-":
        streams.awaited("text")
        return _print(sys.stdin.buffer, args)
    try:
        with open(args.file, "rb") as stream:  # noqa: PTH123 - argparse gives a plain name
            return _print(stream, args)
    except OSError as wrong:
        print(f"iam-watchdog parse: {args.file}: {wrong.strerror}", file=sys.stderr)
        return 2


def _print(stream: IO[bytes], args: argparse.Namespace) -> int:
    for line in _lines(_progress(stream), args):
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    return 0


def _lines(stream: Iterable[bytes], args: argparse.Namespace) -> Iterator[str]:
    if args.jsonl:
        yield from map(_answered, stream)
        return
    found = counted(_records(stream))
    yield from [json.dumps(as_json(found))] if args.json else _table(found)


def _answered(line: bytes) -> str:
    """One line out for one line in, whatever it is."""
    try:
        return json.dumps(answer(line))
    except RecursionError:
        return json.dumps({"id": None, "error": "nested too deep"})


def _progress(stream: Iterable[bytes]) -> Iterator[bytes]:
    """Count long input on a terminal's error output, and nowhere else."""
    shown = sys.stderr.isatty() and not sys.stdout.isatty()
    number = 0
    for number, line in enumerate(stream, 1):
        if shown and number % _STEP == 0:
            sys.stderr.write(f"\r{number:,} lines read")
            sys.stderr.flush()
        yield line
    if shown and number >= _STEP:
        sys.stderr.write(f"\r{number:,} lines read\n")


def answer(line: bytes) -> dict[str, Any]:
    """One JSON line's answer; a bad line's names what is wrong."""
    try:
        given = json.loads(line.decode("utf-8-sig", "replace"), parse_constant=_no_number)
    except (ValueError, RecursionError) as wrong:
        return {"id": None, "error": f"no JSON: {str(wrong)[:200]}"}
    if not isinstance(given, dict):
        return {"id": None, "error": "expected a JSON object with id and message"}
    if not isinstance(given.get("message"), str):
        return {"id": given.get("id"), "error": "message: expected text"}
    text = given["message"]
    told = parse.read(text)
    first = told[0] if told else parse.classify(text)
    return {"id": given.get("id"), **members(first), "denials": [members(m) for m in told]}


def _no_number(name: str) -> object:
    """NaN and Infinity are Python's, not JSON's; printed back they would break the reader."""
    raise ValueError(f"{name} is no JSON")


def members(message: Message) -> dict[str, Any]:
    """A message as contract 2 prints it."""
    return {
        "class": message.kind.value,
        "principal": message.principal,
        "action": message.action,
        "resource": message.resource,
        "effect": message.effect.value if message.effect else None,
        "layer": _AS_PRINTED.get(message.layer, message.layer.value) if message.layer else None,
        "policy_arn": message.policy_arn,
        "encoded_message": message.encoded is not None,
        "error_code": message.error_code,
        "operation": message.operation,
        "request_id": message.request_id,
    }


def _records(lines: Iterable[bytes]) -> Iterator[str]:
    """Lines that belong together: a traceback to its error, a wrapped sentence to its beginning."""
    kept: list[bytes] = []
    size = 0
    for line in lines:
        if kept and (_RECORD.match(line) or not line.strip() or size > clean.CAP):
            yield b"".join(kept).decode("utf-8", "replace")
            kept, size = [], 0
        kept.append(line)
        size += len(line)
    if kept:
        yield b"".join(kept).decode("utf-8", "replace")


def counted(records: Iterable[str]) -> dict[Row, int]:
    """How often each refusal is told; a request's own id makes no difference."""
    found: dict[Row, int] = {}
    for record in records:
        for message in parse.read(record):
            said = members(message)
            row = tuple(said[column] for column in _COLUMNS)
            found[row] = found.get(row, 0) + 1
    return found


def as_json(found: dict[Row, int]) -> dict[str, Any]:
    """All of them as one object."""
    return {"denials": [{**dict(zip(_COLUMNS, row, strict=True)), "times": times} for row, times in found.items()]}


def _table(found: dict[Row, int]) -> Iterator[str]:
    """Each distinct denial once, with how often it was told."""
    for number, (row, times) in enumerate(found.items(), 1):
        yield f"#{number}{f'  ({times} times)' if times > 1 else ''}"
        yield from (f"  {name:<11} {_printable(value)}" for name, value in zip(_COLUMNS, row, strict=True) if value)
        yield ""
    yield f"{sum(found.values())} told, {len(found)} distinct" if found else "no denial found"


def _printable(value: object) -> str:
    """No control or direction mark of a stranger's text reaches the terminal."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "?" for c in str(value))
