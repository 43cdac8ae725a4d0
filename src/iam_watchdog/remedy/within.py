"""What statements allow beyond others: pattern inside pattern, so that nothing hides between two tried requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product

from iam_watchdog.model import Allow, Layer, Policy, Words
from iam_watchdog.policy.document import prepare
from iam_watchdog.policy.statement import Raw

MOST = 2_000
"""Pairs of action and resource of one statement that are looked at; whatever comes after counts as beyond."""
MOST_STARS = 8
"""Stars of a pattern that others are looked for in: more would take long, and nobody writes them."""


def raws(policies: Iterable[Policy]) -> tuple[Raw, ...]:
    """All statements of some documents."""
    return tuple(statement.raw for p in policies for statement in prepare(p.text, p.layer).statements)


def malformed(text: str, layer: Layer) -> bool:
    """True for a document of which any part could not be read."""
    return bool(prepare(text, layer).problems)


def plain(raw: Raw) -> bool:
    """True if `Allow` can say the same: an Allow of listed actions on listed resources."""
    if raw.allow is not True or raw.not_action or raw.not_resource or raw.not_principal or raw.broken:
        return False
    named = (*raw.actions, *(raw.resources or ()), *(value for *_, values in raw.conditions for value in values))
    bare = raw.resources is None and raw.principals is not None  # A trust policy is about its role.
    return bool(raw.actions and (raw.resources or bare)) and (raw.variables or not any("${" in text for text in named))


def allow_of(raw: Raw) -> Allow:
    """The same statement as one that may be proposed; it stands in another document, so its Sid is left out."""
    return Allow(raw.actions, raw.resources or (), raw.conditions, raw.principals or ())


def beyond(added: Iterable[Raw], there: Sequence[Raw]) -> Words:
    """Each action and resource that the first statements allow and none of the others does, in their own words."""
    known = [raw for raw in there if plain(raw)]
    return tuple(dict.fromkeys(word for raw in added if raw.allow is not False for word in _beyond(raw, known)))


def _beyond(raw: Raw, there: Sequence[Raw]) -> Iterator[str]:
    pairs = product(raw.actions or ("*",), raw.resources or ("*",))
    for action, resource in islice(pairs, MOST):
        words = f"{'all but ' if raw.not_action else ''}{action} on {'all but ' if raw.not_resource else ''}{resource}"
        words += f" by {', '.join(value for _, value in raw.principals[:3])}" if raw.principals else ""
        near = [other for other in there if plain(raw) and _names(other, raw, action, resource)]
        if not near:
            yield words
        elif lacks := min((_conditions(other) - _conditions(raw) for other in near), key=len):
            yield f"{words}, whatever {', '.join(sorted(key for _, key, _ in lacks))} is"
    if next(pairs, None):
        yield "more than can be listed"


def _names(wide: Raw, raw: Raw, action: str, resource: str) -> bool:
    """Is the pair named by the other statement, and for all of its principals?"""
    if (wide.principals is None) != (raw.principals is None) or not set(raw.principals or ()) <= set(
        wide.principals or ()
    ):
        return False
    acts = any(inside(action.lower(), other.lower()) for other in wide.actions)
    same = wide.resources is None and raw.resources is None
    return acts and (same or any(inside(resource, other) for other in wide.resources or ()))


def _conditions(raw: Raw) -> frozenset[tuple[str, str, frozenset[str]]]:
    return frozenset((operator.lower(), key.lower(), frozenset(values)) for operator, key, values in raw.conditions)


def meets(one: str, other: str) -> bool:
    """False only if no text at all is matched by both patterns: their beginnings or their ends differ."""
    return _alike(one, other) and _alike(one[::-1], other[::-1])


def _alike(one: str, other: str) -> bool:
    first, second = re.split(r"[*?${}]", one)[0], re.split(r"[*?${}]", other)[0]
    if first == one and second == other:
        return one == other
    return first.startswith(second) or second.startswith(first)


def inside(narrow: str, wide: str) -> bool:
    """True if everything that the first pattern matches is certainly matched by the second."""
    if wide in (narrow, "*"):
        return True
    if "${" in narrow or "${" in wide or wide.count("*") > MOST_STARS:
        return False  # A variable may stand for anything.
    parts = ("[^*]" if sign == "?" else ".*" if sign == "*" else re.escape(sign) for sign in wide)
    return re.fullmatch("".join(parts), narrow, re.DOTALL) is not None
