"""Random requests and policies from small vocabularies, so that statements often match; for Hypothesis and for loops.

Everything is made by asking `of` to choose from a sequence: Hypothesis chooses and shrinks, or a seeded Random does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from iam_watchdog.model import Layer, Policy, Request

type Of = Callable[[Sequence[Any]], Any]

patient = settings(deadline=None, derandomize=True)
A, B = "111111111111", "222222222222"
ROLE, USER = f"arn:aws:iam::{A}:role/App", f"arn:aws:iam::{A}:user/bob"
SESSION = f"arn:aws:sts::{A}:assumed-role/App/s1"
CALLS = (
    ("s3:GetObject", "arn:aws:s3:::b/in/k"),
    ("s3:PutObject", "arn:aws:s3:::b/in/k"),
    ("s3:ListBucket", "arn:aws:s3:::b"),
    ("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{A}:q"),
    ("dynamodb:Query", f"arn:aws:dynamodb:us-east-1:{A}:table/T/index/I"),
    ("lambda:InvokeFunction", f"arn:aws:lambda:us-east-1:{A}:function:f"),
    ("kms:Decrypt", f"arn:aws:kms:us-east-1:{A}:key/1"),
    ("sts:AssumeRole", f"arn:aws:iam::{A}:role/Target"),
    ("ec2:DescribeInstances", "*"),
)
ACTIONS = (*(action for action, _ in CALLS), "s3:*", "*", "s3:Get*", "sqs:?endMessage", "kms:*", "iam:PassRole")
RESOURCES = (
    *(place for _, place in CALLS),
    "*",
    "*",
    "arn:aws:s3:::b/*",
    f"arn:aws:sqs:*:{A}:*",
    "arn:aws:s3:::b/${k:a}",
)
KEYS = {"k:a": ("x", "y", "in"), "k:b": ("1", "10"), "k:c": ("true", "false"), "aws:TagKeys": ("t", "u")}
OPERATORS = {
    "k:a": ("StringEquals", "StringNotEquals", "StringLike", "StringEqualsIfExists", "Null"),
    "k:b": ("NumericEquals", "NumericLessThan", "NumericNotEqualsIfExists"),
    "k:c": ("Bool", "BoolIfExists"),
    "aws:TagKeys": ("ForAllValues:StringEquals", "ForAnyValue:StringEquals", "ForAnyValue:StringNotLike"),
}
NAMES = ("*", ROLE, SESSION, USER, A, B, f"arn:aws:iam::{A}:root")
CEILINGS = (Layer.BOUNDARY, Layer.SESSION, Layer.SCP, Layer.VPCE)
NAMING = (Layer.RESOURCE, Layer.RCP, Layer.VPCE)


def few(of: Of, choices: Sequence[Any]) -> list[Any]:
    """One or two of them."""
    return [of(choices) for _ in range(of((1, 1, 2)))]


def statement(of: Of, layer: Layer, effect: str | None = None) -> dict[str, Any]:
    """A statement as it may stand in a policy of that layer; an RCP only denies."""
    chosen = effect or of(("Allow", "Allow", "Deny"))
    made = {"Effect": "Deny" if layer is Layer.RCP else chosen}
    made |= {"Action": few(of, ACTIONS), "Resource": few(of, RESOURCES)}
    if layer in NAMING:
        made["Principal"] = {"AWS": "*" if layer is Layer.RCP else of(NAMES)}
    if of((True, False, False)):
        key = of(sorted(KEYS))
        operator = of(OPERATORS[key])
        made["Condition"] = {operator: {key: few(of, ("true", "false") if operator == "Null" else KEYS[key])}}
    return made


def written(layer: Layer, *content: dict[str, Any], level: int = 0) -> Policy:
    """Statements as a policy of the present version."""
    return Policy(layer, "p", json.dumps({"Version": "2012-10-17", "Statement": list(content)}), level=level)


def document(of: Of, layer: Layer | None = None) -> Policy:
    """A policy of one to three statements."""
    at = layer or of((Layer.IDENTITY, Layer.IDENTITY, *CEILINGS, *NAMING))
    content = [statement(of, at) for _ in range(of((1, 2, 3)))]
    return written(at, *content, level=of((0, 1)) if at is Layer.SCP else 0)


def request(of: Of, closed: bool = True) -> Request:
    """A call of a role's session or of a user, to its own account or another."""
    action, resource = of(CALLS)
    context = {key: (of(values),) for key, values in KEYS.items() if of((True, False))}
    principal, owner = of((SESSION, SESSION, USER)), of((A, A, B))
    context["aws:PrincipalArn"] = (ROLE if principal == SESSION else USER,)
    return Request(principal, action, resource.replace(A, owner), owner, context, closed, frozenset({"aws:tagkeys"}))


def _chooser(draw: st.DrawFn) -> Of:
    return lambda choices: draw(st.sampled_from(choices))


@st.composite
def statements(draw: st.DrawFn, layer: Layer, effect: str | None = None) -> dict[str, Any]:
    return statement(_chooser(draw), layer, effect)


@st.composite
def policies(draw: st.DrawFn, layer: Layer | None = None) -> Policy:
    return document(_chooser(draw), layer)


@st.composite
def requests(draw: st.DrawFn, closed: bool = True) -> Request:
    return request(_chooser(draw), closed)


sets = st.lists(policies(), max_size=5)
