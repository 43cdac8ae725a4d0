"""evaluate: decide requests as AWS decides, from the policies given with them."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Iterable, Sequence
from typing import IO, Any

from iam_watchdog import policy
from iam_watchdog.model import Verdict
from iam_watchdog.report.escape import terminal
from iam_watchdog_cli import flags, streams
from iam_watchdog_cli.case import BadCase, listed, loaded, read
from iam_watchdog_cli.verdict_view import EFFECTS, ORDER, drawing

BAD_INPUT = 2
NAMED = 10
"""Cases that cannot be read, each with what is wrong; further ones are counted."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this subcommand."""
    parser.add_argument("file", nargs="?", default="-", help="a file of cases, one JSON object a line; - is stdin")
    out = parser.add_mutually_exclusive_group()
    out.add_argument("--json", action="store_true", help="print one JSON object of all answers")
    out.add_argument("--jsonl", action="store_true", help="print one JSON object a line instead of a drawing")
    flags.add_unused(parser)


def run(args: argparse.Namespace) -> int:
    """Decide every case of the input, in order; 2 if the file or, but for --jsonl, a case cannot be read."""
    if args.file == "-":
        streams.awaited("cases, one JSON object a line")
        return _each(sys.stdin.buffer, args)
    try:
        with open(args.file, "rb") as lines:
            return _each(lines, args)
    except OSError as fault:
        print(f"iam-watchdog evaluate: {args.file}: {fault.strerror}", file=sys.stderr)
        return BAD_INPUT


def _each(lines: IO[bytes], args: argparse.Namespace) -> int:
    if args.jsonl:
        return _streamed(lines)
    cases = _cases(lines.read())
    return _together(cases) if args.json else _drawn(cases)


def _streamed(lines: Iterable[bytes]) -> int:
    """Each line says for itself whether it could be read: one bad one does not make the others worthless."""
    for line in lines:
        if line.strip():
            sys.stdout.write(f"{json.dumps(answer(line))}\n")
            sys.stdout.flush()  # Whoever asks one case at a time waits for this line.
    return 0


def _cases(text: bytes) -> tuple[tuple[int, bytes], ...]:
    """The cases with their lines; one case, or a list of them, may also be spread over many lines, as people write."""
    with contextlib.suppress(BadCase):
        return ((1, json.dumps(loaded(text)).encode()),)
    with contextlib.suppress(BadCase):
        return tuple((n, json.dumps(one).encode()) for n, one in enumerate(listed(text), 1))
    return tuple((n, line) for n, line in enumerate(text.split(b"\n"), 1) if line.strip())


def _together(cases: Sequence[tuple[int, bytes]]) -> int:
    answers = [answer(line) for _, line in cases]
    print(json.dumps({"cases": answers}))
    return BAD_INPUT if not answers or any("error" in one for one in answers) else 0


def _drawn(cases: Sequence[tuple[int, bytes]]) -> int:
    """For people: what cannot be read is said where errors are said, with its place."""
    bad = 0
    for number, line in cases:
        try:
            print(drawn(line))
        except BadCase as wrong:
            bad += 1
            if bad <= NAMED:
                _said(f"case or line {number}: {wrong}")
    if bad > NAMED:
        _said(f"and {bad - NAMED} more that cannot be read")
    if not cases:
        _said("no case: nothing was given; --help shows the shape of one")
    return BAD_INPUT if bad or not cases else 0


def _said(words: str) -> None:
    sys.stdout.flush()
    print(f"iam-watchdog evaluate: {terminal(words)}", file=sys.stderr)


def answer(line: bytes | str) -> dict[str, Any]:
    """The answer to one line, as contract 3 has it."""
    found: dict[str, Any] = {}
    try:
        found = loaded(line)
        verdict = policy.decide(*read(found))
    except BadCase as bad:
        return {"id": found.get("id"), "error": str(bad)}
    return {"id": found.get("id"), **_facts(verdict)}


def _facts(verdict: Verdict) -> dict[str, Any]:
    return {
        "decision": "denied" if verdict.denied else verdict.answer.value,
        "effect": EFFECTS.get(verdict.answer),
        "layers": {layer.value: verdict.layers[layer].value for layer in ORDER},
        "statements": [
            {"layer": f.layer.value, "policy": f.policy, "index": f.index, "sid": f.sid, "effect": f.effect}
            for f in verdict.deciding
        ],
        "unknown": [*verdict.unknown, *verdict.problems],
    }


def drawn(line: bytes | str) -> str:
    """The same for people. Raises BadCase."""
    found = loaded(line)
    request, policies = read(found)
    return drawing(str(found.get("id", "")), request, policy.decide(request, policies))
