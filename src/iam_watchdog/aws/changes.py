"""What changed lately on the role, its policies and the target: who, when, what, from CloudTrail's event history."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import parse
from iam_watchdog.model import Change, Denial, Evidence, Layer, Unread
from iam_watchdog.ports import CannotRead

ACTIONS = ("cloudtrail:LookupEvents",)
LATELY = timedelta(days=30)
"""As far back as a person's removal of a permission forbids an unasked change."""
MOST_LOOKUPS = 4
"""LookupEvents answers twice a second in an account and Region."""
MOST_CHANGES = 20
IAM_HOME: Mapping[str, str] = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Where IAM's events are recorded, partition by partition."""
WRITES = frozenset(
    {
        *("AttachRolePolicy", "DetachRolePolicy", "PutRolePolicy", "DeleteRolePolicy", "UpdateAssumeRolePolicy"),
        *("PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary", "CreateRole", "DeleteRole", "UpdateRole"),
        *("CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion", "DeletePolicy"),
        *("PutBucketPolicy", "DeleteBucketPolicy", "PutBucketEncryption", "PutBucketPublicAccessBlock"),
        *("PutKeyPolicy", "CreateGrant", "RevokeGrant", "RetireGrant", "DisableKey", "EnableKey"),
        *("ScheduleKeyDeletion", "CancelKeyDeletion", "PutResourcePolicy", "DeleteResourcePolicy", "UpdateSecret"),
        *("SetQueueAttributes", "AddPermission", "RemovePermission", "SetTopicAttributes", "SetRepositoryPolicy"),
        *("DeleteRepositoryPolicy", "PutPermission", "UpdateFunctionConfiguration", "UpdateFunctionCode"),
    }
)
"""Events that can take a permission away or bring it back; Lambda's carry a date behind their name."""


def added(denial: Denial, evidence: Evidence, account: Account, now: datetime) -> Evidence:
    """The same evidence with the changes, newest first; what could not be looked up is named. Never raises."""
    wanted = tuple(_names(denial, evidence, account))[:MOST_LOOKUPS]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda each: _looked_up(each[0], each[1], account, now), wanted))
    found: list[Change] = []
    unread: list[Unread] = []
    for (name, _), answer in zip(wanted, answers, strict=True):
        if isinstance(answer, str):
            unread.append(Unread(Layer.IDENTITY, f"recent changes of {name}", answer, decides=False))
        else:
            found += [change for change in answer if change not in found]
    newest = sorted(found, key=lambda change: change.at, reverse=True)[:MOST_CHANGES]
    return replace(evidence, changes=tuple(newest), unread=(*evidence.unread, *unread))


def _names(denial: Denial, evidence: Evidence, account: Account) -> Iterator[tuple[str, str]]:
    """(resource name, Region) of what is looked up, the likeliest first."""
    home = IAM_HOME.get(account.settings.partition, account.settings.region)
    if evidence.role:
        yield evidence.role.name, home
    target = parse(evidence.target.arn) if evidence.target else None
    reachable = target and not account.objection(target)  # The ARN may be a stranger's: its Region and account too.
    if target and reachable and not (evidence.role and target.text == evidence.role.arn):
        name = target.rest if target.service in ("s3", "sns", "sqs") else target.text
        yield name, target.region or denial.region
    if evidence.role:
        owned = [arn for arn in (*evidence.role.attached, evidence.role.boundary) if arn and ":iam::aws:" not in arn]
        yield from ((arn, home) for arn in owned)


def _looked_up(name: str, region: str, account: Account, now: datetime) -> list[Change] | str:
    """The changes of one resource, or why they are not known."""
    wanted = [{"AttributeKey": "ResourceName", "AttributeValue": name}]
    params: dict[str, Any] = {"LookupAttributes": wanted, "StartTime": now - LATELY, "EndTime": now, "MaxResults": 50}
    try:
        found = account.clients.read("cloudtrail", "lookup_events", region=region, **params)
        return [change for event in found.get("Events", ()) if (change := _change(event, name, account))]
    except CannotRead as no:
        return str(no)
    except (LookupError, TypeError, ValueError, AttributeError) as strange:
        return f"CloudTrail answered in an unknown form: {type(strange).__name__}"


def _change(event: Mapping[str, Any], name: str, account: Account) -> Change | None:
    record = json.loads(event.get("CloudTrailEvent") or "{}")
    what = str(record.get("eventName") or event.get("EventName", ""))
    plain = what.rstrip("0123456789v")
    if plain not in WRITES or record.get("errorCode"):
        return None
    who = record.get("userIdentity") or {}
    at = event.get("EventTime") or datetime.fromisoformat(record["eventTime"])
    return Change(
        at=at if at.tzinfo else at.replace(tzinfo=UTC),
        who=str(who.get("arn") or event.get("Username") or who.get("invokedBy") or "unknown"),
        event=plain,
        on=name,
        detail=_detail(record.get("requestParameters") or {}),
        by_person=not _by_machine(record, who, account),
    )


def _detail(params: Mapping[str, Any]) -> str:
    """Which policy, statement or grant; never the document."""
    named = ("policyName", "policyArn", "statementId", "granteePrincipal", "grantId", "versionId", "role")
    return ", ".join(f"{name} {str(params[name])[:200]}" for name in named if params.get(name))


def _by_machine(record: Mapping[str, Any], who: Mapping[str, Any], account: Account) -> bool:
    """True for a service, for CloudFormation on somebody's behalf, and for this deployment's own hands.

    A session name alone proves nothing: whoever assumes a role chooses it, so the role has to be ours as well.
    """
    service = who.get("type") == "AWSService" or str(who.get("invokedBy", "")).endswith(".amazonaws.com")
    source = str(record.get("sourceIPAddress", "")).endswith(".amazonaws.com")
    return service or source or ours(str(who.get("arn", "")), account)


def ours(arn: str, account: Account) -> bool:
    """True for a session `wd-…` of one of this stack's hands roles."""
    role, _, session = arn.partition(":assumed-role/")[2].partition("/")
    known = {each.rsplit("/", 1)[-1] for each in account.settings.own_roles if "-hands-" in each}
    return role in known and session.startswith("wd-") and f":{account.id}:" in arn
