"""Spans as written → what IAM calls them; what cannot be made whole stays as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

_KIND = re.compile(r"(role|policy|user|group|instance profile)\s+(.+)\Z", re.DOTALL)
_QUEUE = re.compile(r"https?://(?:sqs\.([\w-]+)|([\w-]+)\.queue)\.amazonaws\.com(?:\.cn)?/(\d{12})/([\w.-]+)\Z")
_WRAP = re.compile(r"\s*[\r\n\t]\s*")
"""Where a text was wrapped; a space by itself belongs to the name: an S3 key may hold one."""
_NAME = re.compile(r"[\w/+=.@-]{1,512}\Z")
_KEY_PAIR = re.compile(
    r"(?:key-pair|image|snapshot|volume|instance|subnet|vpc|security-group|network-interface)/[\w.*-]+\Z"
)
_UNESCAPE = (("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("\\u0026", "&"), ("\\u003c", "<"), ("\\u003e", ">"))


@dataclass(frozen=True, slots=True)
class Place:
    """What an ARN needs that a bare name leaves out."""

    partition: str
    region: str
    account: str


def resource(action: str, span: str | None, place: Place) -> str | None:
    """The resource as an ARN where its kind can be told from the text and the action."""
    if span is None:
        return None
    value = _plain(span)
    if noun := _KIND.match(span.strip()):
        name = "".join(noun.group(2).split())
        kind = noun.group(1).replace("instance profile", "instance-profile")
        return name if name.startswith("arn:") else f"arn:{place.partition}:iam::{place.account}:{kind}/{name}"
    if value.startswith("arn:") or not _NAME.match(value.replace(":", "")):
        return value
    return _queue(value) or _named(action.partition(":")[0], value, place) or value


def _plain(span: str) -> str:
    value = span if " ... " in span else _WRAP.sub("", span) if span.startswith("arn:") else " ".join(span.split())
    for escape, plain in _UNESCAPE:
        value = value.replace(escape, plain)
    return value


def _queue(value: str) -> str | None:
    return queue_arn(value)


def queue_arn(url: str, partition: str = "aws") -> str | None:
    """A queue's ARN from its URL, of either form."""
    match = _QUEUE.match(url)
    if match is None:
        return None
    region = match.group(1) or match.group(2)
    partition = "aws-cn" if ".amazonaws.com.cn/" in url else partition
    return f"arn:{partition}:sqs:{region}:{match.group(3)}:{match.group(4)}"


def _named(service: str, value: str, place: Place) -> str | None:
    """A bare name whose kind the service leaves no doubt about."""
    head = f"arn:{place.partition}:{service}:{place.region}:{place.account}"
    if service == "secretsmanager":
        return f"{head}:secret:{value}"
    if service == "lambda" and "/" not in value:
        return f"{head}:function:{value}"
    if service == "ec2" and _KEY_PAIR.match(value):
        return f"{head}:{value}"
    return None
