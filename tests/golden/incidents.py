"""What the account looks like in each golden incident; the denial itself comes from events/<rule>.json."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from iam_watchdog.detect import cloudtrail, denials, subscription
from iam_watchdog.detect.ground import Ground
from iam_watchdog.model import Change, Denial, Evidence, Layer, Target, Unread, Witness
from iam_watchdog.records import load
from tests.rules.cases import (
    ACCOUNT,
    BOUNDARY,
    BUCKET,
    KEY,
    NOON,
    QUEUE,
    REGION,
    ROLE,
    allow,
    boundary,
    deny,
    encrypted,
    evidence,
    function,
    identity,
    key_policy,
    of,
    resource,
    role,
    trust,
)

EVENTS = Path(__file__).parents[2] / "events"
READS = identity(allow("s3:GetObject", f"{BUCKET}/*", Sid="ReadOrders"))
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:prod/orders-db-AbC12x"
FOREIGN = "arn:aws:sqs:eu-west-1:444455556666:orders-queue"
EC2_ONLY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
UNREAD_SCP = Unread(Layer.SCP, "service control policies", "AccessDenied: organizations:ListPoliciesForTarget")
ALICE = Change(
    NOON - timedelta(hours=2), f"arn:aws:iam::{ACCOUNT}:user/alice", "DeleteRolePolicy", ROLE, "policy read-orders"
)

ACCOUNTS: Mapping[str, Evidence] = {
    "wrong_role": evidence(targets=[Target(TABLE, ACCOUNT)], facts={"other_role": f"{ROLE}-old"}),
    "explicit_deny": evidence(
        READS,
        resource(BUCKET, deny("s3:GetObject", f"{BUCKET}/incoming/*", Principal="*", Sid="NoReaders")),
        targets=[Target(BUCKET, ACCOUNT)],
    ),
    "organization_policy": evidence(identity(allow("bedrock:InvokeModel")), unread=[UNREAD_SCP]),
    "permissions_boundary": evidence(
        READS, boundary(allow("sqs:*")), role=role(boundary=BOUNDARY), targets=[Target(BUCKET, ACCOUNT)]
    ),
    "session_policy": evidence(READS, targets=[Target(BUCKET, ACCOUNT)]),
    "vpc_endpoint_policy": evidence(
        READS,
        of(Layer.VPCE, allow("s3:GetObject", "arn:aws:s3:::public-data/*", Principal="*"), on="vpce-0a1b2c3d4e5f60718"),
        function=function(in_vpc=True, vpc_id="vpc-0a1b2c3d"),
        targets=[Target(BUCKET, ACCOUNT)],
    ),
    "trust_policy": evidence(trust(EC2_ONLY)),
    "invoke_permission": evidence(facts={"source_exists": "true", "source_targets_function": "true"}),
    "env_kms_key": evidence(key_policy(), function=function(key=KEY, state_reason_code="KMSKeyAccessDenied")),
    "pass_role": evidence(identity(allow("ecs:RunTask"))),
    "logs_basic": evidence(role=role(tags={"iam-watchdog": "auto-fix"})),
    "vpc_access": evidence(function=function(in_vpc=True)),
    "kms_key_policy": evidence(
        identity(allow(["ssm:GetParameter", "kms:Decrypt"])),
        key_policy(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/key-admin"}, Sid="Admins")),
        targets=encrypted()[1:],
    ),
    "kms_missing_allow": evidence(READS, key_policy(), targets=encrypted()),
    "s3_missing_list": evidence(READS, targets=[Target(BUCKET, ACCOUNT)]),
    "already_allowed": evidence(
        identity(allow("secretsmanager:GetSecretValue", SECRET, Sid="Db")), targets=[Target(SECRET, ACCOUNT)]
    ),
    "resource_policy": evidence(targets=[Target(FOREIGN, "444455556666")]),
    "event_source_mapping": evidence(function=function(mappings=((QUEUE, "Enabled", "OK"),))),
    "destination": evidence(function=function(dead_letter=f"{QUEUE}-dead")),
    "s3_object_on_bucket_arn": evidence(
        identity(allow(["s3:GetObject", "s3:PutObject"], BUCKET, Sid="Objects")), targets=[Target(BUCKET, ACCOUNT)]
    ),
    "s3_list_on_object_arn": evidence(
        identity(allow("s3:*", f"{BUCKET}/*", Sid="All")), targets=[Target(BUCKET, ACCOUNT)]
    ),
    "resource_mismatch": evidence(identity(allow("dynamodb:Query", TABLE, Sid="Query")), targets=[Target(TABLE)]),
    "condition_unmet": evidence(
        identity(
            allow(
                "s3:GetObject",
                f"{BUCKET}/*",
                Sid="Home",
                Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
            )
        ),
        targets=[Target(BUCKET, ACCOUNT)],
    ),
    "identity_missing_allow": evidence(
        identity(allow("s3:PutObject", f"{BUCKET}/out/*", Sid="WriteOrders")),
        targets=[Target(BUCKET, ACCOUNT)],
        changes=[ALICE],
        unread=[UNREAD_SCP],
    ),
    "undecided": evidence(),
}
"""Rule → the evidence of its golden incident."""


def denial_of(rule: str) -> Denial:
    """The first denial that the watchdog sees in a rule's event: a subscription, a CloudTrail event, a sweep."""
    event: dict[str, Any] = json.loads((EVENTS / f"{rule}.json").read_text())
    ground = Ground(ACCOUNT, REGION)
    if "logEvents" in event:
        packed = base64.b64encode(gzip.compress(json.dumps(event).encode())).decode()
        return denials.from_batch(subscription.unpack({"awslogs": {"data": packed}}), ground)[0]
    if "detail" in event:
        return replace(cloudtrail.from_record(event["detail"], ground)[0], witness=Witness.CLOUDTRAIL)
    return load(Denial, event)
