"""evaluate: decide requests as AWS decides, from the policies given with them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from typing import Any

from iam_watchdog import policy
from iam_watchdog.model import Verdict
from iam_watchdog.report.escape import terminal
from iam_watchdog_cli import flags
from iam_watchdog_cli.case import BadCase, loaded, read
from iam_watchdog_cli.verdict_view import EFFECTS, ORDER, drawing


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this subcommand."""
    parser.add_argument("file", nargs="?", default="-", help="a file of cases, one JSON object a line; - is stdin")
    out = parser.add_mutually_exclusive_group()
    out.add_argument("--json", action="store_true", help="print one JSON object of all answers")
    out.add_argument("--jsonl", action="store_true", help="print one JSON object a line instead of a drawing")
    flags.add_unused(parser)


def run(args: argparse.Namespace) -> int:
    """Decide every case of the input, in order; 2 if the file cannot be opened, else 0 whatever it holds."""
    if args.file == "-":
        return _each(sys.stdin.buffer, args)
    try:
        with open(args.file, "rb") as lines:
            return _each(lines, args)
    except OSError as fault:
        print(f"iam-watchdog evaluate: {args.file}: {fault.strerror}", file=sys.stderr)
        return 2


def _each(lines: Iterable[bytes], args: argparse.Namespace) -> int:
    cases = (line for line in lines if line.strip())
    if args.json:
        print(json.dumps({"cases": [answer(line) for line in cases]}))
        return 0
    for line in cases:
        sys.stdout.write(f"{json.dumps(answer(line)) if args.jsonl else drawn(line)}\n")
        sys.stdout.flush()  # Whoever asks one case at a time waits for this line.
    return 0


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
    """The same for people."""
    try:
        found = loaded(line)
        request, policies = read(found)
    except BadCase as bad:
        return terminal(f"cannot read this case: {bad}")
    return drawing(str(found.get("id", "")), request, policy.decide(request, policies))
