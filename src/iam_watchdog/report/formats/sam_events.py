"""A trigger as SAM people write it, under `Events`: SAM then makes the permission itself, and sometimes more.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
An EventBridge rule has no such form: SAM would make a second rule, with a pattern that nobody told us. Nor has an API
that stands outside the template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iam_watchdog.model import AddInvokePermission, Words
from iam_watchdog.report.formats.writing import identifier

type Event = tuple[dict[str, Any], Words]
"""(the event source, what SAM makes beside exactly this permission)."""


def event(fix: AddInvokePermission) -> Event | None:
    """The event source of one trigger; None where SAM's form cannot name exactly it. SAM puts it on no alias."""
    write = _WRITERS.get(fix.principal)
    if write is None or fix.qualifier or not fix.source_arn or "${" in fix.source_arn:
        return None
    return write(fix.source_arn.split(":", 5)[-1], fix.source_arn)


def _topic(_: str, arn: str) -> Event:
    return _source("SNS", Topic=arn), ("a subscription of the function to the topic",)


def _group(rest: str, _: str) -> Event:
    name = rest.removeprefix("log-group:").removesuffix(":*")
    made = "a subscription filter on the group that passes every line"
    return _source("CloudWatchLogs", LogGroupName=name, FilterPattern=""), (made,)


def _bucket(name: str, _: str) -> Event:
    """SAM knows a bucket only by its logical id in the same template."""
    made = f"a notification of {name}, which has to stand in the same template, for every new object"
    anyone = "every bucket of this account may start the function"
    bucket = {"Ref": identifier(name.replace(".", " ").replace("-", " "))}
    return _source("S3", Bucket=bucket, Events="s3:ObjectCreated:*"), (made, anyone)


def _source(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Events": {"Trigger": {"Type": kind, "Properties": properties}}}


_WRITERS: Mapping[str, Callable[[str, str], Event]] = {
    "logs.amazonaws.com": _group,
    "s3.amazonaws.com": _bucket,
    "sns.amazonaws.com": _topic,
}
