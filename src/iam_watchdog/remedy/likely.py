"""What a call that names no resource was most likely about: the one thing of its kind that the function is set up with.

A guess, however likely: the code itself may have called another queue or topic.
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_watchdog.model import Denial, Function, Kind, Witness
from iam_watchdog.remedy import pollers
from iam_watchdog.remedy.arns import is_arn, part
from iam_watchdog.remedy.narrow import unnamed

DELIVERY = {
    "sqs:SendMessage": "sqs",
    "sns:Publish": "sns",
    "lambda:InvokeFunction": "lambda",
    "events:PutEvents": "events",
}
"""https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""


def bare(denial: Denial) -> bool:
    """True for a log's refusal of an action that takes a resource, on none that the text names."""
    told = denial.kind is Kind.IAM_DENIAL and denial.witness is Witness.LOG and bool(denial.function and denial.action)
    return told and not is_arn(denial.resource) and unnamed(denial.action, denial.resource or "*")


def only(function: Function, action: str) -> tuple[str, str]:
    """ARN of the only candidate, and what it is; ("", "") if there is none, or more than one."""
    found = dict(_candidates(function, action))
    return next(iter(found.items())) if len(found) == 1 else ("", "")


def _candidates(function: Function, action: str) -> Iterator[tuple[str, str]]:
    service = DELIVERY.get(action, "")
    if service and function.dead_letter and part(function.dead_letter, 2) == service:
        yield function.dead_letter, "the function's dead-letter target"
    for condition, arn in function.destinations:
        if service and part(arn, 2) == service:
            yield arn, f"the function's only {condition} destination of its kind"
    for source, _, _ in function.mappings:
        for call in pollers.calls(source, function.arn):
            if call.action == action and part(call.resource, 2) == action.partition(":")[0]:
                yield call.resource, "the source of the function's only mapping of its kind"
