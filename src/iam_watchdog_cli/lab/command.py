"""`iam-watchdog lab up|down`: start the emulator with our own template on it, and stop it."""

from __future__ import annotations

import argparse
import json
import sys

from iam_watchdog_cli import flags, streams
from iam_watchdog_cli.lab import artefact, confined, landlock, launch, stack, state


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommand's arguments."""
    what = parser.add_subparsers(dest="what", required=True, metavar="up|down")
    up = what.add_parser("up", help="start the emulator and deploy our own template on it")
    up.add_argument("--mode", choices=("auto", "propose"), default="propose", help="default: propose")
    up.add_argument("--verify", metavar="NAME", action="append", default=[], help="function that may be re-invoked")
    up.add_argument(
        "--region", default=launch.REGION, type=flags.region, help=f"Region to play (default: {launch.REGION})"
    )
    down = what.add_parser("down", help="stop the emulator and remove what it kept")
    for parser_ in (up, down):
        parser_.add_argument("--json", action="store_true", help="print one JSON line (up: always, but to a terminal)")
    flags.add_unused(up, "--endpoint-url", "--profile", "--stack")
    flags.add_unused(down)


def up_or_down(args: argparse.Namespace) -> int:
    """Start or stop the lab."""
    return _up(args) if args.what == "up" else _down(args)


def _up(args: argparse.Namespace) -> int:
    running = state.read()
    if running and running.mode != args.mode:
        print(f"a lab in mode {running.mode} is running; stop it first: iam-watchdog lab down", file=sys.stderr)
        return 1
    try:
        streams.progress("starting the emulator, building and deploying our own template …")
        lab = running or started(args.mode, args.region, tuple(args.verify))
        streams.progress("")
        print(f"Functions in the lab are held by {confined.held(landlock.version())}.", file=sys.stderr)
        _show(lab, as_json=args.json or not sys.stdout.isatty())
    except (artefact.CannotBuild, launch.NotStarted, stack.NotDeployed, PermissionError) as failed:
        print(f"iam-watchdog: {failed}", file=sys.stderr)
        return 1
    return 0


def started(mode: str, region: str, verify: tuple[str, ...]) -> state.Lab:
    """Start a lab that outlives this command. Raises what launch and stack raise."""
    state.forget()
    lab, _ = launch.start(region=region, mode=mode, detached=True)
    try:
        stack.deploy(lab, mode, verify=verify)
        state.write(lab)
    except BaseException:
        launch.stop(lab)
        raise
    return lab


def _show(lab: state.Lab, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(lab.printed()))
        return
    print(
        f"The lab answers at {lab.endpoint}: account {lab.account}, {lab.region}, stack {lab.stack}, mode {lab.mode}.\n"
        f"Slack messages: {lab.slack_inbox}\nSNS messages:   {lab.sns_inbox}\n"
        "All commands find it by themselves; for boto3 and the AWS CLI:\n"
        f"  export AWS_ENDPOINT_URL={lab.endpoint} AWS_REGION={lab.region} AWS_ACCESS_KEY_ID={lab.admin.access_key} "
        f"AWS_SECRET_ACCESS_KEY={lab.admin.secret_key}\n"
        "Stop it with: iam-watchdog lab down"
    )


def _down(args: argparse.Namespace) -> int:
    running = state.read()
    if running:
        launch.stop(running)
    state.forget()
    if args.json:
        print(json.dumps({"stopped": running.pid if running else None}))
    else:
        print("The lab is stopped." if running else "No lab is running.")
    return 0
