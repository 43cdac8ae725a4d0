"""What the emulator's deployment cannot show without losing itself: grants from receipts, and data that goes."""

from __future__ import annotations

from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws

from iam_watchdog.model import (
    AddInvokePermission,
    AddRoleStatements,
    Allow,
    AttachManagedPolicy,
    Denial,
    Incident,
    Prepared,
    Receipt,
    Witness,
)
from iam_watchdog_cli import leftovers

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROLE = "arn:aws:iam::111122223333:role/orders"
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:orders"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def _incident(*receipts: Receipt) -> Incident:
    denial = Denial(Witness.CONFIG, NOW, "111122223333", "us-east-1", "orders", "$LATEST", None, "a:B", None, "")
    return Incident("abc", 1, denial, 1, NOW, NOW, (Prepared(NOW, receipts, "hash", "U01"),))


def test_attached_policies_and_permissions_name_the_undo_and_statements_are_left_to_the_roles() -> None:
    permission = AddInvokePermission(FUNCTION, None, "events.amazonaws.com", None, None)
    found = leftovers._granted(
        _incident(
            Receipt(AttachManagedPolicy(ROLE, BASIC), BASIC, None),
            Receipt(permission, "iam-watchdog-1", None),
            Receipt(AddRoleStatements(ROLE, (Allow(("s3:GetObject",), ("x",)),)), "iam-watchdog-us-east-1-1", None),
            Receipt(AttachManagedPolicy(ROLE, BASIC + "2"), BASIC + "2", before="there already"),
        )
    )
    assert [(i.what, i.by_hand, i.remove) for i in found] == [
        (f"{BASIC} on {ROLE}", "iam-watchdog undo abc", None),
        (f"iam-watchdog-1 on {FUNCTION}", "iam-watchdog undo abc", None),
    ]


def test_a_bucket_is_emptied_before_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "moto")
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="reports")
        for number in range(3):
            s3.put_object(Bucket="reports", Key=f"reports/{number}.html", Body=b"x")
        leftovers._remove_bucket(s3, "reports")
        assert s3.list_buckets()["Buckets"] == []
