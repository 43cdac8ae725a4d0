"""What a function's role writes to and reads from: its own policies, and the key that encrypts it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.read import target
from iam_watchdog.aws.read.account import Account as Asked
from iam_watchdog.aws.read.arn import Arn, parse
from iam_watchdog.aws.read.piece import Piece, Read, together
from iam_watchdog.model import Layer, Policy, Words
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


KEYS_BESIDE = frozenset({"kinesis", "kms", "s3", "secretsmanager"})
"""Services that tell of the key, and KMS of its grants, in another call than of the policy."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one target says of itself: its policies, the customer key that encrypts it, of a key its grants as JSON."""

    policies: tuple[Policy, ...] = ()
    key: str = ""
    grants: str = ""
    gaps: Words = ()


class Targets:
    """Each target is asked once a sweep, whichever functions use it."""

    def __init__(self, clients: Clients, account: str) -> None:
        partition = clients.partition(clients.region) or "aws"
        self.asked = Asked(clients, Settings(account, clients.region, partition))
        self._kept: dict[str, Told | CannotRead] = {}

    def told(self, arn: str) -> Told:
        """What a target says of itself. Raises CannotRead, also for another account's target."""
        if arn not in self._kept:
            try:
                self._kept[arn] = self._read(arn)
            except CannotRead as why:
                self._kept[arn] = why
        found = self._kept[arn]
        if isinstance(found, CannotRead):
            raise found
        return found

    def _read(self, arn: str) -> Told:
        parsed = parse(arn)
        if parsed is None:
            raise CannotRead(f"{arn} is no ARN")
        pieces, gaps = list[Piece](), list[str]()
        for read in target.reads(parsed, self.asked):
            if read.decides:
                pieces.append(read.call())
            elif parsed.service in KEYS_BESIDE and not read.what.startswith("key "):
                pieces += self._tried(read, gaps)
        whole = together(pieces)
        found = tuple(p for p in whole.policies if p.layer in (Layer.RESOURCE, Layer.INVOKE))
        if parsed.service == "elasticfilesystem" and not found:
            found = (Policy(Layer.RESOURCE, "no file system policy", OPEN_DISK, arn),)
        key = next((t.key for t in whole.targets if t.key), "")
        grants = next((t.traits["grants"] for t in whole.targets if "grants" in t.traits), "")
        return Told(found, self._itself(parse(key)) if key else "", grants, tuple(gaps))

    def _tried(self, read: Read, gaps: list[str]) -> list[Piece]:
        """A detail that cannot be read leaves the policy decided."""
        try:
            return [read.call()]
        except CannotRead as why:
            gaps.append(f"{read.what}: {why}")
            return []

    def _itself(self, key: Arn | None) -> str:
        """The key that an alias stands for; policies name keys, not aliases. "" for one of AWS's own."""
        if key is None or key.kind != "alias":
            return key.text if key else ""
        if key.text not in self._kept:
            (behind,) = target.reads(key, self.asked)
            found = behind.call().targets[0]
            self._kept[key.text] = Told(key=found.arn if found.traits.get("manager") == "CUSTOMER" else "")
        return self.told(key.text).key
