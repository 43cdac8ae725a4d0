"""evaluate: decide requests as AWS decides, from the policies given with them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from iam_watchdog import policy
from iam_watchdog.model import Answer, Layer, Missed, Policy, Request, Verdict, Words
from iam_watchdog.report.escape import terminal

ORDER = (
    Layer.SCP,
    Layer.RCP,
    Layer.VPCE,
    Layer.RESOURCE,
    Layer.IDENTITY,
    Layer.BOUNDARY,
    Layer.SESSION,
)
"""The gates in the order in which AWS describes them."""
_EFFECTS = {Answer.EXPLICIT: "explicit", Answer.IMPLICIT: "implicit"}


class BadCase(ValueError):
    """A case that cannot be read; the message names the field."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this subcommand."""
    parser.add_argument("file", nargs="?", default="-", help="a file of cases, one JSON object a line; - is stdin")
    parser.add_argument("--jsonl", action="store_true", help="print one JSON object a line instead of a drawing")


def run(args: argparse.Namespace) -> int:
    """Decide every case of the input, in order."""
    if args.file == "-":
        return _each(sys.stdin, jsonl=args.jsonl)
    try:
        with open(args.file, encoding="utf-8") as lines:
            return _each(lines, jsonl=args.jsonl)
    except OSError as fault:
        print(f"cannot read {args.file}: {fault.strerror}", file=sys.stderr)
        return 2


def _each(lines: TextIO, *, jsonl: bool) -> int:
    for line in lines:
        if line.strip():
            print(json.dumps(answer(line)) if jsonl else drawing(line), flush=jsonl)
    return 0


def answer(line: str) -> dict[str, Any]:
    """The answer to one line, as contract 3 has it."""
    found: Any = None
    try:
        found = _object(line)
        verdict = policy.decide(*read(found))
    except BadCase as bad:
        return {"id": found.get("id") if isinstance(found, dict) else None, "error": str(bad)}
    return {"id": found.get("id"), **_facts(verdict)}


def _facts(verdict: Verdict) -> dict[str, Any]:
    decision = "denied" if verdict.denied else verdict.answer.value
    return {
        "decision": decision,
        "effect": _EFFECTS.get(verdict.answer),
        "layers": {layer.value: verdict.layers[layer].value for layer in ORDER},
        "statements": [
            {"layer": f.layer.value, "policy": f.policy, "index": f.index, "sid": f.sid, "effect": f.effect}
            for f in verdict.deciding
        ],
        "unknown": [*verdict.unknown, *verdict.problems],
    }


# ---------------------------------------------------------------- reading a case


def _object(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as fault:
        raise BadCase(f"not JSON: {fault}") from fault
    if not isinstance(found, dict):
        raise BadCase("not a JSON object")
    return found


def read(found: dict[str, Any]) -> tuple[Request, tuple[Policy, ...]]:
    """A case as a request and its policies, named as contract 3 names them. Raises BadCase naming the field."""
    known = {"identity", "boundary", "session", "scps", "rcps", "resource_policy", "vpce"}
    for name, value in found.items():
        if name not in known and _holds_policy(value):
            raise BadCase(f"{name}: holds a policy, and is none of {', '.join(sorted(known))}")
    return _request(found.get("request")), tuple(_policies(found))


def _holds_policy(value: Any) -> bool:
    """A layer under a name that nobody knows would silently not be in play."""
    if isinstance(value, list):
        return any(_holds_policy(one) for one in value)
    return isinstance(value, dict) and "Statement" in value


def _request(found: Any) -> Request:
    if not isinstance(found, dict):
        raise BadCase("request: missing or not an object")
    principal, action, resource = (_text(found, name) for name in ("principal", "action", "resource"))
    owner = found.get("resource_account")
    if owner is not None and not isinstance(owner, str):
        raise BadCase("request.resource_account: not a text")
    if owner is None:
        owner = resource.split(":", 5)[4] if resource.count(":") >= 5 else ""
    given = found.get("context", {})
    if not isinstance(given, dict):
        raise BadCase("request.context: not an object")
    context = {name: _values(name, value) for name, value in given.items()}
    lists = frozenset(name.lower() for name, value in given.items() if isinstance(value, list))
    return Request(principal, action, resource, owner, context, multivalued=lists)


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise BadCase(f"request.{name}: missing or not a text")
    return value


def _values(name: str, value: Any) -> Words:
    several = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str | int | float) for one in several):
        raise BadCase(f"request.context.{name}: neither texts, numbers nor booleans")
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in several)


def _policies(found: dict[str, Any]) -> Iterator[Policy]:
    for index, document in enumerate(_list(found, "identity")):
        yield _policy(Layer.IDENTITY, f"identity[{index}]", document)
    for name, layer in (("boundary", Layer.BOUNDARY), ("session", Layer.SESSION), ("resource_policy", Layer.RESOURCE)):
        if found.get(name) is not None:
            yield _policy(layer, name, found[name])
    for name, layer in (("scps", Layer.SCP), ("rcps", Layer.RCP)):
        for level, documents in enumerate(_list(found, name)):
            yield from _level(name, layer, level, documents)
    for index, document in enumerate(_list(found, "vpce")):
        yield _policy(Layer.VPCE, f"vpce[{index}]", document)


def _level(name: str, layer: Layer, level: int, documents: Any) -> Iterator[Policy]:
    """One level of the organization; an empty one allows nothing."""
    if not isinstance(documents, list):
        raise BadCase(f"{name}[{level}]: not a list of documents")
    for index, document in enumerate(documents):
        yield _policy(layer, f"{name}[{level}][{index}]", document, level)
    if not documents:
        yield _policy(layer, f"{name}[{level}]", {"Statement": []}, level)


def _policy(layer: Layer, name: str, document: Any, level: int = 0) -> Policy:
    if not isinstance(document, dict):
        raise BadCase(f"{name}: not a policy document")
    return Policy(layer, name, json.dumps(document), level=level)


def _list(found: dict[str, Any], name: str) -> list[Any]:
    value = found.get(name)
    if value is not None and not isinstance(value, list):
        raise BadCase(f"{name}: not a list")
    return value or []


# ---------------------------------------------------------------- for people

_SIGNS = {
    Answer.ALLOWED: "open   ",
    Answer.IMPLICIT: "shut   ",
    Answer.EXPLICIT: "BARRED ",
    Answer.UNKNOWN: "unknown",
    Answer.ABSENT: "-      ",
}


def drawing(line: str) -> str:
    """The gates one under another, each open, shut, barred or unknown, with the statements that say so."""
    try:
        found = _object(line)
        request, policies = read(found)
    except BadCase as bad:
        return terminal(f"cannot read this case: {bad}") + "\n"
    verdict = policy.decide(request, policies)
    head = f"{found.get('id', '')} {request.principal}".strip(), f"  {request.action} on {request.resource}"
    return "\n".join([*(terminal(text) for text in (*head, *_gates(verdict), *_end(verdict))), ""])


def _gates(verdict: Verdict) -> Iterator[str]:
    for layer in ORDER:
        yield f"    [{_SIGNS[verdict.layers[layer]]}] {layer.value}"
        for finding in verdict.deciding:
            if finding.layer is layer:
                sid = f" ({finding.sid})" if finding.sid else ""
                yield f"               {finding.effect} by {finding.policy} statement {finding.index}{sid}"
        for finding in verdict.near:
            if finding.layer is layer and finding.missed:
                yield f"               not by {finding.policy} statement {finding.index}: {_miss(finding.missed)}"


def _miss(missed: Missed) -> str:
    what = f"{missed.operator} {missed.key}" if missed.key else missed.element
    actual = ", ".join(missed.actual) or "nothing"
    return f"{what} wants {', '.join(missed.expected)}, the call has {actual}"


def _end(verdict: Verdict) -> Iterator[str]:
    effect = _EFFECTS.get(verdict.answer)
    yield f"  => {'DENIED' if verdict.denied else verdict.answer.value.upper()}{f' ({effect})' if effect else ''}"
    yield from (f"     not known: {reason}" for reason in verdict.unknown)
    yield from (f"     malformed: {problem}" for problem in verdict.problems)
