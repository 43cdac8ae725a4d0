"""Sets dynamodb:LeadingKeys, the partition keys that a request names.

A transaction is checked item by item on AWS; here every item is checked with the keys of all: stricter, never laxer.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_EQUALS = re.compile(r"(?:^|\(|\bAND\b)\s*(#?\w+)\s*=\s*(:\w+)", re.IGNORECASE)


def install() -> None:
    """Add the key to what the emulator already takes from a DynamoDB request."""
    from ministack.core import iam_actions

    iam_actions.dynamodb_service_context = _with_keys(iam_actions.dynamodb_service_context)


def _with_keys(original: Callable[[bytes], dict[str, Any]]) -> Callable[[bytes], dict[str, Any]]:
    def context(body: bytes) -> dict[str, Any]:
        found = dict(original(body))
        try:
            request = json.loads(body or b"{}")
        except ValueError:
            return found
        keys = sorted(set(leading(request)))
        return found | {"dynamodb:LeadingKeys": keys} if keys else found

    return context


def leading(request: Mapping[str, Any]) -> Iterator[str]:
    """Yield the partition key values that one DynamoDB request names."""
    if isinstance(table := request.get("TableName"), str):
        yield from _of_one(table, request)
    for table, wanted in (request.get("RequestItems") or {}).items():
        for item in wanted if isinstance(wanted, list) else wanted.get("Keys", []):
            write = next(iter(item.values()), {}) if isinstance(wanted, list) else {"Key": item}
            yield from _of_one(table, write)
    for item in request.get("TransactItems") or []:
        for member in item.values():
            yield from _of_one(member.get("TableName", ""), member)


def _of_one(table: str, request: Mapping[str, Any]) -> Iterator[str]:
    name = _partition_key(table, request.get("IndexName"))
    for named in (request.get("Key"), request.get("Item")):
        if isinstance(named, Mapping) and name in named:
            yield _text(named[name])
    if expression := request.get("KeyConditionExpression"):
        names, values = request.get("ExpressionAttributeNames") or {}, request.get("ExpressionAttributeValues") or {}
        for left, right in _EQUALS.findall(str(expression)):
            if names.get(left, left) == name and right in values:
                yield _text(values[right])
    condition = (request.get("KeyConditions") or {}).get(name, {})
    yield from (_text(value) for value in condition.get("AttributeValueList", []))


def _text(value: Mapping[str, Any]) -> str:
    return str(next(iter(value.values()), ""))


def _partition_key(table: str, index: str | None) -> str:
    from ministack.services import dynamodb

    known = dynamodb._tables.get(table.rsplit("/", 1)[-1]) or {}
    indexes = (known.get("GlobalSecondaryIndexes") or []) if index else []
    schema = next((i["KeySchema"] for i in indexes if i.get("IndexName") == index), known.get("KeySchema") or [])
    return next((str(k["AttributeName"]) for k in schema if k.get("KeyType") == "HASH"), "")
