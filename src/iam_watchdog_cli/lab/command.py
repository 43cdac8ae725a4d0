"""`iam-watchdog lab up|down`: start the emulator with our own template on it, and stop it."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommand's arguments."""
    parser.add_argument("what", choices=("up", "down"))


def up_or_down(args: argparse.Namespace) -> int:
    """Start or stop the lab."""
    return 0
