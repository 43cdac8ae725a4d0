"""Managed policy documents: a version never changes, so each is read once; AWS's own are asked for once an hour."""

from __future__ import annotations

from functools import partial
from math import inf

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.piece import Piece, Read, document
from iam_watchdog.model import Layer
from iam_watchdog.records import document_hash

ACTIONS = ("iam:GetPolicy", "iam:GetPolicyVersion")
KEPT_SECONDS = 3600
"""How long an AWS-managed document is believed: they change a few times a year."""


def text(account: Account, arn: str) -> str:
    """The default version's document; which one that is is asked each time, but for AWS's own. Raises NotRead."""
    read = partial(_default, account, arn)
    return account.lately(("managed policy", arn), read, KEPT_SECONDS) if ":iam::aws:" in arn else read()


def _default(account: Account, arn: str) -> str:
    """A policy that was deleted and made anew begins with v1 again, under another id.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
    """
    policy = account.clients.read("iam", "get_policy", PolicyArn=arn)["Policy"]
    name, version = policy.get("PolicyId", ""), policy["DefaultVersionId"]
    read = partial(_version, account, arn, version)
    return account.lately(("policy version", name, version), read, inf) if name else read()


def _version(account: Account, arn: str, version: str) -> str:
    found = account.clients.read("iam", "get_policy_version", PolicyArn=arn, VersionId=version)
    return document(found["PolicyVersion"]["Document"])


def pinned(account: Account) -> tuple[Read, ...]:
    """What the allow-listed policies hold today, for the guard to compare with what was reviewed."""
    return tuple(_pinned(account, arn) for arn in account.settings.allow_listed)


def _pinned(account: Account, arn: str) -> Read:
    name = f"document:{arn}"
    call = partial(_hashed, account, arn)
    unknown = Piece(facts={name: "unread"})
    return Read(f"allow-listed policy {arn}", (Layer.IDENTITY,), call, decides=False, otherwise=unknown)


def _hashed(account: Account, arn: str) -> Piece:
    return Piece(facts={f"document:{arn}": document_hash(text(account, arn))})
