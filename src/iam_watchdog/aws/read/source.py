"""The trigger that does not start a function: whether it is there, and set to start this function (as this role)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from iam_watchdog.aws.read import caller, starter
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn, parse
from iam_watchdog.aws.read.piece import Piece, Read
from iam_watchdog.aws.read.principal import role_of
from iam_watchdog.aws.read.starting import UNTOLD
from iam_watchdog.model import Denial, Kind, Layer

ACTIONS: tuple[str, ...] = ()
STARTED = (Kind.INVOKE_PERMISSION, Kind.LAMBDA_ASSUME_ROLE)
"""A service is refused; which source it starts the function for, the source itself says."""


def reads(denial: Denial, function: str, account: Account) -> tuple[Read, ...]:
    """What the source says for itself; nothing for kinds that have no reader, and for denials without a source."""
    arn = parse(denial.source_arn)
    if arn is None:
        return ()
    what, layers = f"trigger {arn.text}", (Layer.IDENTITY if denial.by_trigger else Layer.INVOKE,)
    if denial.kind in STARTED and arn.service in starter.READERS:
        return (Read(what, layers, partial(_admitted, arn, _called(denial, function), account), decides=False),)
    if denial.by_trigger and arn.service in caller.READERS:
        caller_role = role_of(denial.principal)
        role = caller_role.name if caller_role else ""
        return (Read(what, layers, partial(_under, arn, _called(denial, function), role, account), decides=False),)
    return ()


def _called(denial: Denial, function: str) -> str:
    """The function, or its version or alias: a permission is for that one alone. At the edge it has its own role.

    https://docs.aws.amazon.com/lambda/latest/dg/using-aliases.html
    """
    if denial.kind is Kind.LAMBDA_ASSUME_ROLE:
        return f"{function}:{denial.qualifier}"
    named = denial.resource or ""
    other = denial.by_trigger and denial.action != "lambda:InvokeFunction"  # What a pipe reads.
    return named if other or named.startswith(f"{function}:") else function


def _admitted(arn: Arn, function: str, account: Account) -> Piece:
    return _told(starter.READERS[arn.service](arn, account), function)


def _under(arn: Arn, asked: str, role: str, account: Account) -> Piece:
    """A source that calls this function (or reads what feeds it) as another role by now does not ask for it."""
    pairs = caller.READERS[arn.service](arn, account)
    return _told(None if pairs is None else [t for t, r in pairs if r.rsplit("/", 1)[-1] == role], asked)


def _told(named: Iterable[str] | None, function: str) -> Piece:
    """None: the source is not there."""
    if named is None:
        return Piece(facts={"source_exists": "false"})
    listed = tuple(named)
    starts = function in listed
    facts = {"source_exists": "true"}
    if starts or UNTOLD not in listed:
        facts["source_targets_function"] = "true" if starts else "false"
    return Piece(facts=facts)
