"""The condition operators: each makes a test of one request value against all the values of the policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache, partial

from iam_watchdog.model import Words
from iam_watchdog.policy import values as read
from iam_watchdog.policy.call import Call
from iam_watchdog.policy.truth import Truth, any_of, negate
from iam_watchdog.policy.variables import Part, keys, resolve, template
from iam_watchdog.policy.wildcards import Piece, Wild, compiled, expression, pieces

type Test = Callable[[str, Call], Truth]
"""Does one request value satisfy the operator? A negated operator's test is negated already."""
type Maker = Callable[[Words, bool], Test]
type Same = Callable[[str, tuple[Piece, ...]], Truth]


def _worded(same: Same, wildcards: bool, negated: bool, values: Words, variables: bool) -> Test:
    """String and ARN operators: they take variables; a variable without a value equals nothing."""
    templates = [_parts(value, wildcards, variables) for value in values]

    def one(actual: str, parts: tuple[Part, ...], call: Call) -> Truth:
        resolved = resolve(parts, call)
        return same(actual, resolved) if isinstance(resolved, tuple) else resolved

    def test(actual: str, call: Call) -> Truth:
        found = any_of(one(actual, parts, call) for parts in templates)
        return negate(found) if negated else found

    return test


def _parts(value: str, wildcards: bool, variables: bool) -> tuple[Part, ...]:
    if variables and "${" in value:
        return template(value, wildcards)
    return pieces(value) if wildcards else (value,)


def read_keys(values: Words) -> Words:
    """The context keys that the values themselves read."""
    return tuple(key for value in values if "${" in value for key in keys(template(value)))


def _text(expected: tuple[Piece, ...]) -> str:
    return "".join(part for part in expected if isinstance(part, str))


def _equal(actual: str, expected: tuple[Piece, ...]) -> Truth:
    return actual == _text(expected)


def _equal_ignoring_case(actual: str, expected: tuple[Piece, ...]) -> Truth:
    return actual.lower() == _text(expected).lower()


@lru_cache(maxsize=4096)
def _glob(expected: tuple[Piece, ...]) -> re.Pattern[str]:
    return compiled(expression(expected))


def _like(actual: str, expected: tuple[Piece, ...]) -> Truth:
    return _glob(expected).fullmatch(actual) is not None


@lru_cache(maxsize=4096)
def _arn(expected: tuple[Piece, ...]) -> re.Pattern[str] | None:
    """Six segments, each by itself; None: the value is no ARN."""
    fields: list[list[Piece]] = [[]]
    for part in expected:
        texts = [part] if isinstance(part, Wild) else part.split(":", 6 - len(fields))
        fields[-1].append(texts[0])
        fields += [[text] for text in texts[1:]]
    if len(fields) < 6:
        return None
    return compiled(":".join([*(expression(field, "[^:]") for field in fields[:5]), expression(fields[5])]))


def _arn_like(actual: str, expected: tuple[Piece, ...]) -> Truth:
    pattern = _arn(expected)
    return pattern is not None and pattern.fullmatch(actual) is not None


def _arn_unlike(values: Words, variables: bool) -> Test:
    """What a negated ARN operator makes of a text that is no ARN is not documented."""
    test = _worded(_arn_like, True, True, values, variables)
    sound = all(value.count(":") >= 5 or "${" in value for value in values)
    return lambda actual, call: test(actual, call) if sound and actual.count(":") >= 5 else None


def _typed[T](
    parse: Callable[[str], T | None], compare: Callable[[T, T], bool], negated: bool, values: Words, _: bool
) -> Test:
    """Typed operators: a value that cannot be used fails every one of them, the negated ones too.

    Measured on AWS's simulator for numbers.
    """
    expected = [parse(value) for value in values]

    def test(actual: str, call: Call) -> Truth:
        found = parse(actual)
        if found is None:
            return False
        if negated:
            return all(e is not None and not compare(found, e) for e in expected)
        return any(e is not None and compare(found, e) for e in expected)

    return test


_NUMBER = partial(_typed, read.number)
_DATE = partial(_typed, read.date)
MAKERS: dict[str, tuple[Maker, bool]] = {
    "stringequals": (partial(_worded, _equal, False, False), False),
    "stringnotequals": (partial(_worded, _equal, False, True), True),
    "stringequalsignorecase": (partial(_worded, _equal_ignoring_case, False, False), False),
    "stringnotequalsignorecase": (partial(_worded, _equal_ignoring_case, False, True), True),
    "stringlike": (partial(_worded, _like, True, False), False),
    "stringnotlike": (partial(_worded, _like, True, True), True),
    "arnequals": (partial(_worded, _arn_like, True, False), False),
    "arnlike": (partial(_worded, _arn_like, True, False), False),
    "arnnotequals": (_arn_unlike, True),
    "arnnotlike": (_arn_unlike, True),
    "numericequals": (partial(_NUMBER, operator.eq, False), False),
    "numericnotequals": (partial(_NUMBER, operator.eq, True), True),
    "numericlessthan": (partial(_NUMBER, operator.lt, False), False),
    "numericlessthanequals": (partial(_NUMBER, operator.le, False), False),
    "numericgreaterthan": (partial(_NUMBER, operator.gt, False), False),
    "numericgreaterthanequals": (partial(_NUMBER, operator.ge, False), False),
    "dateequals": (partial(_DATE, operator.eq, False), False),
    "datenotequals": (partial(_DATE, operator.eq, True), True),
    "datelessthan": (partial(_DATE, operator.lt, False), False),
    "datelessthanequals": (partial(_DATE, operator.le, False), False),
    "dategreaterthan": (partial(_DATE, operator.gt, False), False),
    "dategreaterthanequals": (partial(_DATE, operator.ge, False), False),
    "bool": (partial(_typed, read.boolean, operator.eq, False), False),
    "binaryequals": (partial(_typed, str, operator.eq, False), False),
    "ipaddress": (partial(_typed, read.network, read.inside, False), False),
    "notipaddress": (partial(_typed, read.network, read.inside, True), True),
}
"""Operator in lower case → its maker, and whether it is negated (a missing key then satisfies it)."""
