"""Builders for tests: a denial of one function, and the evidence of an account where everything was read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from iam_watchdog.model import (
    Change,
    Denial,
    Diagnosis,
    Effect,
    Evidence,
    Function,
    Kind,
    Layer,
    Message,
    Policy,
    Role,
    Target,
    Unread,
    Witness,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ACCOUNT, REGION, NAME = "111122223333", "eu-west-1", "orders"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app/orders-role"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/orders-role/{NAME}"
GROUP = f"/aws/lambda/{NAME}"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/dev-boundary"
OBJECT = "arn:aws:s3:::orders-in/incoming/2026/1.csv"
BUCKET = "arn:aws:s3:::orders-in"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders-queue"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def allow(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """One Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """One Deny statement."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> str:
    """A policy document as AWS returns it."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def identity(*statements: dict[str, Any], name: str = "inline/reader") -> Policy:
    """An inline policy of the execution role."""
    return Policy(Layer.IDENTITY, name, document(*statements), ROLE)


def boundary(*statements: dict[str, Any]) -> Policy:
    """The role's permissions boundary."""
    return Policy(Layer.BOUNDARY, BOUNDARY, document(*statements), ROLE)


def resource(on: str, *statements: dict[str, Any], name: str = "bucket policy") -> Policy:
    """The policy of a bucket, queue, key."""
    return Policy(Layer.RESOURCE, name, document(*statements), on)


def of(layer: Layer, *statements: dict[str, Any], name: str = "", on: str = "") -> Policy:
    """A document of any layer."""
    return Policy(layer, name or str(layer), document(*statements), on)


def trust(text: dict[str, Any] = TRUST) -> Policy:
    """The execution role's trust policy."""
    return Policy(Layer.TRUST, "trust", json.dumps(text), ROLE)


def key_policy(*statements: dict[str, Any]) -> Policy:
    """A key policy; without statements the default one, which leaves it to IAM."""
    root = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    return resource(KEY, *(statements or (root,)), name="key policy")


def encrypted(arn: str = BUCKET) -> tuple[Target, Target]:
    """A target that a customer key encrypts, and the key, without grants."""
    return (Target(arn, ACCOUNT, KEY), Target(KEY, ACCOUNT, traits={"grants": "[]", "state": "Enabled"}))


def function(**fields: Any) -> Function:
    """The function of these tests."""
    given: dict[str, Any] = {"arn": FUNCTION, "role": ROLE, "log_group": GROUP, "code_sha": "sha256-of-code"}
    return Function(**{**given, **fields})


def role(**fields: Any) -> Role:
    """Its execution role."""
    return Role(**{"arn": ROLE, "id": "AROAEXAMPLEID", **fields})


def evidence(
    *policies: Policy,
    targets: Sequence[Target] = (),
    unread: Sequence[Unread] = (),
    changes: Sequence[Change] = (),
    **fields: Any,
) -> Evidence:
    """Everything that was read: function, role, its trust policy, and these documents."""
    given: dict[str, Any] = {"at": NOON, "function": function(), "role": role()}
    return Evidence(
        policies=(*policies, *(() if any(p.layer is Layer.TRUST for p in policies) else (trust(),))),
        targets=tuple(targets),
        unread=tuple(unread),
        changes=tuple(changes),
        **{**given, **fields},
    )


def denial(action: str = "s3:GetObject", on: str | None = OBJECT, **fields: Any) -> Denial:
    """One refused call, as the function's own log tells it."""
    given: dict[str, Any] = {
        "witness": Witness.LOG,
        "at": NOON,
        "account": ACCOUNT,
        "region": REGION,
        "function": NAME,
        "qualifier": "$LATEST",
        "principal": SESSION,
        "action": action,
        "resource": on,
        "scope": on or "",
        "origin": f"{GROUP} 2026/11/23/[$LATEST]0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    }
    return Denial(**{**given, **fields})


def said(layer: Layer | None, effect: Effect | None = Effect.IMPLICIT, **fields: Any) -> Message:
    """What the message claims about layer and effect."""
    return Message(Kind.IAM_DENIAL, layer=layer, effect=effect, **fields)


def claiming(found: Denial, layer: Layer | None, effect: Effect | None = Effect.IMPLICIT, **fields: Any) -> Denial:
    """The same denial with a message that names a layer."""
    return replace(found, said=said(layer, effect, **fields))


def documents(found: Diagnosis) -> list[dict[str, Any]]:
    """The policy documents of all fixes, as a person would paste them."""
    from iam_watchdog.remedy.document import document as as_document  # noqa: PLC0415

    return [d for d in (as_document(fix) for fix in found.fixes) if d]
