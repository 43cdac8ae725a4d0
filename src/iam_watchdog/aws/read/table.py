"""A DynamoDB table or its stream: resource policy and key, never an item."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.read import kms
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.model import Layer, Target

ACTIONS = ("dynamodb:DescribeTable", "dynamodb:GetResourcePolicy")
GONE = ("ResourceNotFoundException", "PolicyNotFoundException")
RESOURCE = (Layer.RESOURCE,)


def owner(arn: Arn) -> str:
    """Indexes share their table's policy, streams have their own.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
    """
    return arn.text if "/stream/" in arn.name else arn.sibling(f"table/{arn.name.split('/')[0]}")


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """Description and policy."""
    table = owner(arn)
    return (
        Read(f"table {table}", RESOURCE, partial(_described, table, arn, account), decides=False),
        Read(f"resource policy of {table}", RESOURCE, partial(_policy, table, arn, account)),
    )


def _described(owned: str, arn: Arn, account: Account) -> Piece:
    name = arn.name.split("/")[0]
    table = name if account.owns(arn) else arn.sibling(f"table/{name}")
    found = account.read(arn, "dynamodb", "describe_table", absent=GONE, TableName=table).get("Table")
    if not found:
        return Piece(targets=(Target(owned, arn.account, traits={"exists": "false"}),))
    key = (found.get("SSEDescription") or {}).get("KMSMasterKeyArn")
    return kms.encrypted(Target(owned, arn.account, kms.key_arn(key, arn)), account)


def _policy(owned: str, arn: Arn, account: Account) -> Piece:
    found = account.read(arn, "dynamodb", "get_resource_policy", absent=GONE, ResourceArn=owned)
    return Piece(policies=policy_on(owned, "table policy", found.get("Policy")))
