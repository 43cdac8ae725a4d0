"""Tells the resource of calls that the emulator takes for calls of no resource, or of another one.

Parameters named in a list or by path, PartiQL statements by their table, a function by the alias or version invoked.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

_PARTIQL = re.compile(
    r"""\s*(?:(SELECT)\b.*?\bFROM|(INSERT)\s+INTO|(UPDATE)|(DELETE)\s+FROM)\s+["']?([\w.-]+)["']?(?:\."?([\w.-]+)"?)?""",
    re.IGNORECASE | re.DOTALL,
)
_INVOCATION = re.compile(r"/functions/([^/]+)/(?:invocations|response-streaming-invocations)\Z")
ENCLOSING = ("dynamodb:ExecuteStatement", "dynamodb:BatchExecuteStatement", "dynamodb:ExecuteTransaction")


def install() -> None:
    """Name what the request names."""
    from ministack.core import iam_actions

    iam_actions.extract_resource_arn = _named(iam_actions.extract_resource_arn)
    iam_actions.dynamodb_transaction_checks = _of_statements(iam_actions.dynamodb_transaction_checks)


def _named(original: Callable[..., str]) -> Callable[..., str]:
    def extract_resource_arn(*args: Any) -> str:
        service, _, path, _, body, query, region, account = args
        found = original(*args)
        if service == "ssm" and found == "*" and (name := _parameter(_load(body))):
            return f"arn:aws:ssm:{region}:{account}:parameter/{name.lstrip('/')}"
        if service == "lambda" and _INVOCATION.search(unquote(path)) and (qualifier := _first(query.get("Qualifier"))):
            return found if found.endswith(f":{qualifier}") else f"{found}:{qualifier}"
        return found

    return extract_resource_arn


def _parameter(request: Mapping[str, Any]) -> str:
    return str(_first(request.get("Names")) or request.get("Path") or "")


def _of_statements(original: Callable[..., list[tuple[str, str]]]) -> Callable[..., list[tuple[str, str]]]:
    def checks(action: str, body: bytes, region: str, account: str) -> list[tuple[str, str]]:
        if action not in ENCLOSING:
            return original(action, body, region, account)
        table = f"arn:aws:dynamodb:{region}:{account}:table"
        return [(f"dynamodb:PartiQL{verb}", f"{table}/{rest}") for verb, rest in statements(_load(body))]

    return checks


def statements(request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield verb and table (with its index) of each PartiQL statement of a request."""
    several = [*(request.get("Statements") or ()), *(request.get("TransactStatements") or ()), request]
    for one in several:
        if match := _PARTIQL.match(str(one.get("Statement") or "")):
            *verbs, table, index = match.groups()
            verb = next(v for v in verbs if v).capitalize()
            yield verb, f"{table}/index/{index}" if index else table


def _load(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _first(value: Any) -> str:
    return str((value[0] if value else "") if isinstance(value, list) else value or "")
