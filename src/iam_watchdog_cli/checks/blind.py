"""What nobody hears: functions whose log lines no subscription can carry, and what this Region is not told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from iam_watchdog_cli.checks.desk import OK, WARN, Check, Desk

IAM_HOME = "us-east-1"
MOST_GROUPS = 100
"""Groups that are asked for their subscriptions; DescribeSubscriptionFilters is slow."""


def spots(desk: Desk) -> Iterator[Check]:
    """Log classes without subscriptions, excluded and unwatched groups, IAM's own events elsewhere."""
    groups = _groups(desk)
    classes = _classes(desk)
    found = [
        *_named("whose log class knows no subscription", _odd(groups, classes), "only the sweep sees them"),
        *_named("left out by ExcludeLogGroups", _excluded(desk, groups), "only the sweep sees them"),
        *_named("not watched", _unwatched(desk, groups, classes), "iam-watchdog watch NAME"),
    ]
    yield from found
    if desk.region != IAM_HOME:
        says = f"changes of roles and trust policies reach EventBridge in {IAM_HOME} only, not in {desk.region}"
        yield Check("blind spots", WARN, says, "the sweep finds them later; for at once, deploy in us-east-1 as well")
    elif not found:
        yield Check("blind spots", OK, f"none among {len(groups)} functions")


def _named(what: str, names: Sequence[str], remedy: str) -> Iterator[Check]:
    if names:
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield Check("blind spots", WARN, f"{len(names)} functions {what}: {shown}", remedy)


def _groups(desk: Desk) -> Mapping[str, str]:
    """Function → its log group, our own functions left out."""
    pages = desk.client("lambda").get_paginator("list_functions").paginate()
    functions = [f for page in pages for f in page["Functions"]]
    ours = {name for key, name in desk.outputs.items() if key.endswith("Function")}
    named = {f["FunctionName"]: (f.get("LoggingConfig") or {}).get("LogGroup") for f in functions}
    return {name: group or f"/aws/lambda/{name}" for name, group in named.items() if name not in ours}


def _classes(desk: Desk) -> Mapping[str, str]:
    pages = desk.client("logs").get_paginator("describe_log_groups").paginate()
    return {g["logGroupName"]: g.get("logGroupClass", "STANDARD") for page in pages for g in page["logGroups"]}


def _odd(groups: Mapping[str, str], classes: Mapping[str, str]) -> list[str]:
    return [name for name, group in groups.items() if classes.get(group, "STANDARD") != "STANDARD"]


def _excluded(desk: Desk, groups: Mapping[str, str]) -> list[str]:
    left_out = set(desk.words("ExcludeLogGroups"))
    return [name for name, group in groups.items() if group in left_out]


def _unwatched(desk: Desk, groups: Mapping[str, str], classes: Mapping[str, str]) -> list[str]:
    if desk.parameters.get("WatchScope") != "listed":
        return []
    logs = desk.client("logs")
    asked = list(groups.items())[:MOST_GROUPS]
    return [name for name, group in asked if group not in classes or not _subscribed(logs, group, desk.stack)]


def _subscribed(logs: object, group: str, stack: str) -> bool:
    filters = logs.describe_subscription_filters(logGroupName=group)  # type: ignore[attr-defined]
    return any(f["filterName"] == stack for f in filters.get("subscriptionFilters", []))
