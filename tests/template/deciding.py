"""Our own evaluator over the translated roles: what may this role do, given these condition keys?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from iam_watchdog import policy
from iam_watchdog.model import Answer, Layer, Policy, Request, Verdict
from tests.template import translate
from tests.template.translate import ACCOUNT

MULTIVALUED = frozenset({"dynamodb:leadingkeys"})
_GENEROUS = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": ["kms:*", "sts:*"], "Resource": "*"}]}
)
"""A key with AWS's default policy, a role that trusts its whole account: the caller's own policies decide."""


def listed(value: Any) -> list[Any]:
    """IAM's way of writing one thing for a list of one."""
    return value if isinstance(value, list) else [value]


def properties(name: str, logical: str) -> dict[str, Any]:
    """One resource's properties under one parameter set."""
    found: dict[str, Any] = translate.deployed(name)[logical]["Properties"]
    return found


def documents(name: str, role: str) -> list[dict[str, Any]]:
    """Every identity policy of a role: inline, attached, and put on it by a resource of its own."""
    resources = translate.deployed(name)
    own = properties(name, role)
    managed = {_arn(k): k for k in resources if resources[k]["Type"] == "AWS::IAM::ManagedPolicy"}
    attached = [properties(name, managed[arn])["PolicyDocument"] for arn in own.get("ManagedPolicyArns", [])]
    apart = [
        r["Properties"]["PolicyDocument"]
        for r in resources.values()
        if r["Type"] == "AWS::IAM::Policy" and own["RoleName"] in r["Properties"]["Roles"]
    ]
    return [*(p["PolicyDocument"] for p in own.get("Policies", [])), *attached, *apart]


def _arn(logical: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:policy/iam-watchdog-{logical.lower()}-1abc"


def policies(name: str, role: str) -> list[Policy]:
    """The role's identity policies and its permissions boundary."""
    found = [Policy(Layer.IDENTITY, f"identity[{i}]", json.dumps(d)) for i, d in enumerate(documents(name, role))]
    boundary = properties(name, role).get("PermissionsBoundary")
    if boundary:
        managed = next(k for k in translate.deployed(name) if _arn(k) == boundary)
        text = json.dumps(properties(name, managed)["PolicyDocument"])
        found.append(Policy(Layer.BOUNDARY, "boundary", text))
    return found


def session(name: str, role: str, called: str) -> str:
    """The ARN of a session of a role."""
    return f"arn:aws:sts::{ACCOUNT}:assumed-role/{properties(name, role)['RoleName']}/{called}"


def decide(
    name: str, role: str, action: str, resource: str, context: Mapping[str, tuple[str, ...]], called: str = "wd-test"
) -> Verdict:
    """What IAM would say to a session of this role; a key that is not in the context is absent."""
    owner = resource.split(":")[4] or ACCOUNT if resource.startswith("arn:") else ACCOUNT
    request = Request(session(name, role, called), action, resource, owner, context, multivalued=MULTIVALUED)
    theirs = {"kms": Layer.RESOURCE, "sts": Layer.TRUST}.get(action.split(":")[0])
    generous = [Policy(theirs, "theirs", _GENEROUS, on=resource)] if theirs else []
    return policy.decide(request, [*policies(name, role), *generous])


def allowed(verdict: Verdict) -> bool:
    """A certain yes; anything else has to be a certain no."""
    assert verdict.answer is Answer.ALLOWED or verdict.denied, (verdict.answer, verdict.unknown, verdict.problems)
    assert not verdict.problems, verdict.problems
    return verdict.answer is Answer.ALLOWED
