"""The flags that every command takes: which account, in which Region, answering where."""

from __future__ import annotations

import argparse
import re

STACK = "iam-watchdog"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that every command takes."""
    group = parser.add_argument_group("where")
    group.add_argument("--endpoint-url", metavar="URL", help="where AWS answers (default: the running lab, else AWS)")
    group.add_argument("--region", metavar="R", type=region, help="AWS Region (default: the lab's, else boto3's)")
    group.add_argument("--profile", metavar="NAME", help="profile of the shared AWS configuration")
    group.add_argument("--stack", metavar="NAME", help=f"name of the deployed stack (default: {STACK})")


def add_unused(parser: argparse.ArgumentParser, *flags: str) -> None:
    """The same flags for a command that asks no account: taken, so that a script can give them everywhere."""
    group = parser.add_argument_group("where (taken like everywhere; this command asks no account)")
    for flag in flags or ("--endpoint-url", "--region", "--profile", "--stack"):
        group.add_argument(flag, metavar="X", help=argparse.SUPPRESS)


def region(text: str) -> str:
    """A Region's name, as an argument. Raises ArgumentTypeError."""
    if re.fullmatch(r"[a-z]{2,}(-[a-z]+)+-\d+", text):
        return text
    raise argparse.ArgumentTypeError(f"{text[:40]!r} is no Region: their names look like eu-central-1")
