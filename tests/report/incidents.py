"""Small builders of incidents, so that reports can be read and tested without the rest of the pipeline."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from iam_watchdog.model import (
    WATCHDOG,
    AddRoleStatements,
    Advice,
    Allow,
    Answer,
    Change,
    Confidence,
    Denial,
    Diagnosis,
    Fact,
    Finding,
    Fix,
    Incident,
    Layer,
    Missed,
    Plan,
    Proof,
    Proposed,
    Request,
    Role,
    Seen,
    Unread,
    Verdict,
    Witness,
)
from iam_watchdog.ports import Settings
from iam_watchdog.records import plan_hash

NOW = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/orders-api-role"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/orders-api-role/orders-api"
BUCKET_KEY = "arn:aws:s3:::orders-incoming/2026/11/order-1.json"
SETTINGS = Settings(
    account=ACCOUNT, region="eu-central-1", account_alias="prod", approvals=True, approvers=("U0ALICE",)
)


def minutes(n: float) -> datetime:
    """So many minutes before now."""
    return NOW - timedelta(minutes=n)


def denial(**other: Any) -> Denial:
    """A refused GetObject that CloudTrail confirms."""
    given: dict[str, Any] = {
        "witness": Witness.CLOUDTRAIL,
        "at": minutes(10),
        "account": ACCOUNT,
        "region": "eu-central-1",
        "function": "orders-api",
        "qualifier": "$LATEST",
        "principal": SESSION,
        "action": "s3:GetObject",
        "resource": BUCKET_KEY,
        "scope": "arn:aws:s3:::orders-incoming/2026/11/",
        "origin": "/aws/lambda/orders-api 2026/11/23/[$LATEST]0123",
        "excerpt": f"User: {SESSION} is not authorized to perform: s3:GetObject on resource: {BUCKET_KEY} because no "
        "identity-based policy allows the s3:GetObject action",
    }
    return Denial(**{**given, **other})


def near_miss() -> Finding:
    """An Allow that names the bucket instead of its objects."""
    missed = Missed("resource", ("arn:aws:s3:::orders-incoming",), (BUCKET_KEY,))
    return Finding(Layer.IDENTITY, "inline/data", 0, "ReadOrders", "Allow", missed)


def verdict(**other: Any) -> Verdict:
    """Refused because nothing on the role allows it; the boundary would, SCPs could not be read."""
    layers = {
        Layer.IDENTITY: Answer.IMPLICIT,
        Layer.BOUNDARY: Answer.ALLOWED,
        Layer.SCP: Answer.UNKNOWN,
        Layer.RESOURCE: Answer.ABSENT,
    }
    given: dict[str, Any] = {"answer": Answer.IMPLICIT, "layers": layers, "near": (near_miss(),)}
    return Verdict(**{**given, **other})


def grant() -> AddRoleStatements:
    """Exactly what was refused."""
    condition = (("StringEquals", "aws:ResourceAccount", (ACCOUNT,)),)
    return AddRoleStatements(ROLE, (Allow(("s3:GetObject",), ("arn:aws:s3:::orders-incoming/2026/11/*",), condition),))


def advice() -> Advice:
    """What a key's owner has to change."""
    key = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/0a1b2c3d-1111-2222-3333-444455556666"
    allow = Allow(("kms:Decrypt",), ("*",), principals=(("AWS", ROLE),), sid="OrdersApiDecrypts")
    return Advice(Layer.RESOURCE, key, "The key's owner lets the role decrypt", (allow,))


def diagnosis(*fixes: Fix, **other: Any) -> Diagnosis:
    """The role lacks an Allow on the objects."""
    given: dict[str, Any] = {
        "rule": "s3_object_on_bucket_arn",
        "layer": Layer.IDENTITY,
        "because": "The role allows s3:GetObject on the bucket's ARN, but objects have their own: bucket/key.",
        "confidence": Confidence.VERIFIED,
        "bound": True,
        "verdict": verdict(),
        "fixes": fixes or (grant(),),
        "notes": ("The message names the identity layer, and so does the evaluation.",),
        "request": Request(SESSION, "s3:GetObject", BUCKET_KEY, ACCOUNT),
    }
    return Diagnosis(**{**given, **other})


PROOF = Proof(Answer.IMPLICIT, Answer.ALLOWED, probes=212)


def proposed(found: Diagnosis | None = None, **other: Any) -> Proposed:
    """A proposal whose Apply a person may press; advice if its fix is one."""
    found = found or diagnosis()
    grants = tuple(f for f in found.fixes if not isinstance(f, Advice))
    plan = Plan(grants, PROOF, {"role": "AROAORDERS"}) if grants and len(grants) == len(found.fixes) else None
    given: dict[str, Any] = {
        "at": minutes(9),
        "diagnosis": found,
        "plan": plan,
        "proof": PROOF if plan else None,
        "refusals": {WATCHDOG: ("tag",), "person": () if plan else ("not_a_grant",)},
        "role": Role(ROLE, "AROAORDERS"),
        "unread": (Unread(Layer.SCP, "service control policies", "members of an organization cannot read them"),),
        "nonce": "n0nce",
        "plan_hash": plan_hash(plan) if plan else "",
        "function_arn": f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:orders-api",
        "changes": (Change(minutes(14), f"arn:aws:iam::{ACCOUNT}:user/alice", "DeleteRolePolicy", ROLE),),
    }
    return Proposed(**{**given, **other})


def incident(*facts: Fact, of: Denial | None = None, **other: Any) -> Incident:
    """An incident with its first sight and these facts."""
    denied = of or denial()
    first = Seen(denied.at, denied, 14, minutes(1))
    given: dict[str, Any] = {
        "id": denied.fingerprint,
        "cycle": 1,
        "denial": denied,
        "occurrences": 14,
        "first_seen": denied.at,
        "last_seen": minutes(1),
        "facts": (first, *facts),
    }
    return Incident(**{**given, **other})


def with_facts(before: Incident, *facts: Fact) -> Incident:
    """The same incident, later."""
    return replace(before, facts=(*before.facts, *facts))
