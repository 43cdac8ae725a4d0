"""Whether a permissions boundary keeps out what must never be granted: our evaluator's word, action by action."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from iam_watchdog import policy
from iam_watchdog.guard.lists import NEVER, NEVER_SERVICES
from iam_watchdog.model import Answer, Layer, Policy, Request, Words

_ALL = Policy(
    Layer.IDENTITY,
    "everything",
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
)
PROBE = "iam-watchdog-probe"


@lru_cache(maxsize=32)
def keeps_out_never(boundary: str, role: str, account: str) -> bool:
    """True if the document certainly denies every action of the never list on everything that it allows anything on.

    Conditions count as unknown, and unknown is not a denial. Only the boundary's own answer is asked: another layer
    may deny today and allow tomorrow.
    """
    ceiling = Policy(Layer.BOUNDARY, "boundary", boundary, on=role)
    for action in (action for actions in NEVER.values() for action in actions):
        for resource in samples(boundary, action, account):
            request = Request(role, action, resource, account, closed=False)
            answer = policy.decide(request, (_ALL, ceiling)).layers.get(Layer.BOUNDARY)
            if answer not in (Answer.IMPLICIT, Answer.EXPLICIT):
                return False
    return True


def boundary_document() -> str:
    """A boundary that passes this test: everything but the never list. Owners may allow less, never more."""
    denied = [f"{service}:*" for service in sorted(NEVER_SERVICES)]
    denied += sorted(a for actions in NEVER.values() for a in actions if a.split(":")[0] not in NEVER_SERVICES)
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Sid": "Never", "Effect": "Deny", "Action": denied, "Resource": "*"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def samples(boundary: str, action: str, account: str) -> Words:
    """One resource inside each pattern that the document allows something on, and one that nobody wrote down."""
    written = {r.replace("*", PROBE).replace("?", "x") for r in _allowed_on(boundary)}
    anything = f"arn:aws:{action.split(':')[0]}:us-east-1:{account}:{PROBE}"
    return tuple(sorted(r for r in written if r.startswith("arn:"))) + (anything,)


def _allowed_on(boundary: str) -> list[str]:
    try:
        statements: Any = json.loads(boundary)["Statement"]
    except (ValueError, KeyError, TypeError):
        return []
    statements = statements if isinstance(statements, list) else [statements]
    found: list[str] = []
    for statement in statements:
        if isinstance(statement, dict) and statement.get("Effect") == "Allow":
            resources = statement.get("Resource", [])
            found.extend([resources] if isinstance(resources, str) else [str(r) for r in resources])
    return found
