"""The policies of resources whose services need no more than one call: what to ask stands in a table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.aws.read.rows import ROWS, Row
from iam_watchdog.model import Layer, Policy, Target

ACTIONS = tuple(sorted({row.action for row in ROWS} | {row.first[2] for row in ROWS if row.first}))


def owner(arn: Arn) -> str:
    """The ARN of what carries the policy, the nearest if there are several; the resource itself if nothing is known."""
    return next((names["arn"] for _, names in _rows(arn)), arn.text)


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """One read for each row that knows this kind of resource."""
    return tuple(
        Read(f"{row.policy} of {names['arn']}", (Layer.RESOURCE,), partial(_policy, row, names, arn, account))
        for row, names in _rows(arn)
    )


def _rows(arn: Arn) -> Iterator[tuple[Row, dict[str, str]]]:
    """The rows that fit, with the names that their texts may use."""
    for row in ROWS:
        matched = row.service == arn.service and re.match(rf"{row.named}(?=[/:]|$)", arn.rest, re.ASCII)
        if matched:
            groups = {key: value or "" for key, value in matched.groupdict().items()}
            rest = row.carrier.format(named=matched[0], **groups)
            yield row, {**groups, "account": arn.account, "place": arn.sibling(""), "arn": arn.sibling(rest)}


def _policy(row: Row, names: Mapping[str, str], arn: Arn, account: Account) -> Piece:
    target = Target(names["arn"], arn.account)
    client, method = row.asked.split(".")
    if row.first:
        operation, params, _ = row.first
        told = account.read(arn, client, operation, absent=row.none, **_filled(params, names))
        if not told:
            return Piece(targets=(target,))
        names = {**names, **{key: _text(value) for key, value in told.items() if isinstance(value, str | list)}}
    answer = account.read(arn, client, method, absent=row.none, **_filled(row.params, names))
    return Piece(targets=(target,), policies=tuple(_documents(row, names["arn"], answer)))


def _filled(params: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {key: text.format(**names) for key, text in params.items()}


def _text(value: Any) -> str:
    """A namespace comes as a list of one."""
    return str(value[0]) if isinstance(value, list) and value else str(value)


def _documents(row: Row, on: str, answer: Mapping[str, Any]) -> Iterator[Policy]:
    found: Any = answer
    for step in row.found.removesuffix(".*").split("."):
        found = (found or {}).get(step)
    if row.found.endswith(".*"):
        for name, text in (found or {}).items():
            yield from policy_on(on, f"{row.policy} {name}", text)
    else:
        yield from policy_on(on, row.policy, _plain(found, on) if row.escaped else found)


def _plain(text: str | None, on: str) -> str:
    """An API's policy as JSON, with the short form of its own ARNs written out.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html
    """
    plain = str(json.loads(f'"{text}"')) if text and '\\"' in text else text or ""
    return plain.replace('"execute-api:/', f'"{on}/')
