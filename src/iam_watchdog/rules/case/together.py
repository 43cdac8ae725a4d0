"""What one need asks for at once: whoever may do only a part of it is refused the next part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iam_watchdog.model import Function, Request
from iam_watchdog.remedy import managed, pollers
from iam_watchdog.remedy.arns import account_of, covers, part
from iam_watchdog.remedy.narrow import ANY, takes_resource
from iam_watchdog.rules.case.case import Case

TRACING = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
"""https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html#services-xray-permissions"""
INTERFACES = ("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface")
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions"""


def together(case: Case) -> tuple[Case, ...]:
    """The rest of what Lambda itself does for this function, as far as it is refused as well."""
    return tuple(other for other in whole(case) if other.missing)


def whole(case: Case) -> tuple[Case, ...]:
    """The rest of what Lambda itself does for this function, refused or not."""
    function, action, resource = case.evidence.function, case.request.action, case.request.resource
    if function is None:
        return ()
    same = [(other, resource if takes_resource(other) else ANY) for other in _needed(function, action, resource)]
    found = pollers.mapping(function, action, resource)
    polled = [(call.action, call.resource) for call in found[1]] if found else []
    asked = [(other, on) for other, on in (*same, *polled) if other != action or not pollers.meets(on, resource)]
    asked += _logged(function, action, resource)
    return tuple(case.about(_asking(case, other, on)) for other, on in dict.fromkeys(asked))


def _logged(function: Function, action: str, resource: str) -> list[tuple[str, str]]:
    """The whole way to the function's own log, whose group is asked for by its bare name as well."""
    group = own_group(function)
    return [(one, group) for one in managed.LOGS] if action in managed.LOGS and covers(group, resource) else []


def _asking(case: Case, action: str, resource: str) -> Request:
    """Another service is told nothing of what the first was; Lambda names no function in what it calls for itself."""
    request = case.asking(action, resource)
    if part(resource, 2) == part(case.request.resource, 2):
        return request
    account = account_of(resource) or case.denial.account
    context = {key: values for key, values in request.context.items() if key.lower().startswith("aws:")}
    context |= {"aws:ResourceAccount": (account,), "lambda:SourceFunctionArn": ()}
    return replace(request, resource_account=account, context=context)


def own_group(function: Function) -> str:
    """ARN of the log group that the function is configured to write to, without a trailing `:*`."""
    name = function.log_group or f"/aws/lambda/{function.name}"
    _, partition, _, region, account, *_ = function.arn.split(":")
    return f"arn:{partition}:logs:{region}:{account}:log-group:{name}"


def _needed(function: Function, action: str, resource: str) -> Iterator[str]:
    if action in INTERFACES and function.in_vpc:
        yield from INTERFACES
    if action in TRACING and function.tracing:
        yield from TRACING
