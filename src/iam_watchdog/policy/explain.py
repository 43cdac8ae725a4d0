"""Why: the statements that decide, those that nearly matched and what kept them, and what nobody knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from iam_watchdog.model import Answer, Finding, Layer, Missed, Policy, Words
from iam_watchdog.policy.call import Call
from iam_watchdog.policy.conditions import Condition
from iam_watchdog.policy.document import prepare
from iam_watchdog.policy.grant import Weights, grantable, must_take_part
from iam_watchdog.policy.statement import Statement
from iam_watchdog.policy.truth import Truth
from iam_watchdog.policy.weigh import RESOURCES, Hit

_NEAR = 24
"""Near misses shown at most; the closest first."""
_CLOSE = {"condition": 0, "principal": 1, "resource": 2, "action": 3}


def deciding(answer: Answer, weights: Weights) -> tuple[Finding, ...]:
    """The statements that make the answer; an implicit deny has none."""
    if answer is Answer.IMPLICIT:
        return ()
    hits = [hit for weight in weights.values() for hit in weight.hits if hit.sure is (answer is not Answer.UNKNOWN)]
    if answer is not Answer.UNKNOWN:
        hits = [hit for hit in hits if hit.statement.raw.allow is (answer is Answer.ALLOWED)]
    return tuple(_finding(hit.policy, hit.statement) for hit in hits)


def _finding(policy: Policy, statement: Statement, missed: Missed | None = None) -> Finding:
    effect = {True: "Allow", False: "Deny"}.get(statement.raw.allow is True, "Deny")
    return Finding(policy.layer, policy.name, statement.raw.number, statement.raw.sid, effect, missed)


# ---------------------------------------------------------------- near misses


def near(call: Call, policies: Sequence[Policy], weights: Weights) -> tuple[Finding, ...]:
    """Allow statements of the layers that do not allow which miss the call by one element only."""
    silent = {layer for layer, weight in weights.items() if weight.allow is not True}
    found = [
        _finding(policy, statement, missed)
        for policy in policies
        if policy.layer in silent
        for statement, acts in _allows(policy, call)
        for missed in _missed(statement, acts, call)
    ]
    return tuple(sorted(found, key=lambda f: _CLOSE[f.missed.element if f.missed else "action"])[:_NEAR])


def _allows(policy: Policy, call: Call) -> Iterator[tuple[Statement, bool]]:
    """The Allows of a document about this service, and whether they may cover the action."""
    document = prepare(policy.text, policy.layer)
    acting = {statement for statement, _ in document.about(call.action)}
    for statement in document.statements:
        if statement.raw.allow and (statement in acting or call.service in statement.services):
            yield statement, statement in acting


def _missed(statement: Statement, acts: bool, call: Call) -> Iterator[Missed]:
    """The one element that failed; nothing if more than one did."""
    covers, names = statement.covers(call) is not False, statement.names(call)[1] is not False
    if acts + covers + names < 2:
        return
    holds, raw = statement.holds(call) is not False, statement.raw
    if acts + covers + names + holds != 3:
        return
    if not acts:
        yield Missed("action", raw.actions, (call.request.action,), inverted=raw.not_action)
    elif not covers:
        yield Missed("resource", raw.resources or (), (call.resource,), inverted=raw.not_resource)
    elif not names:
        yield Missed(
            "principal",
            tuple(value for _, value in raw.principals or ()),
            (call.caller.text,),
            inverted=raw.not_principal,
        )
    else:
        yield from (_unmet(c, call) for c in statement.conditions if c.holds(call) is False)


def _unmet(condition: Condition, call: Call) -> Missed:
    values = call.values(condition.key)
    actual = values if isinstance(values, tuple) else ()
    return Missed("condition", condition.values, actual, condition.name, condition.operator)


# ---------------------------------------------------------------- what nobody knows


def doubts(  # noqa: PLR0913 (the whole of one decision)
    call: Call,
    answer: Answer,
    weights: Weights,
    unread: Collection[Layer],
    tolerate: Collection[Layer],
    grants: Truth = None,
) -> Words:
    """One sentence for each thing that is not known; those of tolerated layers even when the answer is certain."""
    found = [f"the {layer.value} layer could not be read" for layer in unread if layer in tolerate]
    if answer is Answer.UNKNOWN:
        found += [f"the {layer.value} layer could not be read" for layer in unread if layer not in tolerate]
        found += _missing(call, weights, grants)
    if answer in (Answer.UNKNOWN, Answer.IMPLICIT):
        hits = (hit for weight in weights.values() for hit in weight.hits if not hit.sure)
        found += [sentence for hit in hits for sentence in _doubt(hit, call)]
    return tuple(dict.fromkeys(found))


def _missing(call: Call, weights: Weights, grants: Truth) -> Iterator[str]:
    if must_take_part(call) and not RESOURCES & weights.keys():
        yield f"the policy of {call.resource} was not given, and it has to allow the call"
    if not call.account:
        yield f"the account that owns {call.resource} is not known"
    if grants is None and grantable(call) and not call.closed:
        yield f"a grant on {call.resource} could allow the call"
    if call.caller.text.endswith(":root"):
        yield "what the root user may do is not decided by identity policies"


def _doubt(hit: Hit, call: Call) -> Iterator[str]:
    place = f"{hit.policy.name} statement {hit.statement.raw.number + 1}"
    if hit.statement.raw.allow is None:
        yield f"{place}: its effect could not be read"
    for element, answer in hit.statement.elements(call):
        if answer is None and element != "condition":
            yield (
                f"{place}: {_WHY[element]}"
                if element not in hit.statement.raw.broken
                else f"{place}: its {element} is malformed"
            )
    if "condition" in hit.statement.raw.broken:
        yield f"{place}: its condition is malformed"
    for condition in hit.statement.conditions:
        if condition.holds(call) is None:
            yield f"{place}: {_unknown_key(condition, call)}"


_WHY = {
    "action": "AWS does not document a wildcard in the service part of an action",
    "resource": "AWS does not document how its resource pattern is read here",
    "principal": "NotPrincipal lists the caller only in part (role, session and account have to be listed)",
}


def _unknown_key(condition: Condition, call: Call) -> str:
    unknown = [key for key in (condition.key, *condition.variables) if call.values(key) is None]
    if not unknown:
        return f"AWS does not document how {condition.operator} reads the value of {condition.name}"
    if unknown[0] != condition.key:
        return f"the value of {unknown[0]} is not known"
    return f"the value of {condition.name} is not known ({condition.operator} {', '.join(condition.values[:3])})"
