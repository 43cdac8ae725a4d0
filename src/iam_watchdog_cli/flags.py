"""The flags that every command takes: which account, in which Region, answering where."""

from __future__ import annotations

import argparse
import re
from urllib.parse import urlsplit

STACK = "iam-watchdog"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that every command takes."""
    group = parser.add_argument_group("where")
    answers = "where AWS answers (default: the running lab, else AWS)"
    group.add_argument("--endpoint-url", metavar="URL", type=endpoint, help=answers)
    regions = "AWS Region (default: the lab's, else AWS_REGION, AWS_DEFAULT_REGION or the profile's)"
    group.add_argument("--region", metavar="R", type=region, help=regions)
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


def endpoint(text: str) -> str:
    """Where AWS is to answer, as an argument. Raises ArgumentTypeError."""
    try:
        there = urlsplit(text)
        fine = there.scheme in ("http", "https") and bool(there.hostname) and there.port != 0
    except ValueError:  # A port that is none.
        fine = False
    if fine:
        return text
    raise argparse.ArgumentTypeError(f"{text[:80]!r} is no URL: they look like http://127.0.0.1:4566")
