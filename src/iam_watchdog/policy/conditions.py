"""One condition: operator, key and values; with IfExists, Null and the set operators.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from functools import lru_cache

from iam_watchdog.model import Words
from iam_watchdog.policy.call import Call
from iam_watchdog.policy.operators import MAKERS, Test, read_keys
from iam_watchdog.policy.truth import Truth, all_of, any_of

_ALL, _ANY, _IF_EXISTS = "forallvalues:", "foranyvalue:", "ifexists"


class Condition:
    """One operator on one key."""

    __slots__ = ("key", "missing", "name", "operator", "quantifier", "test", "values", "variables")

    def __init__(self, operator: str, key: str, values: Words, variables: bool) -> None:
        self.operator, self.name, self.values = operator, key, values
        self.key = key.lower()
        self.quantifier, base, if_exists = _split(operator)
        self.variables = read_keys(values) if variables else ()
        self.test: Test | None = None
        self.missing = False
        if base != "null":
            make, negated = MAKERS[base]
            self.test = make(values, variables)
            self.missing = negated or if_exists

    def holds(self, call: Call) -> Truth:
        """Is the condition met? None: the key, or a variable that decides, is not known."""
        values = call.values(self.key)
        if values is None:
            return None
        if self.test is None:
            return ("true" if values is False else "false") in (value.lower() for value in self.values)
        if self.quantifier == _ALL:
            return all_of(self.test(value, call) for value in values or ())
        if self.quantifier == _ANY:
            # Asked of each value that is there; with none there is nothing that could answer, IfExists or not.
            return any_of(self.test(value, call) for value in values or ())
        if values is False:
            return self.missing
        # A list needs a set operator; without one the condition is not met, negated or not.
        return False if call.several(self.key, values) else self.test(values[0], call)


def known(operator: str) -> bool:
    """Is it an operator of the policy language?"""
    quantifier, base, if_exists = _split(operator)
    return base in MAKERS or (base == "null" and not if_exists and not quantifier)


@lru_cache(maxsize=1024)
def _split(operator: str) -> tuple[str, str, bool]:
    name = operator.lower()
    quantifier = next((q for q in (_ALL, _ANY) if name.startswith(q)), "")
    name = name.removeprefix(quantifier)
    return quantifier, name.removesuffix(_IF_EXISTS), name.endswith(_IF_EXISTS)
