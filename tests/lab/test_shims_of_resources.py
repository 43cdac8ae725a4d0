"""Contracts of the shims that say what a call is asked on; every refused case has an allowed twin."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iam_watchdog_cli.lab.shims import literal_characters, named_resources
from tests.lab.account import Account, allow
from tests.lab.test_shims import refused

STATEMENTS = {
    """SELECT * FROM "shop.orders-1" WHERE id = '1'""": [("Select", "shop.orders-1")],
    """select id from "orders"."by-owner" where owner = 'x'""": [("Select", "orders/index/by-owner")],
    """INSERT INTO orders VALUE {'id': '9'}""": [("Insert", "orders")],
    """UPDATE "orders" SET a = 1 WHERE id = '1'""": [("Update", "orders")],
    """DELETE FROM orders WHERE id = '1'""": [("Delete", "orders")],
    "nonsense": [],
}


def client(account: Account, role: str, service: str, *may: dict[str, Any]) -> Any:
    return account.client(service, account.assume(account.role(role, *may)))


@pytest.mark.parametrize("text", STATEMENTS, ids=lambda text: text[:12])
def test_a_statement_names_its_verb_and_table(text: str) -> None:
    assert list(named_resources.statements({"Statement": text})) == STATEMENTS[text]


def test_the_three_escaped_characters_stand_for_themselves() -> None:
    assert literal_characters.compiled("a${*}b", ignore_case=False).match("a*b")
    assert not literal_characters.compiled("a${*}b", ignore_case=False).match("axb")
    assert literal_characters.compiled("A${?}${$}*", ignore_case=True).match("a?$ and more")


def test_parameters_in_a_list_and_a_path_are_asked_by_name(account: Account) -> None:
    account.client("ssm").put_parameter(Name="/shim/one", Value="1", Type="String")
    where = f"arn:aws:ssm:{account.lab.region}:{account.lab.account}:parameter/shim"
    may = [allow("ssm:GetParameters", on=f"{where}/one"), allow("ssm:GetParametersByPath", on=where)]
    ssm = client(account, "shim-parameters", "ssm", *may)
    assert ssm.get_parameters(Names=["/shim/one"])["Parameters"]
    assert ssm.get_parameters_by_path(Path="/shim")["Parameters"]
    assert f"on resource: {where}/two" in refused(ssm.get_parameters, Names=["/shim/two"])
    assert f"on resource: {where}/deeper" in refused(ssm.get_parameters_by_path, Path="/shim/deeper")


def test_a_partiql_statement_is_asked_on_its_table(account: Account) -> None:
    table = account.client("dynamodb").create_table(
        TableName="shim-partiql",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )["TableDescription"]["TableArn"]
    dynamodb = client(account, "shim-partiql", "dynamodb", allow("dynamodb:PartiQLSelect", on=table))
    dynamodb.execute_statement(Statement="SELECT * FROM \"shim-partiql\" WHERE id = '1'")
    said = refused(dynamodb.execute_statement, Statement="INSERT INTO \"shim-partiql\" VALUE {'id': '1'}")
    assert f"dynamodb:PartiQLInsert on resource: {table}" in said


def test_an_invoked_version_is_asked_by_its_own_arn(account: Account) -> None:
    function = account.function("shim-version", account.role("shim-version-role"), "def handler(e, c): return 1")
    version = account.client("lambda").publish_version(FunctionName=function)["Version"]
    may = allow("lambda:InvokeFunction", on=f"{function}:{version}")
    functions = client(account, "shim-invoker", "lambda", may)
    functions.invoke(FunctionName=function, Qualifier=version)
    refused(functions.invoke, FunctionName=function)


def test_a_key_that_does_not_exist_is_hidden_from_those_who_may_not_list(account: Account) -> None:
    account.client("s3").create_bucket(Bucket="shim-hidden")
    arn = "arn:aws:s3:::shim-hidden"
    blind = client(account, "shim-blind", "s3", allow("s3:GetObject", on=f"{arn}/*"))
    assert "s3:ListBucket" in refused(blind.get_object, Bucket="shim-hidden", Key="none")
    seeing = client(account, "shim-seeing", "s3", allow("s3:GetObject", on=f"{arn}/*"), allow("s3:ListBucket", on=arn))
    with pytest.raises(seeing.exceptions.NoSuchKey):
        seeing.get_object(Bucket="shim-hidden", Key="none")


def test_handing_a_role_to_a_service_is_asked_for(account: Account) -> None:
    passed = account.role("shim-passed")
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    may = [allow("states:CreateStateMachine"), allow("iam:PassRole", on=passed)]
    states = client(account, "shim-passing", "stepfunctions", *may)
    states.create_state_machine(name="shim-passing", definition=definition, roleArn=passed)
    other = account.role("shim-not-passed")
    said = refused(states.create_state_machine, name="shim-refused", definition=definition, roleArn=other)
    assert f"iam:PassRole on resource: {other}" in said
