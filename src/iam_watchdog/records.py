"""How the nouns are written down: tagged JSON for the table, the queues and the hashes, read back strictly."""

from __future__ import annotations

import hashlib
import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, TypeAliasType, Union, cast, get_args, get_origin, get_type_hints

from iam_watchdog import model

TAG = "type"
_NOUNS: dict[str, type] = {
    name: noun for name, noun in vars(model).items() if isinstance(noun, type) and is_dataclass(noun)
}


class Unreadable(ValueError):
    """A record is not what it should be; the message names the field."""


def dump(value: object) -> dict[str, Any]:
    """Write one dataclass as a JSON object tagged with its type; fields at their default are left out."""
    plain = _plain(value)
    if not isinstance(plain, dict):
        raise TypeError(f"{type(value).__name__} is not a dataclass of model.py")
    return plain


def load[T](kind: type[T], data: object) -> T:
    """Read one dataclass back. Raises Unreadable, naming the field, for anything that does not fit."""
    return cast("T", _value(kind, data, kind.__name__))


def canonical(value: object) -> str:
    """Write JSON with sorted keys and no white space, so that equal values have equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest(value: object) -> str:
    """SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def document_hash(text: str) -> str:
    """SHA-256 of a policy document, the same however it is spaced; of the text itself if it is no JSON."""
    try:
        return digest(json.loads(text))
    except ValueError:
        return hashlib.sha256(text.encode()).hexdigest()


def plan_hash(plan: model.Plan) -> str:
    """The hash that a person's yes is given to: all that the plan does and was decided on."""
    return digest(dump(plan))


def change_hash(grants: tuple[model.Grant, ...]) -> str:
    """The hash of what a plan does, whatever it was decided on: a person's "no" is to the change."""
    return digest([dump(grant) for grant in grants])


def _plain(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [_plain(v) for v in (sorted(value) if isinstance(value, frozenset) else value)]
    if is_dataclass(value):
        given = {f.name: getattr(value, f.name) for f in fields(value)}
        kept = {f.name: _plain(given[f.name]) for f in fields(value) if not _at_default(f, given[f.name])}
        return {TAG: type(value).__name__, **kept}
    return value


def _at_default(field: Field[Any], value: object) -> bool:
    if field.default is not MISSING:
        return bool(value == field.default) and type(value) is type(field.default)
    return field.default_factory is not MISSING and bool(value == field.default_factory())


def _value(hint: Any, data: object, where: str) -> Any:
    if isinstance(hint, TypeAliasType):
        return _value(hint.__value__, data, where)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(hint), data, where)
    if origin is tuple:
        return _tuple(get_args(hint), data, where)
    if origin in (frozenset,):
        return frozenset(_tuple((get_args(hint)[0], ...), data, where))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(get_args(hint)[1], data, where)
    return _scalar(hint, data, where)


def _one_of(hints: tuple[Any, ...], data: object, where: str) -> Any:
    if data is None and type(None) in hints:
        return None
    for hint in _flat(hints):
        if is_dataclass(hint) and isinstance(data, dict) and data.get(TAG) == cast("type", hint).__name__:
            return _scalar(hint, data, where)
    plain = [h for h in _flat(hints) if h is not type(None) and not is_dataclass(h)]
    if len(plain) == 1:
        return _value(plain[0], data, where)
    raise Unreadable(f"{where}: {str(data)[:80]!r} is none of the known kinds")


def _flat(hints: tuple[Any, ...]) -> list[Any]:
    out: list[Any] = []
    for hint in hints:
        inner = hint.__value__ if isinstance(hint, TypeAliasType) else hint
        union = get_origin(inner) in (Union, types.UnionType)
        out.extend(_flat(get_args(inner)) if union else [inner])
    return out


def _tuple(hints: tuple[Any, ...], data: object, where: str) -> tuple[Any, ...]:
    if not isinstance(data, list | tuple):
        raise Unreadable(f"{where}: expected a list, got {type(data).__name__}")
    if len(hints) == 2 and hints[1] is Ellipsis:
        return tuple(_value(hints[0], item, f"{where}[{i}]") for i, item in enumerate(data))
    if len(hints) != len(data):
        raise Unreadable(f"{where}: expected {len(hints)} items, got {len(data)}")
    return tuple(_value(h, item, f"{where}[{i}]") for i, (h, item) in enumerate(zip(hints, data, strict=True)))


def _mapping(hint: Any, data: object, where: str) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise Unreadable(f"{where}: expected an object, got {type(data).__name__}")
    return {str(k): _value(hint, v, f"{where}.{k}") for k, v in data.items()}


def _scalar(hint: Any, data: object, where: str) -> Any:
    if is_dataclass(hint):
        return _dataclass(cast("type", hint), data, where)
    if isinstance(hint, type) and issubclass(hint, Enum | datetime):
        try:
            return datetime.fromisoformat(str(data)) if issubclass(hint, datetime) else hint(data)
        except ValueError as wrong:
            raise Unreadable(f"{where}: {wrong}") from wrong
    if hint is int and isinstance(data, bool):
        raise Unreadable(f"{where}: expected int, got bool")
    if isinstance(hint, type) and not isinstance(data, hint):
        raise Unreadable(f"{where}: expected {hint.__name__}, got {type(data).__name__}")
    return data


def _dataclass(kind: type, data: object, where: str) -> Any:
    if not isinstance(data, Mapping):
        raise Unreadable(f"{where}: expected an object, got {type(data).__name__}")
    if data.get(TAG, kind.__name__) != kind.__name__:
        raise Unreadable(f"{where}: expected {kind.__name__}, got {data.get(TAG)!r}")
    hints = _hints(kind)
    if strange := set(data) - set(hints) - {TAG}:
        raise Unreadable(f"{where}: unknown field {sorted(strange)[0]!r}")
    given = {name: _value(hints[name], data[name], f"{where}.{name}") for name in hints if name in data}
    try:
        return kind(**given)
    except TypeError as wrong:
        raise Unreadable(f"{where}: {wrong}") from wrong


@lru_cache(maxsize=64)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def fact(data: object) -> model.Fact:
    """Read one fact of any type back, by its tag."""
    noun = _NOUNS.get(str(data.get(TAG))) if isinstance(data, Mapping) else None
    if noun is None:
        raise Unreadable(f"fact: {str(data)[:80]!r} is none of the known kinds")
    return cast("model.Fact", _dataclass(noun, data, noun.__name__))
