"""`iam-watchdog undo INCIDENT`: take back a change that the watchdog made, through the same fenced hands."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable

from iam_watchdog.aws.facts import TableFacts
from iam_watchdog.aws.queues import SqsQueue
from iam_watchdog.model import Incident, Prepared, Step, StepKind, Undone
from iam_watchdog.ports import Facts
from iam_watchdog.report import escape
from iam_watchdog.report.became import named
from iam_watchdog.wiring import SystemClock
from iam_watchdog_cli import connection, flags, streams

REFUSED, NOTHING = 1, 2
EVERY = 0.5


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the subcommand's arguments."""
    parser.add_argument("incident", metavar="INCIDENT", help="id of the incident, as `iam-watchdog incidents` lists it")
    parser.add_argument("--wait", type=_seconds, default=60, metavar="S", help="seconds to wait for the outcome")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    flags.add_arguments(parser)


def _seconds(text: str) -> float:
    """Raises ArgumentTypeError."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds between 0 and 86400")
    return found


def run(args: argparse.Namespace) -> int:
    """Order the undo in the caller's name and wait for it. 0 undone, 1 refused or not yet, 2 nothing to undo."""
    account = connection.connect(args)
    outputs = account.outputs()
    facts = TableFacts(account.client("dynamodb"), outputs["Table"], SystemClock())
    try:
        incident = changed(facts, args.incident)
    except LookupError as nothing:
        return _say(args, NOTHING, str(nothing.args[0]))
    if not outputs.get("StepsQueue"):
        return _say(args, NOTHING, "this deployment makes no changes (no StepsQueue), so there is nothing to undo")
    SqsQueue(account.client("sqs"), steps=outputs["StepsQueue"]).step(order(incident, account.arn))
    streams.progress("the undo is ordered; waiting for its outcome")
    undone = wait(facts, incident, args.wait, time.sleep)
    streams.progress("")
    return _say(args, *outcome(incident, undone, args.wait))


def changed(facts: Facts, name: str) -> Incident:
    """The newest cycle of an incident in which something was changed. Raises LookupError, saying what is missing."""
    try:
        newest = facts.load(name)
    except LookupError as missing:
        raise LookupError(f"INCIDENT: there is no incident {name!r}; `iam-watchdog incidents` lists them") from missing
    for cycle in range(newest.cycle, 0, -1):
        incident = newest if cycle == newest.cycle else facts.load(name, cycle)
        undone = incident.last(Undone)
        if incident.last(Prepared) and (undone is None or undone.refused):
            return incident
    raise LookupError(_why_nothing(newest))


def _why_nothing(newest: Incident) -> str:
    """Taken back already, or never changed: the second is no reason to look further."""
    if undone := newest.last(Undone):
        when = f"{undone.at:%Y-%m-%d %H:%M} UTC"
        return f"incident {newest.id} was undone already, at {when}: {undone.because}; nothing more stands"
    return f"nothing was changed for incident {newest.id}, so there is nothing to undo"


def order(incident: Incident, by: str) -> Step:
    """The step that takes back what was prepared last, in somebody's name."""
    prepared = incident.last(Prepared)
    return Step(incident.id, incident.cycle, StepKind.UNDO, prepared.plan_hash if prepared else "", by)


def wait(facts: Facts, incident: Incident, seconds: float, sleep: Callable[[float], None]) -> Undone | None:
    """Look again and again for the outcome of an undo that was ordered just now."""
    known = {fact for fact in incident.facts if isinstance(fact, Undone)}
    while seconds > 0:
        found = facts.load(incident.id, incident.cycle).last(Undone)
        if found is not None and found not in known:
            return found
        sleep(EVERY)
        seconds -= EVERY
    return None


def outcome(incident: Incident, undone: Undone | None, seconds: float) -> tuple[int, str]:
    """Exit code and sentence for what became of an order."""
    look = f"`iam-watchdog incidents` shows what becomes of incident {incident.id}"
    if undone is None and not seconds:
        return REFUSED, f"the undo is ordered, and was not waited for: {look}"
    if undone is None:
        return REFUSED, f"the undo is ordered, but nothing came of it in {seconds:g} s: {look}; see the dead letters"
    if undone.refused:
        return REFUSED, f"the undo was refused: {undone.refused}"
    return 0, f"incident {incident.id} (cycle {incident.cycle}) is undone. Taken back is: {_what(incident)}"


def _what(incident: Incident) -> str:
    """Everything that was prepared in the cycle: that is what an undo takes back."""
    receipts = [receipt for fact in incident.facts if isinstance(fact, Prepared) for receipt in fact.receipts]
    return "; ".join(dict.fromkeys(named(receipt) for receipt in receipts))


def _say(args: argparse.Namespace, code: int, text: str) -> int:
    if args.json:
        print(json.dumps({"incident": args.incident, "undone": code == 0, "says": text}))
    elif code:
        print(f"iam-watchdog undo: {escape.terminal(text, 2_000)}", file=sys.stderr)
    else:
        print(escape.terminal(text, 2_000))
    return code
