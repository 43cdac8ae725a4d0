"""What feeds a function through Lambda's pollers, and where its results and failures go, as requests of its role."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from iam_watchdog.expect.shapes import Feed, Need, service
from iam_watchdog.model import Function, Kind
from iam_watchdog.remedy.pollers import SignIn, calls

DELIVERY_ACTION: Mapping[str, str] = {
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
    "s3": "s3:PutObject",
}
SUSPECT = re.compile(r"permission|authoriz|denied|\bKMS|decrypt|\brole\b|assume|SASL|certificate", re.IGNORECASE)
"""Lambda's results are free texts; `Function call failed` is the function's own fault, or its policy's."""


def fed(home: str, session: str, feeds: tuple[Feed, ...]) -> Iterator[Need]:
    """The calls of each poller that is not switched off; `home` is the function's ARN."""
    for feed in feeds:
        if feed.state.lower().startswith(("disabl", "delet")):
            continue
        name = feed.source or "a self-managed cluster"
        what, group, said = f"be fed from {name}", f"source {name}", suspected(feed.result)
        sign_in = SignIn(feed.topics, feed.group) if feed.by_role else None
        for call in calls(feed.source, home, feed.secrets, networked=feed.in_network, sign_in=sign_in):
            if call.certain or said:
                yield Need(what, Kind.IAM_DENIAL, session, call.action, call.resource, reported=said, group=group)
        if feed.failures:
            yield from _delivery(f"the failed batches of {name}", feed.failures, session, "")


def suspected(result: str) -> str:
    """What Lambda says of its last attempt, if that may be a missing permission, else ""."""
    problem = result.startswith("PROBLEM") or (result and SUSPECT.search(result))
    return result if problem and SUSPECT.search(result) else ""


def delivered(function: Function, session: str) -> Iterator[Need]:
    """Dead letters, and the records of asynchronous invocations."""
    targets = [("its dead letters", function.dead_letter)] if function.dead_letter else []
    targets += [(f"its {condition} records", arn) for condition, arn in function.destinations]
    for what, arn in targets:
        yield from _delivery(what, arn or "", session, function.name)


def _delivery(what: str, arn: str, session: str, name: str) -> Iterator[Need]:
    action = DELIVERY_ACTION.get(service(arn))
    if action:
        below = f"aws/lambda/async/{name}/record" if name else "aws/lambda/record"
        resource = f"{arn}/{below}" if action == "s3:PutObject" else arn
        yield Need(f"deliver {what}", Kind.IAM_DENIAL, session, action, resource)
