"""The policies of what a function's role writes to and reads from: they may allow or deny what the role's do not."""

from __future__ import annotations

import json

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.read import target
from iam_watchdog.aws.read.account import Account as Asked
from iam_watchdog.aws.read.arn import parse
from iam_watchdog.model import Layer, Policy
from iam_watchdog.ports import CannotRead, Settings

ACTIONS: tuple[str, ...] = ()
OPEN_DISK = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "elasticfilesystem:Client*", "Resource": "*"}
        ],
    }
)
"""A file system without a policy admits everybody who reaches it.

https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
"""


class Targets:
    """Each target is asked once a sweep, whichever functions use it."""

    def __init__(self, clients: Clients, account: str) -> None:
        partition = clients.partition(clients.region) or "aws"
        self.asked = Asked(clients, Settings(account, clients.region, partition))
        self._kept: dict[str, tuple[Policy, ...] | CannotRead] = {}

    def policies(self, arn: str) -> tuple[Policy, ...]:
        """The target's own policies, none if it has none. Raises CannotRead, also for another account's target."""
        if arn not in self._kept:
            try:
                self._kept[arn] = self._read(arn)
            except CannotRead as why:
                self._kept[arn] = why
        found = self._kept[arn]
        if isinstance(found, CannotRead):
            raise found
        return found

    def _read(self, arn: str) -> tuple[Policy, ...]:
        parsed = parse(arn)
        if parsed is None:
            raise CannotRead(f"{arn} is no ARN")
        found: list[Policy] = []
        for read in target.reads(parsed, self.asked):
            if read.decides:
                found += read.call().policies
        found = [p for p in found if p.layer in (Layer.RESOURCE, Layer.INVOKE)]
        if parsed.service == "elasticfilesystem" and not found:
            return (Policy(Layer.RESOURCE, "no file system policy", OPEN_DISK, arn),)
        return tuple(found)
