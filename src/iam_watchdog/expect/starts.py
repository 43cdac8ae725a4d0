"""What is configured to start a function, as requests that its own policy, or the caller's role, has to allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from iam_watchdog.expect.shapes import INVOKE, Need, Trigger, service
from iam_watchdog.model import Function, Kind, Words
from iam_watchdog.remedy.callers import EDGE, names_source
from iam_watchdog.remedy.pollers import calls

BOTH_SINCE = datetime(2025, 11, 1, tzinfo=UTC)
"""New function URLs need both statements since some day of October 2025; older ones go on with one.

https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
"""
READ_ALIKE = frozenset({"dynamodb", "kinesis", "sqs"})
"""What pipes read with the very calls of Lambda's pollers; brokers and clusters they reach in more than one way."""
NO_ACCOUNT: Mapping[str, Words] = {"aws:SourceAccount": ()}
"""EventBridge sends none, so a permission that asks for it never matches.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
"""


def started_by(function: Function, trigger: Trigger) -> Need:
    """The call that the source makes when it starts the function."""
    if trigger.principal == EDGE:
        return _at_the_edge(trigger)
    arn = f"{function.arn}:{trigger.qualifier}" if trigger.qualifier else function.arn
    return Need(
        f"be started by {_name(trigger)}",
        Kind.IAM_DENIAL if trigger.role else Kind.INVOKE_PERMISSION,
        trigger.principal,
        trigger.action,
        arn,
        _context(trigger),
        trigger.qualifier or "$LATEST",
        trigger,
        group=f"start {trigger.principal} {trigger.source_arn} {arn}",
    )


def _at_the_edge(trigger: Trigger) -> Need:
    """The role of that version has to admit Lambda@Edge; what it says of itself with the call no page tells."""
    return Need(
        f"run at the edge for {trigger.source_arn}",
        Kind.LAMBDA_ASSUME_ROLE,
        EDGE,
        trigger.action,
        trigger.role or "",
        qualifier=trigger.qualifier or "$LATEST",
        trigger=trigger,
    )


def read_by(function: Function, trigger: Trigger) -> Iterator[Need]:
    """What a pipe has to read before it has anything to call the function with, under the same role.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html
    """
    if service(trigger.feed) in READ_ALIKE:
        what, group = f"be started by {_name(trigger)} and reads {trigger.feed}", f"read {trigger.feed} {trigger.role}"
        for call in calls(trigger.feed, function.arn):
            if call.certain:
                yield Need(
                    what, Kind.IAM_DENIAL, trigger.principal, call.action, call.resource, trigger=trigger, group=group
                )


def _name(trigger: Trigger) -> str:
    if trigger.role:
        return f"{trigger.source_arn}, which calls as role {trigger.role.rsplit('/', 1)[-1]}"
    return trigger.source_arn or "its function URL"


def _context(trigger: Trigger) -> dict[str, Words]:
    context: dict[str, Words] = dict(trigger.context)
    if not trigger.role and trigger.source_arn and names_source(trigger.principal):
        context.setdefault("aws:SourceArn", (trigger.source_arn,))
    if trigger.source_account:
        context["aws:SourceAccount"] = (trigger.source_account,)
    elif service(trigger.source_arn) == "events" and not trigger.role:
        context |= NO_ACCOUNT
    return context


def public_url(qualifier: str | None, made: datetime | None) -> tuple[Trigger, ...]:
    """What anybody who calls a URL of auth type NONE asks for; with AWS_IAM the callers' own policies decide."""
    asked = {"lambda:FunctionUrlAuthType": ("NONE",), "aws:SourceArn": ()}
    first = Trigger("*", "", qualifier, action="lambda:InvokeFunctionUrl", context=asked)
    if made is None or made < BOTH_SINCE:
        return (first,)
    return first, Trigger("*", "", qualifier, action=INVOKE, context={"lambda:InvokedViaFunctionUrl": ("true",)})
