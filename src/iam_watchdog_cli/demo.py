"""`iam-watchdog demo`: the whole loop on the embedded emulator, told as it happens; exit 0 only if all went well."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from iam_watchdog.aws.facts import TableFacts
from iam_watchdog.model import Incident, Proposed, Status
from iam_watchdog.report.notification import report_key
from iam_watchdog.status import derive
from iam_watchdog.wiring import SystemClock
from iam_watchdog_cli import flags, scenarios
from iam_watchdog_cli.connection import Connection, admin_session
from iam_watchdog_cli.lab import artefact, keys, launch, shims, stack, state
from iam_watchdog_cli.scenarios.owner import Unexpected
from iam_watchdog_cli.scenarios.stage import Stage
from iam_watchdog_cli.slack_view import WIDTH

PREFIX = "shop"
ENDS = {
    Status.VERIFIED: "the fix was applied, and the function was seen to work",
    Status.UNDONE: "the fix was applied, did not help, and was taken back",
    Status.PROPOSED: "a proven fix was shown, for a person to apply",
    Status.ADVISED: "nothing here is ours to change; its owner was told what to do",
}
"""What the words of the last table mean."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one scenario ended."""

    name: str
    rule: str
    expected: str
    status: str
    seconds: float
    as_meant: bool
    why: str = ""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the subcommand's arguments."""
    parser.add_argument("--json", action="store_true", help="end with one JSON line")
    parser.add_argument("--only", metavar="NAME", choices=scenarios.SCENARIOS, help="play one scenario")
    reports = artefact.ROOT / "build" / "demo"
    where = f"where the HTML reports go (default: {reports})"
    parser.add_argument("--reports", metavar="DIR", type=Path, default=reports, help=where)
    parser.add_argument("--without", choices=shims.SHIMS, action="append", default=[], help=argparse.SUPPRESS)
    flags.add_unused(parser)


def run(args: argparse.Namespace) -> int:
    """Play all scenarios on a lab of their own."""
    began = time.monotonic()
    played = (args.only,) if args.only else scenarios.SCENARIOS
    try:
        args.reports.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        print(f"iam-watchdog demo: --reports: {args.reports}: {wrong.strerror}", file=sys.stderr)
        return 2
    try:
        with on_a_lab(args.without, began) as stage:
            outcomes = [_play(name, stage, args.reports) for name in played]
    except (artefact.CannotBuild, launch.NotStarted, stack.NotDeployed, PermissionError) as failed:
        print(f"iam-watchdog: {failed}", file=sys.stderr)
        return 1
    print(table(outcomes))
    print(f"\n{time.monotonic() - began:.0f} seconds in all; the reports, for a browser, are in {args.reports}")
    if args.json:
        print(json.dumps(as_json(outcomes)))
    return 0 if all(outcome.as_meant for outcome in outcomes) else 1


@contextmanager
def on_a_lab(without: list[str], began: float) -> Iterator[Stage]:
    """A lab that ends with us; whoever runs another one is not disturbed."""

    def say(text: str) -> None:
        print(told(time.monotonic() - began, text), flush=True)

    print("Starting an AWS emulator that enforces IAM, and deploying our own template on it …", flush=True)
    lab, process = launch.start(mode="auto", without=without)
    try:
        verify = tuple(f"{PREFIX}-{name}" for name in scenarios.VERIFIED_BY_INVOKING)
        outputs = stack.deploy(lab, "auto", verify=verify)
        say(f"stack {lab.stack} is up: mode auto, in a development account")
        yield staged(lab, outputs, say)
    finally:
        launch.stop(lab, process)


def told(seconds: float, text: str) -> str:
    """One thing that happened: its first line folded beside the time, what follows (a drawing) as it is."""
    head, *drawing = text.split("\n")
    first = f"  [{seconds:5.1f} s] "
    fold = textwrap.TextWrapper(WIDTH, first, " " * len(first), break_long_words=False, break_on_hyphens=False)
    return "\n".join([*fold.wrap(head), *drawing])


def staged(lab: state.Lab, outputs: dict[str, str], say: Callable[[str], None], prefix: str = PREFIX) -> Stage:
    """The deployed lab as a scenario sees it."""
    who = f"arn:aws:iam::{lab.account}:user/{keys.ADMIN}"
    account = Connection(admin_session(lab), lab.region, lab.endpoint, lab.account, who, lab.stack, lab)
    facts = TableFacts(account.client("dynamodb"), outputs["Table"], SystemClock())
    boundary = f"arn:aws:iam::{lab.account}:policy/{stack.BOUNDARY}"
    return Stage(lab, account, outputs, facts, say, lambda: datetime.now(UTC), prefix, boundary)


def _play(name: str, stage: Stage, reports: Path) -> Outcome:
    scenario = importlib.import_module(f"{scenarios.__name__}.{name}")
    print(f"\n{scenario.NAME.upper()}\n  {(scenario.__doc__ or '').strip()}", flush=True)
    began = time.monotonic()
    try:
        incident = scenario.play(stage)
    except Unexpected as wrong:
        stage.say(f"NOT AS MEANT: {wrong}")
        return Outcome(name, "", scenario.EXPECTED, "unexpected", _since(began), as_meant=False, why=str(wrong))
    return _judged(name, scenario, incident, _since(began), stage, reports)


def _judged(
    name: str, scenario: ModuleType, incident: Incident, seconds: float, stage: Stage, reports: Path
) -> Outcome:
    """Compare rule and status with what the scenario is there to show."""
    found = incident.last(Proposed)
    rule, status = found.diagnosis.rule if found else "", derive(incident, stage.clock())
    stage.say(f"ended {status}, by the rule {rule}; report: {_report(stage, incident, reports / f'{name}.html')}")
    as_meant = rule == scenario.RULE and status is scenario.EXPECTED
    return Outcome(name, rule, scenario.EXPECTED, status, seconds, as_meant, "" if as_meant else f"rule {rule}")


def _report(stage: Stage, incident: Incident, path: Path) -> Path:
    s3 = stage.client("s3")
    page = s3.get_object(Bucket=stage.outputs["Bucket"], Key=report_key(incident))["Body"].read()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(page)
    return path


def _since(began: float) -> float:
    return round(time.monotonic() - began, 1)


def as_json(outcomes: list[Outcome]) -> dict[str, list[dict[str, str | float]]]:
    """The last line of contract 6."""
    names = ("name", "rule", "expected", "status", "seconds")
    return {"scenarios": [{name: getattr(outcome, name) for name in names} for outcome in outcomes]}


def table(outcomes: list[Outcome]) -> str:
    """How all ended, a row each."""
    head = f"\n{'scenario':<12} {'rule':<24} {'expected':<10} {'ended':<11} {'seconds':>7}"
    rows = [
        f"{o.name:<12} {o.rule:<24} {o.expected:<10} {o.status:<11} {o.seconds:>7.1f}  {'✓' if o.as_meant else '✗'}"
        for o in outcomes
    ]
    met = [f"{end:<9} {ENDS[end]}" for end in ENDS if end in [o.status for o in outcomes]]
    return "\n".join([head, *rows, *([""] if met else []), *met])
