"""Managed policy documents; those of AWS itself are kept for an hour."""

from __future__ import annotations

from functools import partial
from time import monotonic

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.piece import Piece, Read, document
from iam_watchdog.model import Layer
from iam_watchdog.records import document_hash

ACTIONS = ("iam:GetPolicy", "iam:GetPolicyVersion")
KEPT_SECONDS = 3600
"""How long an AWS-managed document is believed: they change a few times a year."""


class ManagedPolicies:
    """Reads default versions, and remembers AWS's own."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, str]] = {}

    def text(self, account: Account, arn: str) -> str:
        """The default version's document. Raises NotRead."""
        kept = self._kept.get(arn)
        if kept and monotonic() - kept[0] < KEPT_SECONDS:
            return kept[1]
        text = _read(account, arn)
        if ":iam::aws:" in arn:
            self._kept[arn] = (monotonic(), text)
        return text


def _read(account: Account, arn: str) -> str:
    policy = account.clients.read("iam", "get_policy", PolicyArn=arn)["Policy"]
    version = policy["DefaultVersionId"]
    found = account.clients.read("iam", "get_policy_version", PolicyArn=arn, VersionId=version)
    return document(found["PolicyVersion"]["Document"])


def pinned(account: Account, managed: ManagedPolicies) -> tuple[Read, ...]:
    """What the allow-listed policies hold today, for the guard to compare with what was reviewed."""
    return tuple(_pinned(account, managed, arn) for arn in account.settings.allow_listed)


def _pinned(account: Account, managed: ManagedPolicies, arn: str) -> Read:
    name = f"document:{arn}"
    call = partial(_hashed, account, managed, arn)
    unknown = Piece(facts={name: "unread"})
    return Read(f"allow-listed policy {arn}", (Layer.IDENTITY,), call, decides=False, otherwise=unknown)


def _hashed(account: Account, managed: ManagedPolicies, arn: str) -> Piece:
    return Piece(facts={f"document:{arn}": document_hash(managed.text(account, arn))})
