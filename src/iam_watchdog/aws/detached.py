"""The documents of managed policies that were detached or got another default version, read as attached ones are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import parse
from iam_watchdog.aws.read.managed import ManagedPolicies
from iam_watchdog.aws.read.piece import document
from iam_watchdog.model import Change
from iam_watchdog.ports import CannotRead
from iam_watchdog.records import canonical
from iam_watchdog.remedy.managed import document_of

ACTIONS = ("iam:GetPolicyVersion",)
MOST = 3
"""Documents read at most: two calls each, for the newest changes."""


def with_documents(changes: Sequence[Change], account: Account, managed: ManagedPolicies) -> tuple[Change, ...]:
    """The same changes; what cannot be read is not known to have stood there. Never raises."""
    out: list[Change] = []
    left = MOST
    for change in changes:
        known: dict[str, Any] = json.loads(change.before) if change.before else {}
        if "policy_arn" not in known or ("version" not in known and document_of(known["policy_arn"])):
            out.append(change)
            continue
        text = _read(known["policy_arn"], known.get("version", ""), account, managed) if left else ""
        left -= 1 if left else 0
        out.append(replace(change, before=_with(known, text)))
    return tuple(out)


def _with(known: dict[str, Any], text: str) -> str:
    """JSON with the document, "" if it could not be read."""
    try:
        return canonical({**known, "document": json.loads(text)}) if text else ""
    except (ValueError, RecursionError):
        return ""


def _read(arn: str, version: str, account: Account, managed: ManagedPolicies) -> str:
    """Of this account or of AWS itself; a stranger's policy is not asked for."""
    named = parse(arn)
    if named is None or named.service != "iam" or named.partition != account.settings.partition:
        return ""
    if named.account not in (account.id, "aws") or not named.rest.startswith("policy/"):
        return ""
    try:
        if not version:
            return managed.text(account, arn)
        found = account.clients.read("iam", "get_policy_version", PolicyArn=arn, VersionId=version)
        return document(found["PolicyVersion"]["Document"])
    except (CannotRead, LookupError, TypeError):
        return ""
