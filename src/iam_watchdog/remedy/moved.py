"""What a function lost by running as another role: the earlier role's statements that it used, or that role again."""

from __future__ import annotations

import json
from collections.abc import Iterator

from iam_watchdog import policy
from iam_watchdog.model import AddRoleStatements, Advice, Answer, Change, Evidence, Layer, Policy, Request
from iam_watchdog.policy.statement import Raw
from iam_watchdog.remedy import put_back
from iam_watchdog.remedy.before import known, moved_from
from iam_watchdog.remedy.companions import implied
from iam_watchdog.remedy.document import policy_document
from iam_watchdog.remedy.proving import as_policy
from iam_watchdog.remedy.removed import Removed
from iam_watchdog.remedy.within import allow_of, malformed, plain, raws


def moved(change: Change, request: Request, evidence: Evidence) -> Removed | None:
    """What the role before allowed of this call and all that it implies; without its Deny that would be wider.

    Then only the role itself can come back, which is for whoever deploys the function.
    """
    earlier, role, function = moved_from(change), evidence.role, evidence.function
    if not earlier or role is None or function is None or change.on != function.name:
        return None
    held = tuple(_held(change, role.arn))
    if not held or any(malformed(p.text, p.layer) for p in held):
        return None
    again = Advice(Layer.IDENTITY, function.arn, put_back.role(function.arn, earlier))
    words = f"let it run as role {put_back.short(earlier)} again"
    asked = (request, *implied(request, evidence))
    used = tuple(raw for raw in raws(held) if plain(raw) and any(_allows(raw, one, role.arn) for one in asked))
    fix = AddRoleStatements(role.arn, tuple(dict.fromkeys(allow_of(raw) for raw in used)))
    back = as_policy(fix, evidence)
    if back is None or not all(raw.allow for raw in raws(held)):
        return Removed(change, again, held, words)
    return Removed(change, fix, (back,), words, or_else=(again,))


def _held(change: Change, role: str) -> Iterator[Policy]:
    """The earlier role's documents, as if they stood on the present one."""
    found = known(change).get("policies")
    for each in found if isinstance(found, list) else ():
        if isinstance(each, list) and len(each) == 2 and all(isinstance(text, str) for text in each):
            yield Policy(Layer.IDENTITY, each[0], each[1], role)


def _allows(raw: Raw, request: Request, role: str) -> bool:
    text = json.dumps(policy_document([allow_of(raw)]))
    said = policy.decide(request, (Policy(Layer.IDENTITY, "earlier", text, role),))
    return said.layers.get(Layer.IDENTITY) is Answer.ALLOWED
