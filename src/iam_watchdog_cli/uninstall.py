"""`iam-watchdog uninstall --plan|--apply`: what `sam delete` leaves behind, before it is run."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from iam_watchdog.report import escape
from iam_watchdog_cli import connection, flags
from iam_watchdog_cli.leftovers import DATA, GRANT, SUBSCRIPTION, Item, items

DONE, INCOMPLETE = 0, 1
FLAG = {GRANT: "--grants", DATA: "--data"}
WHY = {
    GRANT: "a function works because of it",
    DATA: "it is the record of what was found and changed",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags of the subcommand."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--plan", action="store_true", help="list what stays and what would be removed; change nothing")
    which.add_argument("--apply", action="store_true", help="remove the subscriptions that watch made")
    parser.add_argument("--grants", action="store_true", help="also inline policies of ours: functions may fail again")
    parser.add_argument("--data", action="store_true", help="also the incidents table, the reports and the safe events")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    flags.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """List, or remove; one item that fails does not keep the others."""
    account = connection.connect(args)
    chosen = {SUBSCRIPTION, *(kind for kind, flag in FLAG.items() if getattr(args, flag.strip("-")))}
    # Looked at to the end before anything is removed: the table tells what was applied.
    said = [_one(item, chosen, apply=args.apply) for item in tuple(items(account))]
    if args.json:
        print(json.dumps({"stack": account.stack, "applied": args.apply, "items": said}))
    else:
        _print(said, account.stack)
    return INCOMPLETE if any(item["error"] for item in said) else DONE


def _one(item: Item, chosen: set[str], *, apply: bool) -> dict[str, Any]:
    wanted, error = item.kind in chosen and item.remove is not None, ""
    if wanted and apply and item.remove:
        try:
            item.remove()
        except (ClientError, BotoCoreError) as failed:
            error = str(failed)
    outcome = "stays" if not wanted else "failed" if error else "removed" if apply else "would be removed"
    return {"kind": item.kind, "what": item.what, "outcome": outcome, "by_hand": item.by_hand, "error": error}


def _print(said: list[dict[str, Any]], stack: str) -> None:
    for item in said:
        print(f"{item['outcome']:<17} {escape.terminal(item['what'])}")
        if item["outcome"] == "stays":
            print(f"{'':<17} {WHY[item['kind']]}; {FLAG[item['kind']]}, or: {escape.terminal(item['by_hand'])}")
        if item["error"]:
            print(f"iam-watchdog: {escape.terminal(item['error'])}", file=sys.stderr)
    print(f"next: sam delete --stack-name {stack}" if said else f"nothing stays; next: sam delete --stack-name {stack}")
