"""`iam-watchdog sweep`: audit every function of the Region, read-only; exit 1 when something is broken."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.survey import Account
from iam_watchdog.aws.survey.triggers import NOT_CHECKED
from iam_watchdog.expect import Audit, View, audit
from iam_watchdog.ports import CannotRead
from iam_watchdog.report import escape
from iam_watchdog_cli import connection, flags, streams
from iam_watchdog_cli.unread import grouped

HEALTHY, BROKEN = 0, 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags of the subcommand."""
    parser.add_argument("--function", metavar="NAME", help="only this function (name or ARN)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    flags.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Audit, print, and say by the exit code whether something is broken."""
    where = connection.connect(args)
    account = Account(Clients(where.session, where.endpoint, where.region), where.account)
    try:
        found, unread = _audits(account, args.function or "")
    except CannotRead as why:
        return where.no_function("sweep", why)
    print(json.dumps(as_json(found, unread)) if args.json else "\n".join(as_text(found, unread)))
    return BROKEN if any(one.denials for one in found) else HEALTHY


def _audits(account: Account, name: str) -> tuple[list[Audit], tuple[str, ...]]:
    if name:
        view = account.one(name)
        return [_audit(view)], view.unlisted
    found: list[Audit] = []
    unread: tuple[str, ...] = ()
    for page in account.pages():
        found += [_audit(view) for view in page.views]
        unread = page.unread
        streams.progress(f"{len(found)} functions audited")
    streams.progress("")
    return found, unread


def _audit(view: View) -> Audit:
    return audit(view, datetime.now(UTC))


def as_json(found: list[Audit], unread: tuple[str, ...]) -> dict[str, Any]:
    """What was found, what could not be decided, and which sources were not looked at."""
    findings = [
        {
            "function": denial.function,
            "what": denial.excerpt,
            "kind": denial.kind,
            "principal": denial.principal,
            "action": denial.action,
            "resource": denial.resource,
            "qualifier": denial.qualifier,
            "source_arn": denial.source_arn,
        }
        for one in found
        for denial in one.denials
    ]
    undecided = [{"function": one.function, "what": what} for one in found for what in one.undecided]
    return {
        "functions": len(found),
        "checks": sum(one.checked for one in found),
        "findings": findings,
        "undecided": undecided,
        "unread": list(unread),
        "not_checked": list(NOT_CHECKED),
    }


def as_text(found: list[Audit], unread: tuple[str, ...]) -> Iterator[str]:
    """The same for people."""
    broken = [one for one in found if one.denials]
    width = max((len(one.function) for one in broken), default=0)
    for one in broken:
        for denial in one.denials:
            what = escape.terminal(denial.excerpt.removeprefix(f"{one.function} "))
            yield f"{escape.terminal(one.function):<{width}}  {what}"
            yield f"{'':<{width}}    {escape.terminal(denial.action)} on {escape.terminal(denial.resource or '?')}"
    for one in found:
        yield from (f"undecided: {escape.terminal(one.function)}: {escape.terminal(why)}" for why in one.undecided)
    yield from (f"not read: {escape.terminal(why)}" for why in grouped(unread))
    checks = sum(one.checked for one in found)
    yield f"{len(found)} functions, {checks} requests decided, {len(broken)} functions broken"
    if broken:
        yield f"next: iam-watchdog explain --function {escape.terminal(broken[0].function)}"
    yield f"not looked at: {', '.join(NOT_CHECKED)}"
