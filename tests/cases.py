"""One account to judge: a mute function that may be mended unasked, and a reader whose fix a person may approve."""

from __future__ import annotations

import json
from dataclasses import replace

from iam_watchdog import guard
from iam_watchdog.detect.scope import scope
from iam_watchdog.model import (
    AddInvokePermission,
    AddRoleStatements,
    Allow,
    Answer,
    AttachManagedPolicy,
    Confidence,
    Denial,
    Diagnosis,
    Evidence,
    Function,
    Kind,
    Layer,
    Plan,
    Policy,
    Proof,
    Role,
    Target,
    Verdict,
    Witness,
)
from iam_watchdog.ports import Mode, Settings
from tests.fakes import NOON

ACCOUNT, REGION = "111122223333", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app/shop-role"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/dev-boundary"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/shop"
OBJECT = "arn:aws:s3:::orders/incoming/1.csv"
NARROW = ("s3:GetObject", "dynamodb:PutItem", "logs:PutLogEvents", "sqs:SendMessage", "kms:Decrypt")

SETTINGS = Settings(
    account=ACCOUNT,
    region=REGION,
    mode=Mode.AUTO,
    dev_accounts=(ACCOUNT,),
    approvals=True,
    approvers=("U1",),
    allow_listed={BASIC: "pinned"},
    inline_boundary=BOUNDARY,
)


def document(*statements: dict[str, object]) -> str:
    """A policy document as AWS returns it."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


CEILING = document(
    {"Effect": "Allow", "Action": "*", "Resource": "*"},
    {"Effect": "Deny", "Action": sorted(a for every in guard.NEVER.values() for a in every), "Resource": "*"},
)
"""A boundary that lets everything through but the never list."""

function = Function(arn=FUNCTION, role=ROLE, log_group="/aws/lambda/shop", tags={"iam-watchdog": "approve"})
role = Role(arn=ROLE, id="AROASHOP", boundary=BOUNDARY, tags={"iam-watchdog": "auto-fix"})
evidence = Evidence(
    at=NOON,
    function=function,
    role=role,
    targets=(Target(OBJECT, ACCOUNT),),
    policies=(Policy(Layer.BOUNDARY, BOUNDARY, CEILING, ROLE),),
    facts={"source_targets_function": "true"},
)
denial = Denial(
    witness=Witness.CONFIG,
    at=NOON,
    account=ACCOUNT,
    region=REGION,
    function="shop",
    qualifier="$LATEST",
    principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/shop-role/shop",
    action="s3:GetObject",
    resource=OBJECT,
    scope=scope("s3:GetObject", OBJECT),
)
found = Diagnosis(
    rule="identity_missing_allow",
    layer=Layer.IDENTITY,
    because="No statement allows it.",
    confidence=Confidence.VERIFIED,
    bound=True,
    verdict=Verdict(Answer.IMPLICIT, {Layer.IDENTITY: Answer.IMPLICIT}),
)
holds = Proof(Answer.IMPLICIT, Answer.ALLOWED)
mending = Plan((AttachManagedPolicy(ROLE, BASIC),), holds, {"role": "AROASHOP"})
reading = Plan(
    (
        AddRoleStatements(
            ROLE,
            (
                Allow(
                    ("s3:GetObject",),
                    ("arn:aws:s3:::orders/incoming/*",),
                    (("StringEquals", "aws:ResourceAccount", (ACCOUNT,)),),
                ),
            ),
        ),
    ),
    holds,
    {},
)
starting = Plan(
    (
        AddInvokePermission(
            FUNCTION, None, "events.amazonaws.com", f"arn:aws:events:{REGION}:{ACCOUNT}:rule/daily", None
        ),
    ),
    holds,
    {},
)
invoked = replace(
    denial,
    kind=Kind.INVOKE_PERMISSION,
    action="lambda:InvokeFunction",
    principal="events.amazonaws.com",
    source_arn=f"arn:aws:events:{REGION}:{ACCOUNT}:rule/daily",
)


def statements(actions: tuple[str, ...], *resources: str, account: str = ACCOUNT) -> Plan:
    """A plan that would put these actions on these resources."""
    allow = Allow(actions, resources, (("StringEquals", "aws:ResourceAccount", (account,)),) if account else ())
    return replace(reading, grants=(AddRoleStatements(ROLE, (allow,)),))
