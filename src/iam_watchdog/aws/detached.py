"""The documents of managed policies that were detached or got another default version, read as attached ones are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from iam_watchdog.aws.earlier import default
from iam_watchdog.aws.history import IAM_HOME, Cut, looked_up
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn, parse
from iam_watchdog.aws.read.piece import document
from iam_watchdog.model import Change
from iam_watchdog.ports import CannotRead
from iam_watchdog.records import canonical
from iam_watchdog.remedy.managed import document_of

ACTIONS = ("iam:GetPolicyVersion",)
MOST = 3
"""Documents read at most: two calls each, for the newest changes."""


def with_documents(changes: Sequence[Change], account: Account, now: datetime) -> tuple[Change, ...]:
    """The same changes; what cannot be read is not known to have stood there. Never raises."""
    out: list[Change] = []
    left = MOST
    for change in changes:
        known: dict[str, Any] = json.loads(change.before) if change.before else {}
        if "policy_arn" not in known or ("version" not in known and document_of(known["policy_arn"])):
            out.append(change)
            continue
        more = _read(known["policy_arn"], known.get("version", ""), account, change.at, now) if left else {}
        left -= 1 if left else 0
        out.append(replace(change, before=canonical({**known, **more}) if more else ""))
    return tuple(out)


def _read(arn: str, version: str, account: Account, at: datetime, now: datetime) -> Mapping[str, Any]:
    """Of this account or of AWS itself; a stranger's policy is not asked for. {} if it cannot be read."""
    named = parse(arn)
    if named is None or named.service != "iam" or named.partition != account.settings.partition:
        return {}
    if named.account not in (account.id, "aws") or not named.rest.startswith("policy/"):
        return {}
    try:
        policy = {} if version else account.clients.read("iam", "get_policy", PolicyArn=arn)["Policy"]
        wanted = version or str(policy["DefaultVersionId"])
        found = account.clients.read("iam", "get_policy_version", PolicyArn=arn, VersionId=wanted)
        text = json.loads(document(found["PolicyVersion"]["Document"]))
        then = {} if version else {"now": wanted, "then": _then(named, policy, account, at, now)}
    except (CannotRead, LookupError, TypeError, ValueError, RecursionError, AttributeError):
        return {}
    return {"document": text, **then}


def _then(named: Arn, policy: Mapping[str, Any], account: Account, at: datetime, now: datetime) -> str:
    """Its default version when it was detached, "" if nobody tells.

    UpdateDate is when its newest version was made; that an older one became the default is told by CloudTrail alone.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html
    """
    today, made = str(policy["DefaultVersionId"]), policy.get("UpdateDate")
    unchanged = not isinstance(made, datetime) or made < at
    if named.account == "aws":
        return today if unchanged and made else ""
    events = looked_up(named.text, IAM_HOME.get(named.partition, account.settings.region), account, now)
    if isinstance(events, str):
        return ""
    ordered = sorted((e for e in events if default(e)), key=lambda event: event.at)
    older, newer = [e for e in ordered if e.at < at], [e for e in ordered if e.at >= at]
    if not older and newer:
        return "v1" if newer[0].name == "CreatePolicyVersion" and default(newer[0]) == "v2" else ""
    if older:
        return default(older[-1]) if newer or unchanged or default(older[-1]) != today else ""
    hidden = isinstance(events, Cut) and all(event.at >= at for event in events)
    return today if unchanged and not hidden else ""
