"""Facts, tried: every function's own role writes its kinds and no other, by AWS's leading keys.

The rest of the list (queues, topic, secrets, reads) is decided in tests/template: trying it here would feed the
deployed functions with junk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.lab.account import Account
from tests.template.work_cells import FUNCTIONS, TABLE, WORK, Work

TRIED = [w for w in WORK if w.action.startswith("dynamodb:") and w.resource == TABLE and (w.keys or "Scan" in w.action)]


@pytest.fixture(scope="module")
def roles(lab: Any, account: Account, outputs: dict[str, str]) -> Iterator[Mapping[str, dict[str, str]]]:
    """Credentials of every function's role; their trust is opened to the account's owner for as long as it takes."""
    iam, taken, before = account.client("iam"), {}, {}
    for function in FUNCTIONS:
        role = iam.get_role(RoleName=f"{outputs[f'{function}Function']}-{lab.region}")["Role"]
        before[role["RoleName"]] = document = role["AssumeRolePolicyDocument"]
        owner = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{lab.account}:root"},
            "Action": "sts:AssumeRole",
        }
        opened = {**document, "Statement": [*document["Statement"], owner]}
        iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=json.dumps(opened))
        taken[function] = account.assume(role["Arn"])
    yield taken
    for name, document in before.items():
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(document))


def _call(client: Any, table: str, work: Work) -> Callable[[], object]:
    keys = [{"pk": {"S": f"{key}-cell"}, "sk": {"S": "cell"}} for key in work.keys.get("dynamodb:LeadingKeys", ())]
    puts = [{"Put": {"TableName": table, "Item": key}} for key in keys]
    values = {":pk": keys[0]["pk"]} if keys else {}
    calls: dict[str, Callable[[], object]] = {
        "dynamodb:PutItem": lambda: (
            client.transact_write_items(TransactItems=puts)
            if len(puts) > 1
            else client.put_item(TableName=table, Item=keys[0])
        ),
        "dynamodb:UpdateItem": lambda: client.update_item(TableName=table, Key=keys[0], UpdateExpression="REMOVE x"),
        "dynamodb:DeleteItem": lambda: client.delete_item(TableName=table, Key=keys[0]),
        "dynamodb:GetItem": lambda: client.get_item(TableName=table, Key=keys[0]),
        "dynamodb:Query": lambda: client.query(
            TableName=table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues=values
        ),
        "dynamodb:Scan": lambda: client.scan(TableName=table, Limit=1),
    }
    return calls[work.action]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_writes_its_own_kinds_of_facts_only(
    function: str, account: Account, outputs: dict[str, str], roles: Mapping[str, dict[str, str]]
) -> None:
    client, wrong = account.client("dynamodb", roles[function]), []
    mine = [w for w in TRIED if w.function == function]
    assert {w.allowed for w in mine} == {True, False}
    for work in mine:
        try:
            _call(client, outputs["Table"], work)()
            came_past = True
        except ClientError as error:
            came_past = error.response["Error"]["Code"] not in ("AccessDeniedException", "AccessDenied")
        wrong += [work.name] if came_past is not work.allowed else []
    _clean(account, outputs["Table"], mine)
    assert wrong == []


def _clean(account: Account, table: str, tried: list[Work]) -> None:
    for key in {k for w in tried for k in w.keys.get("dynamodb:LeadingKeys", ())}:
        item = {"pk": {"S": f"{key}-cell"}, "sk": {"S": "cell"}}
        account.client("dynamodb").delete_item(TableName=table, Key=item)
