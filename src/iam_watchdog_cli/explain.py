"""`iam-watchdog explain`: read the account, name the layer that denies, and the least privilege that ends it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.detect.ground import Ground
from iam_watchdog.model import WATCHDOG, Answer, Denial, Proof, Witness
from iam_watchdog.ports import CannotRead
from iam_watchdog.report import escape
from iam_watchdog.report.fix_json import ALTERNATIVE, fix_json, guardrail_json, proof_json, unread_json
from iam_watchdog_cli import as_deployed, connection, findings, flags, named, streams, symptoms, unread
from iam_watchdog_cli.drawing import drawn
from iam_watchdog_cli.findings import Finding

DIAGNOSED, UNDECIDED, BAD_INPUT = 0, 1, 2
LONGEST = 1_000_000
"""Characters of a message that are read."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags of the subcommand."""
    parser.add_argument(
        "--function",
        metavar="NAME",
        type=named.function,
        help="the function that fails (name or ARN, with its version or alias)",
    )
    parser.add_argument("--message", metavar="TEXT", help="the denial as it was printed; - reads it from stdin")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    flags.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Find the denials, diagnose each, print; the exit code is that of the first."""
    if not args.function and args.message is None:
        print("iam-watchdog explain: name a --function, or give a --message (- for stdin)", file=sys.stderr)
        return BAD_INPUT
    where = connection.connect(args)
    clients = Clients(where.session, where.endpoint, where.region)
    ground = Ground(where.account, where.region, where.partition)
    meant: named.Named = args.function or named.Named("")
    if why := meant.elsewhere(where.account, where.region):
        print(f"iam-watchdog explain: --function: {why}", file=sys.stderr)
        return BAD_INPUT
    name = meant.name
    try:
        told, seen = _told(args.message, meant, ground), _seen(args.message, name, clients, ground)
    except symptoms.NoDenial as no:
        print(f"iam-watchdog explain: {escape.terminal(str(no))}", file=sys.stderr)
        return BAD_INPUT
    except CannotRead as no:
        return where.no_function("explain", no)
    settings = as_deployed.settings(where, clients)
    known = {denial.fingerprint for denial in told}
    beside = tuple(denial for denial in seen.denials if denial.fingerprint not in known)
    found = list(findings.of((told, beside), AccountReader(clients, settings), settings))
    if seen.undecided and args.message is None:
        found.append(findings.undecided(name, seen.undecided))
    for what in unread.grouped(seen.unlisted) if args.message is None else ():
        print(f"iam-watchdog explain: not looked through for triggers: {escape.terminal(what, 300)}", file=sys.stderr)
    name = name or (told[0].function if told else "")
    print(json.dumps(as_json(name, found)) if args.json else drawn(name, found))
    return UNDECIDED if found and found[0].diagnosis.rule == "undecided" else DIAGNOSED


def _told(message: str | None, meant: named.Named, ground: Ground) -> tuple[Denial, ...]:
    """The denials of the text, of the version or alias that is meant: it may run under a role of its own.

    Raises NoDenial.
    """
    if message is None:
        return ()
    if message == "-":
        streams.awaited("the message")
    text = streams.given(LONGEST) if message == "-" else message[:LONGEST]
    found = symptoms.from_text(text, meant.name, ground, datetime.now(UTC))
    return tuple(replace(denial, qualifier=meant.qualifier or denial.qualifier) for denial in found)


def _seen(message: str | None, name: str, clients: Clients, ground: Ground) -> symptoms.Seen:
    """What a named function's configuration and log say; beside a given text, as far as they can be read."""
    try:
        return symptoms.from_account(clients, name, ground, datetime.now(UTC)) if name else symptoms.Seen(())
    except CannotRead:
        if message is None:
            raise
        return symptoms.Seen(())


# ---------------------------------------------------------------- contract 4


def as_json(function: str, found: Iterable[Finding]) -> dict[str, Any]:
    """The object that contract 4 promises."""
    return {"function": function, "findings": [finding_json(one) for one in found]}


def finding_json(found: Finding) -> dict[str, Any]:
    """One finding; `notes`, `instead` (alternatives to the fixes) and `beside` come on top of the contract."""
    diagnosis = found.diagnosis
    refusals, region = {WATCHDOG: found.refusals}, found.denial.region if found.denial else ""
    return {
        "denial": denial_json(found.denial) if found.denial else None,
        "witness": (found.denial.witness if found.denial else Witness.CONFIG).value,
        "layer": diagnosis.layer.value if diagnosis.layer else None,
        "rule": diagnosis.rule,
        "because": diagnosis.because,
        "confidence": diagnosis.confidence.value,
        "fixes": [fix_json(fix, refusals, region) for fix in diagnosis.fixes],
        "instead": [fix_json(fix, ALTERNATIVE, region) for fix in diagnosis.instead],
        "beside": [guardrail_json(one) for one in diagnosis.beside],
        "proof": _proof(found.proof),
        "unread": unread_json(found.evidence.unread),
        "notes": list(diagnosis.notes),
    }


def denial_json(denial: Denial) -> dict[str, Any]:
    """What was refused, normalised, with what the text itself said of the reason."""
    said = denial.said
    return {
        "id": denial.fingerprint,
        "kind": denial.kind.value,
        "function": denial.function,
        "qualifier": denial.qualifier,
        "principal": denial.principal,
        "action": denial.action or None,
        "resource": denial.resource,
        "effect": said.effect.value if said and said.effect else None,
        "layer": said.layer.value if said and said.layer else None,
        "error_code": said.error_code if said else None,
        "operation": said.operation if said else None,
        "request_id": said.request_id if said else None,
        "recovered": dict(denial.recovered),
    }


def _proof(proof: Proof | None) -> dict[str, Any] | None:
    """Implicit and explicit are both "denied" here, as contracts 3 and 4 have it."""
    found = proof_json(proof)
    if found is not None and proof is not None:
        found |= {"before": _decision(proof.before), "after": _decision(proof.after)}
    return found


def _decision(answer: Answer) -> str:
    return "denied" if answer in (Answer.IMPLICIT, Answer.EXPLICIT) else answer.value
