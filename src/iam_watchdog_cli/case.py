"""A case as a person or a file gives it: the request, and every policy in play under its name of contract 3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from iam_watchdog.model import Layer, Policy, Request, Words


class BadCase(ValueError):
    """A case that cannot be read; the message names the field."""


def loaded(line: bytes | str) -> dict[str, Any]:
    """One line as a JSON object. Raises BadCase."""
    found = _json(line)
    if not isinstance(found, dict):
        raise BadCase("not a JSON object")
    return found


def listed(text: bytes | str) -> list[Any]:
    """A text as one JSON list. Raises BadCase."""
    found = _json(text)
    if not isinstance(found, list):
        raise BadCase("not a JSON list")
    return found


def _json(text: bytes | str) -> Any:
    try:
        return json.loads(text.decode("utf-8-sig", "replace") if isinstance(text, bytes) else text, parse_constant=_no)
    except (ValueError, RecursionError) as fault:
        raise BadCase(f"not JSON: {fault}") from fault


def _no(name: str) -> object:
    """NaN and Infinity are Python's, not JSON's; printed back they would break the reader."""
    raise ValueError(f"{name} is no JSON")


def read(found: dict[str, Any]) -> tuple[Request, tuple[Policy, ...]]:
    """A case as a request and its policies, named as contract 3 names them. Raises BadCase naming the field."""
    known = {"identity", "boundary", "session", "scps", "rcps", "resource_policy", "vpce"}
    for name, value in found.items():
        if name not in known and _holds_policy(value):
            raise BadCase(f"{name}: holds a policy, and is none of {', '.join(sorted(known))}")
    return _request(found.get("request")), tuple(_policies(found))


def _holds_policy(value: Any, depth: int = 2) -> bool:
    """A layer under a name that nobody knows would silently not be in play."""
    if isinstance(value, list) and depth:
        return any(_holds_policy(one, depth - 1) for one in value)
    return isinstance(value, dict) and "Statement" in value


def _request(found: Any) -> Request:
    if not isinstance(found, dict):
        raise BadCase("request: missing or not an object")
    principal, action, resource = (_text(found, name) for name in ("principal", "action", "resource"))
    owner = found.get("resource_account")
    if owner is not None and not isinstance(owner, str):
        raise BadCase("request.resource_account: not a text")
    if owner is None:
        owner = resource.split(":", 5)[4] if resource.count(":") >= 5 else ""
    given = found.get("context", {})
    if not isinstance(given, dict):
        raise BadCase("request.context: not an object")
    context = {name: _values(name, value) for name, value in given.items()}
    lists = frozenset(name.lower() for name, value in given.items() if isinstance(value, list))
    return Request(principal, action, resource, owner, context, multivalued=lists)


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise BadCase(f"request.{name}: missing or not a text")
    return value


def _values(name: str, value: Any) -> Words:
    several = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str | int | float) for one in several):
        raise BadCase(f"request.context.{name}: neither texts, numbers nor booleans")
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in several)


def _policies(found: dict[str, Any]) -> Iterator[Policy]:
    for index, document in enumerate(_list(found, "identity")):
        yield _policy(Layer.IDENTITY, f"identity[{index}]", document)
    for name, layer in (("boundary", Layer.BOUNDARY), ("session", Layer.SESSION), ("resource_policy", Layer.RESOURCE)):
        if found.get(name) is not None:
            yield _policy(layer, name, found[name])
    for name, layer in (("scps", Layer.SCP), ("rcps", Layer.RCP)):
        for level, documents in enumerate(_list(found, name)):
            yield from _level(name, layer, level, documents)
    for index, document in enumerate(_list(found, "vpce")):
        yield _policy(Layer.VPCE, f"vpce[{index}]", document)


def _level(name: str, layer: Layer, level: int, documents: Any) -> Iterator[Policy]:
    """One level of the organization; an empty one allows nothing."""
    if not isinstance(documents, list):
        raise BadCase(f"{name}[{level}]: not a list of documents")
    for index, document in enumerate(documents):
        yield _policy(layer, f"{name}[{level}][{index}]", document, level)
    if not documents:
        yield _policy(layer, f"{name}[{level}]", {"Statement": []}, level)


def _policy(layer: Layer, name: str, document: Any, level: int = 0) -> Policy:
    if not isinstance(document, dict):
        raise BadCase(f"{name}: not a policy document")
    return Policy(layer, name, json.dumps(document), level=level)


def _list(found: dict[str, Any], name: str) -> list[Any]:
    value = found.get(name)
    if value is not None and not isinstance(value, list):
        raise BadCase(f"{name}: not a list")
    return value or []
