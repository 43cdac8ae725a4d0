"""An embedded, IAM-enforcing AWS emulator with our own template on it; also the `lab` subcommand."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the subcommand's arguments."""
    from iam_watchdog_cli.lab.command import add_arguments

    add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Start or stop the lab."""
    from iam_watchdog_cli.lab.command import up_or_down

    return up_or_down(args)
