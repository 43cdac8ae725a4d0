"""Statements over several denied calls, put together without allowing a pair that nobody asked for."""

from __future__ import annotations

from collections.abc import Iterable

from iam_watchdog.model import Allow


def merge(allows: Iterable[Allow]) -> tuple[Allow, ...]:
    """One statement per resource set and condition with all its actions, then per action set with all its resources."""
    return _by_actions(_by_resources(dict.fromkeys(allows)))


def _by_resources(allows: Iterable[Allow]) -> list[Allow]:
    groups: dict[tuple[object, ...], list[Allow]] = {}
    for allow in allows:
        key = (frozenset(allow.resources), allow.conditions, allow.principals)
        groups.setdefault(key, []).append(allow)
    return [_joined(group, actions=True) for group in groups.values()]


def _by_actions(allows: Iterable[Allow]) -> tuple[Allow, ...]:
    """Safe: the joined statement allows the same actions on each resource that had exactly those actions."""
    groups: dict[tuple[object, ...], list[Allow]] = {}
    for allow in allows:
        groups.setdefault((allow.actions, allow.conditions, allow.principals), []).append(allow)
    return tuple(_joined(group, actions=False) for group in groups.values())


def _joined(group: list[Allow], *, actions: bool) -> Allow:
    first = group[0]
    names = sorted({a for allow in group for a in allow.actions}) if actions else first.actions
    resources = first.resources if actions else tuple(dict.fromkeys(r for allow in group for r in allow.resources))
    sid = next((a.sid for a in group if a.sid), "")
    return Allow(tuple(names), resources, first.conditions, first.principals, sid)


def pairs(allows: Iterable[Allow]) -> frozenset[tuple[object, ...]]:
    """What statements allow, pair by pair: merging neither adds nor loses one."""
    return frozenset((a, r, s.conditions, s.principals) for s in allows for a in s.actions for r in s.resources)
