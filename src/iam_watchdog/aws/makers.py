"""Who set a trigger to start the function, as CloudTrail's history tells it: whoever lets it in should know."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from iam_watchdog.aws import history
from iam_watchdog.aws.history import Event
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn, parse
from iam_watchdog.model import Denial, Evidence, Kind, Words

ACTIONS = ("cloudtrail:LookupEvents",)
MAKING: Mapping[str, Words] = {
    "bedrock": ("CreateAgentActionGroup", "UpdateAgentActionGroup"),
    "cognito-idp": ("UpdateUserPool", "CreateUserPool"),
    "connect": ("AssociateLambdaFunction",),
    "elasticloadbalancing": ("RegisterTargets",),
    "events": ("PutTargets", "PutRule"),
    "iot": ("CreateTopicRule", "ReplaceTopicRule", "CreateAuthorizer", "UpdateAuthorizer"),
    "lex": ("UpdateBotAlias", "CreateBotAlias"),
    "logs": ("PutSubscriptionFilter",),
    "s3": ("PutBucketNotification", "PutBucketNotificationConfiguration"),
    "ses": ("CreateReceiptRule", "UpdateReceiptRule"),
    "sns": ("Subscribe",),
    "vpc-lattice": ("RegisterTargets",),
}
"""Service of the trigger → what sets it to start a function, the likeliest first.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
"""
BY_ARN = frozenset({"elasticloadbalancing", "sns", "vpc-lattice"})
WITHIN = frozenset({"events", "lex", "ses"})
"""Services whose calls name a trigger by its ARN; by its own name and, apart, that of what it is in (its bus, bot)."""


def added(denial: Denial, evidence: Evidence, account: Account, now: datetime) -> Evidence:
    """The same evidence with who set the trigger, if its history tells: two look-ups at most. Never raises."""
    source = parse(denial.source_arn) if denial.kind is Kind.INVOKE_PERMISSION else None
    function = evidence.function
    if source is None or function is None or source.service not in MAKING or account.objection(source):
        return evidence
    if evidence.facts.get("source_targets_function") == "false" or evidence.facts.get("source_exists") == "false":
        return evidence  # It starts something else, or is not there: nothing is let in.
    event = next(_events(source, function.arn, denial, account, now), None)
    if event is None:
        return evidence
    by = f"{event.who}, by {event.service}" if event.service and event.service != event.who else event.who
    facts = {"source_made_by": by, "source_made_at": event.at.isoformat(), "source_made_event": event.name}
    return replace(evidence, facts={**evidence.facts, **facts})


def _events(source: Arn, function: str, denial: Denial, account: Account, now: datetime) -> Iterator[Event]:
    """By the trigger's name first; not every service tells CloudTrail the names of what a call is about."""
    region, making = source.region or denial.region, MAKING[source.service]
    for by, value in (("ResourceName", _name(source)), ("EventName", making[0])):
        found = history.looked_up(value, region, account, now, by=by)
        events = [] if isinstance(found, str) else [event for event in found if event.name in making]
        yield from sorted(_setting(events, source, function), key=lambda event: event.at, reverse=True)


def _setting(events: list[Event], source: Arn, function: str) -> Iterator[Event]:
    """Those whose parameters name both: the trigger (a rule with its bus), and this very function."""
    within = source.name.rpartition("/")[0].removesuffix(":receipt-rule") if source.service in WITHIN else ""
    for event in events:
        asked = json.dumps(event.params, default=str)
        ended = (f'{function}"', f"{function}:", f"{function}\\")
        if f'"{_name(source)}"' in asked and within in asked and any(end in asked for end in ended):
            yield event


def _name(source: Arn) -> str:
    """As a call names it: a rule without its bus, a log group without its star, a topic by its ARN."""
    if source.service in BY_ARN:
        return source.text
    if source.service == "s3":
        return source.rest
    return source.name.rpartition("/")[2] if source.service in WITHIN else source.name.removesuffix(":*")
