"""Which function wrote to a log stream, and whether it is a function at all.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

_STREAM = re.compile(
    r"\d{4}/\d\d/\d\d/(?P<name>[A-Za-z0-9_-]{1,140})?\[(?P<version>\$LATEST(?:\.PUBLISHED)?|\d{1,20})\]"
)
_GROUP = re.compile(r"/aws/lambda/(?:us-east-1\.)?(?P<name>[A-Za-z0-9_-]{1,140})\Z")
_GATEWAY = "API-Gateway-Execution-Logs_"
_TOPIC = re.compile(r"sns/[\w-]+/\d{12}/[\w.-]+/Failure\Z")


class Writer(NamedTuple):
    """Who writes; named_by says from what the function's name was taken."""

    function: str
    qualifier: str
    named_by: str


def writer(group: str, stream: str) -> Writer | None:
    """The function behind a stream; None for a group that is not Lambda's; the diagnosis checks LoggingConfig."""
    in_stream, in_group = _STREAM.match(stream), _GROUP.match(group)
    version = in_stream.group("version") if in_stream else "$LATEST"
    version = "$LATEST" if version.startswith("$") else version
    if in_stream and in_stream.group("name"):
        return Writer(in_stream.group("name"), version, "stream")
    if in_group:
        return Writer(in_group.group("name"), version, "group")
    return Writer("", version, "") if in_stream else None


def tells_of_invocation(group: str) -> bool:
    """True for logs in which another service says that it may not start a function."""
    return group.startswith(_GATEWAY) or _TOPIC.match(group) is not None
