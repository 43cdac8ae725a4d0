"""The role behind a principal."""

from __future__ import annotations

from iam_watchdog.aws.read.arn import Arn, parse


def role_of(principal: str | None) -> Arn | None:
    """The role that a session or role ARN names, without its path."""
    arn = parse(principal)
    if arn is None or arn.kind not in ("assumed-role", "role"):
        return None
    name = arn.name.split("/")[0] if arn.kind == "assumed-role" else arn.name.rsplit("/", 1)[-1]
    return parse(f"arn:{arn.partition}:iam::{arn.account}:role/{name}")
