"""What a message leaves out, taken from elsewhere in the same text or request; each time it is said from where."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from urllib.parse import unquote_plus

from iam_watchdog.detect import actions, normalise
from iam_watchdog.detect.subscription import LogEvent
from iam_watchdog.model import Kind, Message

_TAIL = re.compile(r"\(Service: ?(?:Amazon |AWS |Amazon|AWS)?([\w .-]{1,40}?)[;,] Status Code")
_GO = re.compile(r"operation error ([\w .-]{1,40}?):")
_CLASS = re.compile(
    r"Aws(?:::|\\)(\w+)(?:::|\\)(?:Errors|Exception)|Amazon\.(\w+)\.Amazon|awssdk\.services\.(\w+)\.|client-([\w-]+)/"
)
_HOST = re.compile(r"https?://(?:([a-z0-9-]+)\.[\w-]+\.amazonaws\.com|[\w-]+\.(queue)\.amazonaws\.com)")
_DESERIALISER = re.compile(
    r"deserializeAws_(?:restXml|restJson1|json1_[01]|query|ec2)([A-Z]\w{1,60}?)CommandError|\bde_([A-Z]\w{1,60}?)CommandError"
)
_ARN = re.compile(r"arn:[\w-]+:([\w-]+):[\w-]*:\d{0,12}:[\w/:.*+=@-]{1,512}")
_URL = re.compile(r"https?://(?:sqs\.[\w-]+|[\w-]+\.queue)\.amazonaws\.com(?:\.cn)?/\d{12}/[\w.-]+")
_S3_URI = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/[\w/.!*'()+=@-]*)?")
_FUNCTION = re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:([\w-]{1,140})")
_BUCKET = re.compile(r"arn:[\w-]+:s3:::[a-z0-9.-]+(?=[\"\\'])")
_KEY = re.compile(r"[\"']key[\"'\\]+:\s*[\"'\\]+([^\"'\\\s]{1,1024})[\"'\\]")
_NAMES = {"queue": "sqs", "simple systems management": "ssm", "secrets manager": "secretsmanager"}


def action(message: Message, text: str) -> tuple[str, str]:
    """The IAM action and, if the sentence does not name it, what it was taken from."""
    if message.action:
        return actions.in_service_case(message.action), ""
    if message.kind is Kind.LAMBDA_ASSUME_ROLE:
        return "sts:AssumeRole", "wording"
    if message.kind is Kind.LAMBDA_VPC_ENI:
        return "ec2:CreateNetworkInterface", "wording"
    if message.kind is Kind.INVOKE_PERMISSION:
        return "lambda:InvokeFunction", "wording"
    if message.kind is Kind.LAMBDA_ENV_KMS or "ciphertext refers to" in text or "access to KMS" in text:
        return "kms:Decrypt", "wording"
    return _from_operation(message, text)


def _from_operation(message: Message, text: str) -> tuple[str, str]:
    operation, how = message.operation, "operation"
    if operation is None and (found := _DESERIALISER.search(text)):
        operation, how = found.group(1) or found.group(2), "stack trace"
    if operation is None:
        return "", ""
    service = "ec2" if message.error_code and "UnauthorizedOperation" in message.error_code else None
    service = service or actions.owner(operation) or service_of(text) or ""
    return actions.for_operation(service, operation) or "", how


def service_of(text: str) -> str | None:
    """The service that the SDK's wrapping names, as an IAM prefix."""
    for pattern in (_TAIL, _GO, _CLASS, _HOST):
        if match := pattern.search(text):
            name = next(g for g in match.groups() if g).strip().lower()
            name = _NAMES.get(name, name.replace(" ", ""))
            return actions.PREFIXES.get(name, name)
    return None


def same_request(event: LogEvent, events: Sequence[LogEvent], request_id: str | None) -> tuple[str, ...]:
    """The event's own text first, then the other lines that bear the same request id."""
    others = (e.message for e in events if request_id and e is not event and request_id in e.message)
    return (event.message, *others)


def resource(
    action: str, lines: Sequence[str], place: normalise.Place, not_meant: Collection[str | None] = ()
) -> tuple[str | None, str]:
    """The one resource of the action's service that the lines name; two candidates are none.

    Never the caller itself, its policy or the function that wrote the line.
    """
    service = action.partition(":")[0]
    for number, line in enumerate(lines):
        found = {each for each in _candidates(service, line[:20_000], place) if each not in not_meant}
        if service == "s3":
            found = _of_the_right_kind(action, found)
        if len(found) == 1:
            return found.pop(), "same line" if number == 0 else "same request"
        if found:
            return None, ""
    return None, ""


def _candidates(service: str, line: str, place: normalise.Place) -> list[str]:
    found = [m.group().rstrip(".:") for m in _ARN.finditer(line) if m.group(1) == service]
    if service == "sqs":
        found += [a for m in _URL.finditer(line) if (a := normalise.queue_arn(m.group(), place.partition))]
    if service == "s3":
        found += [f"arn:{place.partition}:s3:::{m.group(1)}{m.group(2) or ''}" for m in _S3_URI.finditer(line)]
        found += _event_objects(line)
    return found


def _event_objects(line: str) -> list[str]:
    """The object of an S3 event notification that a function printed; its keys are URL-encoded.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    buckets = {m.group() for m in _BUCKET.finditer(line)}
    keys = {m.group(1) for m in _KEY.finditer(line)}
    return [f"{b}/{unquote_plus(k)}" for b in buckets for k in keys] if len(buckets) == len(keys) == 1 else []


def _of_the_right_kind(action: str, found: set[str]) -> set[str]:
    """Objects for what is done to objects, buckets for the rest."""
    if "Object" in action and "Bucket" not in action:
        return {each for each in found if "/" in each}
    return {each.partition("/")[0] for each in found}


def function(resource: str | None, events: Sequence[LogEvent]) -> str:
    """For a refused start of a function: its name, from the resource or from the caller's other lines."""
    if match := _FUNCTION.match(resource or ""):
        return match.group(1)
    names = {m.group(1) for e in events for m in _FUNCTION.finditer(e.message[:20_000])}
    return names.pop() if len(names) == 1 else ""
