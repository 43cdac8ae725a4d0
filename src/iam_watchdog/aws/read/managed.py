"""Managed policy documents: a version never changes, so each is read once; AWS's own are asked for once an hour."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from time import monotonic

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.piece import Piece, Read, document
from iam_watchdog.model import Layer
from iam_watchdog.records import document_hash

ACTIONS = ("iam:GetPolicy", "iam:GetPolicyVersion")
MOST_KEPT = 500
"""Versions, of six kilobytes at most."""
KEPT_SECONDS = 3600
"""How long an AWS-managed document is believed: they change a few times a year."""


class ManagedPolicies:
    """Reads default versions; which one is the default is asked each time, but for AWS's own."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, str]] = {}
        self._versions: OrderedDict[tuple[str, str], str] = OrderedDict()

    def text(self, account: Account, arn: str) -> str:
        """The default version's document. Raises NotRead."""
        kept = self._kept.get(arn)
        if kept and monotonic() - kept[0] < KEPT_SECONDS:
            return kept[1]
        text = self._read(account, arn)
        if ":iam::aws:" in arn:
            self._kept[arn] = (monotonic(), text)
        return text

    def _read(self, account: Account, arn: str) -> str:
        """A policy that was deleted and made anew begins with v1 again, under another id.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
        """
        policy = account.clients.read("iam", "get_policy", PolicyArn=arn)["Policy"]
        version = policy["DefaultVersionId"]
        name = (policy.get("PolicyId", ""), version)
        if name in self._versions:
            return self._versions[name]
        found = account.clients.read("iam", "get_policy_version", PolicyArn=arn, VersionId=version)
        text = document(found["PolicyVersion"]["Document"])
        if name[0]:
            self._versions[name] = text
            while len(self._versions) > MOST_KEPT:
                self._versions.popitem(last=False)
        return text


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
