"""Which version of its safe event a function would be tried with: its number, never the event.

https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html
"""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.piece import Piece, Read
from iam_watchdog.model import Denial, Layer

ACTIONS = ("ssm:DescribeParameters",)


def reads(denial: Denial, account: Account) -> tuple[Read, ...]:
    """One call for a function that may be run again; nobody runs any other."""
    if denial.function not in account.settings.verify_functions or denial.account != account.id:
        return ()
    name = f"{account.settings.verify_events.rstrip('/')}/{denial.function}"
    return (Read(f"safe event {name}", (Layer.IDENTITY,), partial(_version, name, denial, account), decides=False),)


def _version(name: str, denial: Denial, account: Account) -> Piece:
    wanted = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
    found = account.clients.read("ssm", "describe_parameters", region=denial.region, ParameterFilters=wanted)
    versions = [str(one.get("Version", "")) for one in found.get("Parameters") or ()]
    return Piece(facts={"verify_event": versions[0] if versions else "none"})
