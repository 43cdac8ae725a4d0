"""EC2's encoded authorization failures: decoded where permitted, thrown away where they speak of another call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.piece import Piece, Read
from iam_watchdog.aws.read.principal import role_of
from iam_watchdog.model import Denial, Layer
from iam_watchdog.records import canonical

ACTIONS = ("sts:DecodeAuthorizationMessage",)
LONGEST = 10_240
"""https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html"""


def reads(denial: Denial, account: Account) -> tuple[Read, ...]:
    """One call for a denial that carries a message to decode."""
    encoded = denial.said.encoded if denial.said else None
    if not encoded or len(encoded) > LONGEST:
        return ()
    call = partial(_decoded, denial, encoded, account)
    return (Read("encoded authorization failure message", (Layer.IDENTITY,), call, decides=False),)


def _decoded(denial: Denial, encoded: str, account: Account) -> Piece:
    region, operation = denial.region, "decode_authorization_message"
    found = account.clients.read("sts", operation, region=region, EncodedMessage=encoded)
    answer = json.loads(found["DecodedMessage"])
    if why := differs(denial, answer):
        return Piece(facts={"decoded_discarded": f"the encoded message speaks of another call: {why}"})
    return Piece(facts={"decoded": canonical(_kept(answer))})


def differs(denial: Denial, answer: Mapping[str, Any]) -> str:
    """Where the decoded message and the denial part, or ""; anyone can print a message that he got elsewhere."""
    context = answer.get("context", {})
    if answer.get("allowed"):
        return "it was allowed"
    decoded, named = role_of(context.get("principal", {}).get("arn")), role_of(denial.principal)
    if decoded is None or (named and decoded != named):
        return f"its principal is {context.get('principal', {}).get('arn', 'not told')}"
    if denial.action and str(context.get("action", "")).lower() != denial.action.lower():
        return f"its action is {context.get('action', 'not told')}"
    if denial.resource not in (None, "*", context.get("resource")):
        return f"its resource is {context.get('resource', 'not told')}"
    return ""


def _kept(answer: Mapping[str, Any]) -> dict[str, Any]:
    context = answer.get("context", {})
    return {
        "explicitDeny": bool(answer.get("explicitDeny")),
        "matchedStatements": answer.get("matchedStatements", {}),
        **{name: context.get(name) for name in ("action", "resource", "conditions")},
    }
