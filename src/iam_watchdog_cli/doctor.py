"""`iam-watchdog doctor`: check an account before deploying, and a deployment after; exit 1 if anything fails."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from iam_watchdog.report import escape
from iam_watchdog_cli import checks, connection, flags
from iam_watchdog_cli.checks import FAIL, OK, WARN, Check, Desk
from iam_watchdog_cli.streams import coloured

HEALTHY, ILL = 0, 1
COLOURS = {OK: "\033[32m", WARN: "\033[33m", FAIL: "\033[31m"}
PLAIN = "\033[0m"


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags of the subcommand."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    flags.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Make every check, print each with its remedy, and say by the exit code whether anything fails."""
    desk = seat(connection.connect(args))
    found = []
    for check in checks.examine(desk):
        found.append(check)
        if not args.json:
            print("\n".join(lines(check, colour=coloured())), flush=True)
    print(json.dumps(as_json(desk, found)) if args.json else summary(desk, found))
    return ILL if any(check.status == FAIL for check in found) else HEALTHY


def seat(account: connection.Connection) -> Desk:
    """The desk for an account, with the stack's parameters and outputs if it stands here."""
    parameters, outputs = _stack(account)
    return Desk(
        account.client,
        account.account,
        account.region,
        account.stack,
        parameters,
        outputs,
        emulated=account.lab is not None,
    )


def _stack(account: connection.Connection) -> tuple[dict[str, str], dict[str, str]]:
    try:
        (found,) = account.client("cloudformation").describe_stacks(StackName=account.stack)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise connection.NotConnected(f"cannot ask for stack {account.stack}: {error}") from error
        return {}, {}
    parameters = {p["ParameterKey"]: p.get("ParameterValue", "") for p in found.get("Parameters", [])}
    return parameters, {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])}


def lines(check: Check, *, colour: bool) -> Iterator[str]:
    """One check for people; text from AWS cannot move the cursor."""
    mark = f"{COLOURS[check.status]}{check.status:<4}{PLAIN}" if colour else f"{check.status:<4}"
    yield f"{mark}  {check.name:<15} {escape.terminal(check.says)}"
    if check.remedy and check.status != OK:
        yield f"{'':<22}→ {escape.terminal(check.remedy)}"


def summary(desk: Desk, found: Sequence[Check]) -> str:
    """The last line."""
    counts = ", ".join(f"{sum(c.status == status for c in found)} {status}" for status in (OK, WARN, FAIL))
    where = (
        f"stack {desk.stack}" if desk.deployed else f"no stack {desk.stack} yet: ready to deploy where nothing fails"
    )
    return f"{counts} ({where}, account {desk.account}, {desk.region})"


def as_json(desk: Desk, found: Sequence[Check]) -> dict[str, Any]:
    """The same for machines."""
    return {
        "account": desk.account,
        "region": desk.region,
        "stack": desk.stack,
        "deployed": desk.deployed,
        "checks": [{"name": c.name, "status": c.status, "says": c.says, "remedy": c.remedy} for c in found],
    }
