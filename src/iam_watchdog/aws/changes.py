"""What changed lately on the role, its policies and the target: who, when, what, and what stood there before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from iam_watchdog.aws import detached, earlier, history
from iam_watchdog.aws.history import IAM_HOME, Event
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn, parse
from iam_watchdog.model import Change, Denial, Evidence, Kind, Layer, Unread
from iam_watchdog.remedy.before import NOT_LOOKED_UP

LATELY = timedelta(days=30)
"""As far back as a person's removal of a permission forbids an unasked change; what stood there may be older."""
MOST_LOOKUPS = 4
"""LookupEvents answers twice a second in an account and Region."""
MOST_CHANGES = 20
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

type Wanted = tuple[str, str, str]
"""What a change is said to be on, the resource name that is looked up for it, and the Region."""


def added(denial: Denial, evidence: Evidence, account: Account, now: datetime) -> Evidence:
    """The same evidence with the changes, newest first; what could not be looked up is named. Never raises."""
    named = tuple(dict.fromkeys(_names(denial, evidence, account)))
    wanted, left = named[:MOST_LOOKUPS], named[MOST_LOOKUPS:]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda each: history.looked_up(each[1], each[2], account, now), wanted))
    known: dict[str, list[Event]] = {}
    unread: list[Unread] = []
    for (on, name, _), answer in zip(wanted, answers, strict=True):
        if isinstance(answer, str):
            unread.append(Unread(Layer.IDENTITY, f"recent changes of {name}", answer, decides=False))
        else:
            known.setdefault(on, []).extend(event for event in answer if event not in known.get(on, ()))
            if isinstance(answer, history.Cut) and all(event.at > now - LATELY for event in answer):
                why = "there are more events than were asked for, and the older ones are not looked at"
                unread.append(Unread(Layer.IDENTITY, f"recent changes of {name}", why, decides=False))
    role = evidence.role.name if evidence.role else ""
    ours = {on: [e for e in events if e.text("roleName") in ("", role)] for on, events in known.items()}
    found = [change for on, events in ours.items() for change in _changes(on, events, now - LATELY)]
    newest = sorted(dict.fromkeys(found), key=lambda change: change.at, reverse=True)
    if role and len(newest) > MOST_CHANGES:  # A person's removal may be among those: said, and nothing is done unasked.
        why = f"there are more than {MOST_CHANGES}, and the older ones are not looked at"
        unread.append(Unread(Layer.IDENTITY, f"recent changes of {role}", why, decides=False))
    newest = newest[:MOST_CHANGES]
    read = detached.with_documents(newest, account, now)
    facts = {**evidence.facts, NOT_LOOKED_UP: " ".join(on for on, _, _ in left)} if left else evidence.facts
    return replace(evidence, changes=read, unread=(*evidence.unread, *unread), facts=facts)


def _names(denial: Denial, evidence: Evidence, account: Account) -> Iterator[Wanted]:
    """What is looked up, the likeliest first."""
    home = IAM_HOME.get(account.settings.partition, account.settings.region)
    started = parse(evidence.function.arn) if evidence.function and denial.kind is Kind.INVOKE_PERMISSION else None
    if started:
        yield from _function(started, denial)
    if evidence.role:
        yield evidence.role.name, evidence.role.name, home
    target = parse(evidence.target.arn) if evidence.target else None
    reachable = target and not account.objection(target)  # The ARN may be a stranger's: its Region and account too.
    if target and reachable and not (evidence.role and target.text == evidence.role.arn):
        yield from _target(target, denial)
    if evidence.role:
        owned = [arn for arn in (*evidence.role.attached, evidence.role.boundary) if arn and ":iam::aws:" not in arn]
        yield from ((arn, arn, home) for arn in owned)


def _target(target: Arn, denial: Denial) -> Iterator[Wanted]:
    if target.service == "lambda":
        yield from _function(target, denial)
        return
    name = target.rest if target.service in ("s3", "sns", "sqs") else target.text
    yield name, name, target.region or denial.region


def _function(arn: Arn, denial: Denial) -> Iterator[Wanted]:
    """A function is named by name or by ARN, as the caller gave it (CloudFormation gives the ARN)."""
    name = arn.rest.split(":")[1]
    for each in (name, arn.sibling(f"function:{name}")):
        yield name, each, arn.region or denial.region


def _changes(on: str, events: Sequence[Event], since: datetime) -> Iterator[Change]:
    ordered = sorted(events, key=lambda event: event.at, reverse=True)
    for number, event in enumerate(ordered):
        if event.name in WRITES and event.at >= since:
            yield Change(
                at=event.at,
                who=event.who,
                event=event.name,
                on=on,
                detail=_detail(event.params),
                by_person=not (event.service or event.own),
                before=earlier.before(event, ordered[number + 1 :]),
            )


def _detail(params: Mapping[str, Any]) -> str:
    """Which policy, statement or grant; never the document."""
    named = ("policyName", "policyArn", "statementId", "granteePrincipal", "grantId", "versionId", "role")
    return ", ".join(f"{name} {str(params[name])[:200]}" for name in named if params.get(name))
