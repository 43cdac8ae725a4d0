"""How a source's side names a function, and how its listings are paged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from iam_watchdog.aws.read import starting
from iam_watchdog.expect import Trigger
from iam_watchdog.ports import CannotRead

ACTIONS: tuple[str, ...] = ()
MOST = 1_000
"""So many sources of one kind are asked one by one in a sweep; what is beyond is named."""
type Found = Iterator[tuple[str, Trigger]]
"""(function ARN without qualifier, what starts it)."""


def lambda_arn(arn: str) -> tuple[str, str | None] | None:
    """(function ARN, qualifier) of a Lambda ARN, also inside an API Gateway integration URI; None for anything else."""
    parts = starting.function_of(arn).split(":")
    if len(parts) not in (7, 8) or parts[2] != "lambda" or parts[5] != "function":
        return None
    return ":".join(parts[:7]), parts[7] if len(parts) == 8 else None


def one(target: str, principal: str, source: str, account: str | None = None) -> Found:
    """A source that is admitted by the function's policy, or nothing if the target is no function."""
    if found := lambda_arn(target):
        yield found[0], Trigger(principal, source, found[1], account)


def under(role: str, target: str, source: str, feed: str = "") -> Found:
    """A source that calls under a role of its own; the session's name is the source's to choose."""
    if found := lambda_arn(target):
        _, partition, _, _, account, rest = role.split(":", 5)
        session = f"arn:{partition}:sts::{account}:assumed-role/{rest.rsplit('/', 1)[-1]}/iam-watchdog-sweep"
        yield found[0], Trigger(session, source, found[1], role=role, feed=feed)


def calls(named: Iterable[tuple[str, str]], source: str, feed: str = "") -> Found:
    """Every function that a source calls under a role, once; `feed`: what it reads under that role before."""
    for target, role in dict.fromkeys(named):
        yield from under(role, target, source, feed)


def functions(client: Any) -> Iterator[dict[str, Any]]:
    """The configuration of every function of the Region."""
    return pages(client.list_functions, "Functions", "NextMarker", asked_by="Marker")


def pages(
    call: Callable[..., Any], rows: str, token: str, *, asked_by: str = "", **arguments: Any
) -> Iterator[dict[str, Any]]:
    """All rows of a call that pages by a token, whether or not boto3 has a paginator; some ask by another name."""
    page = call(**arguments)
    yield from page.get(rows, ())
    while page.get(token):
        page = call(**arguments, **{asked_by or token: page[token]})
        yield from page.get(rows, ())


def few(rows: Iterator[dict[str, Any]], what: str) -> Iterator[dict[str, Any]]:
    """Rows of which each costs a call of its own, so many and no more. Raises CannotRead after the last of them."""
    for number, row in enumerate(rows):
        if number == MOST:
            raise CannotRead(f"{what}: only the first {MOST:,} were asked")
        yield row
