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
        # At the edge one version is meant, which has a role of its own.
        named = f"{function}:{denial.qualifier}" if denial.kind is Kind.LAMBDA_ASSUME_ROLE else function
        return (Read(what, layers, partial(_admitted, arn, named, account), decides=False),)
    if denial.by_trigger and arn.service in caller.READERS:
        caller_role = role_of(denial.principal)
        role = caller_role.name if caller_role else ""
        asked = function if denial.action == "lambda:InvokeFunction" else denial.resource or ""
        return (Read(what, layers, partial(_under, arn, asked, role, account), decides=False),)
    return ()


def _admitted(arn: Arn, function: str, account: Account) -> Piece:
    return _told(starter.READERS[arn.service](arn, account), function)


def _under(arn: Arn, asked: str, role: str, account: Account) -> Piece:
    """A source that calls this function (or reads what feeds it) as another role by now does not ask for it."""
    pairs = caller.READERS[arn.service](arn, account)
    return _told(None if pairs is None else [t for t, r in pairs if r.rsplit("/", 1)[-1] == role], asked)


def _told(named: Iterable[str] | None, function: str) -> Piece:
    """None: the source is not there. A trigger may name the function, or one of its versions and aliases."""
    if named is None:
        return Piece(facts={"source_exists": "false"})
    listed = tuple(named)
    starts = any(f"{target}:".startswith(f"{function}:") for target in listed)
    facts = {"source_exists": "true"}
    if starts or UNTOLD not in listed:
        facts["source_targets_function"] = "true" if starts else "false"
    return Piece(facts=facts)
