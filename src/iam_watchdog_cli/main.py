"""The iam-watchdog command: one module a subcommand, imported only when it is asked for."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from importlib.metadata import version

from iam_watchdog_cli import guide, streams

COMMANDS = {
    "explain": "read the account and say which permission layer denies, and the least privilege that ends it",
    "parse": "read denial messages from text or JSON lines",
    "evaluate": "decide a request as AWS decides, from given policies",
    "sweep": "find functions that cannot work, also those that leave no log line",
    "incidents": "list what the deployed watchdog has found",
    "undo": "take back a change that the watchdog made",
    "watch": "subscribe the log groups of functions",
    "unwatch": "unsubscribe the log groups of functions",
    "lab": "start or stop the embedded emulator with our own template on it",
    "demo": "show the whole loop on the embedded emulator",
    "doctor": "check a deployment before and after",
    "uninstall": "list and remove what sam delete leaves behind",
}
ALIASES = {"unwatch": "watch"}
"""Subcommands that live in another one's module."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; the exit code is its own (2: bad input, 3: no credentials or unreachable)."""
    streams.ready()
    try:
        code = _run(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
    except BrokenPipeError:
        streams.unread()
        return 0
    except KeyboardInterrupt:
        streams.progress("")
        print("\niam-watchdog: interrupted", file=sys.stderr)
        return 130
    return code


def _run(arguments: list[str]) -> int:
    parser_ = parser(arguments[0] if arguments else "")
    if not arguments:
        parser_.print_help(sys.stderr)
        return 2
    args = parser_.parse_args(arguments)
    try:
        return int(args.run(args))
    except BrokenPipeError:
        raise
    except Exception as fault:
        # Imported here: only who meets a fault pays for botocore.
        from iam_watchdog_cli import faults

        if (said := faults.said(fault)) is None:
            raise
        streams.progress("")
        print(f"iam-watchdog {args.command}: {said[1]}", file=sys.stderr)
        return said[0]


class _Version(argparse.Action):
    """Asked for only when it is wanted: the packages' metadata are slow to read."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"iam-watchdog {version('iam-watchdog')}")
        parser.exit()


def parser(wanted: str) -> argparse.ArgumentParser:
    """All subcommands by name and summary, the wanted one with its flags."""
    made = argparse.ArgumentParser(
        prog="iam-watchdog",
        description="Finds, explains, fixes and proves IAM failures of AWS Lambda functions.",
        epilog="iam-watchdog COMMAND --help says what a command reads and changes, with examples and exit codes.",
    )
    made.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        sub = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=guide.epilog(name),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == wanted:
            module = importlib.import_module(f"iam_watchdog_cli.{ALIASES.get(name, name)}")
            module.configure(sub)
            sub.set_defaults(run=module.run)
    return made


if __name__ == "__main__":
    sys.exit(main())
