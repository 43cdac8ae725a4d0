"""`iam-watchdog incidents`: what the deployed watchdog has found, and where each stands."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from typing import Any

from iam_watchdog import canary, happened, status
from iam_watchdog.aws.facts import TableFacts
from iam_watchdog.model import Incident, Proposed
from iam_watchdog.report import escape
from iam_watchdog.wiring import SystemClock
from iam_watchdog_cli import connection, flags


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the subcommand's arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    flags.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """List all incidents, newest first."""
    account = connection.connect(args)
    found = [shown(incident) for incident in listing(account)]
    found.sort(key=lambda incident: str(incident["last_seen"]), reverse=True)
    if args.json:
        print(json.dumps({"incidents": found}))
    else:
        print(table(found))
    return 0


def listing(account: connection.Connection) -> tuple[Incident, ...]:
    """The deployed table's incidents in their newest cycle, our own canary's left out."""
    found = TableFacts(account.client("dynamodb"), account.outputs()["Table"], SystemClock()).listing()
    return tuple(incident for incident in found if not canary.is_one(incident.denial))


def shown(incident: Incident) -> dict[str, Any]:
    """One incident as contract 5 prints it."""
    denial, proposed = incident.denial, incident.last(Proposed)
    found = proposed.diagnosis if proposed else None
    return {
        "id": incident.id,
        "function": denial.function,
        "role": proposed.role.arn if proposed and proposed.role else None,
        "action": denial.action,
        "resource": denial.resource,
        "layer": found.layer if found else None,
        "rule": found.rule if found else None,
        "witness": incident.witness,
        "status": status.derive(incident, datetime.now(UTC)),
        "occurrences": incident.occurrences,
        "first_seen": incident.first_seen.isoformat(),
        "last_seen": incident.last_seen.isoformat(),
        "plan_hash": proposed.plan_hash or None if proposed else None,
        "timeline": [{"at": at.isoformat(), "what": what} for at, what in happened.timeline(incident)],
    }


def table(found: list[dict[str, Any]]) -> str:
    """A readable list, one incident a paragraph of two lines."""
    if not found:
        return "No incidents."
    return "\n".join(row for incident in found for row in _rows(incident))


def _rows(i: dict[str, Any]) -> tuple[str, str]:
    """Names and resources may be a stranger's: nothing of them acts in the terminal."""
    times = "once" if i["occurrences"] == 1 else f"{i['occurrences']:,} times"
    layer = f", {i['layer']}" if i["layer"] else ""
    what = f"{i['status']:<10} {i['function'] or '?'}: {i['action'] or '?'} on {i['resource'] or '?'}"
    found = f"{i['rule'] or 'not diagnosed yet'}{layer}, {times}, last {i['last_seen'][:19]}Z, incident {i['id']}"
    return escape.terminal(what), escape.terminal(f"{'':<10} {found}")
