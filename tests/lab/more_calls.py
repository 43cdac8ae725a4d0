"""More calls that functions' roles make on the lab: lists, indexes, versions, statements, odd names, near misses."""

from __future__ import annotations

import json
from typing import Any

from tests.lab.account import Account, allow
from tests.lab.calls import (
    PLAIN,
    Call,
    Case,
    bucket,
    call,
    key,
    nothing,
    parameter,
    queue,
    secret,
    table,
    topic,
    worker,
)


def get(b: dict[str, str], name: str = "private/1.csv") -> Call:
    return call("s3", "get_object", Bucket=b["bucket"], Key=name)


def versioned(account: Account, name: str) -> dict[str, str]:
    built = bucket(account, name)
    s3 = account.client("s3")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return built | {"version": s3.put_object(Bucket=name, Key="in/1.csv", Body=b"1")["VersionId"]}


def odd(account: Account, name: str) -> dict[str, str]:
    built = bucket(account, name)
    account.client("s3").put_object(Bucket=name, Key="a*b ${c}/?.csv", Body=b"1")
    return built


IMITATING = "in/on resource: arn:aws:s3:::other/secret"
"""A key that goes on as the sentence of a refusal would."""


def imitating(account: Account, name: str) -> dict[str, str]:
    built = bucket(account, name)
    account.client("s3").put_object(Bucket=name, Key=IMITATING, Body=b"1")
    return built


def dotted(account: Account, name: str) -> dict[str, str]:
    return table(account, f"{name}.orders-1.v2")


def published(account: Account, name: str) -> dict[str, str]:
    built = worker(account, name)
    functions = account.client("lambda")
    return built | {"version": functions.publish_version(FunctionName=built["arn"])["Version"]}


def bus(account: Account, name: str) -> dict[str, str]:
    account.client("events").create_event_bus(Name=f"bus.{name}")
    return {"bus": f"bus.{name}"}


def ciphertext(account: Account, name: str) -> dict[str, Any]:
    built = key(account, name)
    return built | {"blob": account.client("kms").encrypt(KeyId=built["arn"], Plaintext=b"x")["CiphertextBlob"]}


def execution(account: Account, name: str) -> dict[str, str]:
    states = account.client("stepfunctions")
    machine = states.create_state_machine(
        name=name,
        roleArn=account.role(f"{name}-states"),
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}),
    )["stateMachineArn"]
    return {"machine": machine, "arn": states.start_execution(stateMachineArn=machine)["executionArn"]}


def statement(t: dict[str, str], words: str) -> Call:
    return call("dynamodb", "execute_statement", Statement=words.format(**t))


def item(t: dict[str, str]) -> Call:
    return call("dynamodb", "get_item", TableName=t["table"], Key={"id": {"S": "1"}})


def by_owner(t: dict[str, str], operation: str) -> Call:
    words: dict[str, Any] = {
        "KeyConditionExpression": "#o = :o",
        "ExpressionAttributeNames": {"#o": "owner"},
        "ExpressionAttributeValues": {":o": {"S": "x"}},
    }
    asked = words if operation == "query" else {}
    return call("dynamodb", operation, TableName=t["table"], IndexName="by-owner", **asked)


def send(q: dict[str, str], url: str = "other") -> Call:
    return call("sqs", "send_message", QueueUrl=q[url], MessageBody="x")


NEAR = "resource_mismatch"
MORE = (
    Case(
        "delete",
        PLAIN,
        bucket,
        lambda b: call("s3", "delete_object", Bucket=b["bucket"], Key="incoming/2.csv"),
        lambda b: call("s3", "delete_object", Bucket=b["bucket"], Key="private/1.csv"),
    ),
    Case(
        "multipart",
        PLAIN,
        bucket,
        lambda b: call("s3", "create_multipart_upload", Bucket=b["bucket"], Key="out/big.bin"),
        lambda b: call("s3", "put_object", Bucket=b["bucket"], Key="private/x", Body="1"),
    ),
    Case("tags", PLAIN, bucket, lambda b: call("s3", "get_object_tagging", Bucket=b["bucket"], Key="root.csv"), get),
    Case(
        "version",
        PLAIN,
        versioned,
        lambda b: call("s3", "get_object", Bucket=b["bucket"], Key="in/1.csv", VersionId=b["version"]),
        lambda b: call("s3", "get_object_tagging", Bucket=b["bucket"], Key="in/1.csv"),
        lambda b: [allow("s3:GetObject", on=f"{b['arn']}/*")],
    ),
    Case(
        "attributes",
        PLAIN,
        bucket,
        lambda b: call(
            "s3", "get_object_attributes", Bucket=b["bucket"], Key="incoming/2.csv", ObjectAttributes=["ETag"]
        ),
        get,
    ),
    Case("imitating-key", PLAIN, imitating, lambda b: get(b, IMITATING), get),
    Case("odd-key", PLAIN, odd, lambda b: get(b, "a*b ${c}/?.csv"), get),
    Case(
        "copy-source",
        PLAIN,
        bucket,
        lambda b: call(
            "s3",
            "copy_object",
            Bucket=b["bucket"],
            Key="out/2.csv",
            CopySource={"Bucket": b["bucket"], "Key": "incoming/2.csv"},
        ),
        get,
        lambda b: [allow("s3:PutObject", on=f"{b['arn']}/*")],
    ),
    Case(
        "no-star",
        NEAR,
        bucket,
        lambda b: get(b, "incoming/2.csv"),
        get,
        lambda b: [allow("s3:GetObject", on=f"{b['arn']}/incoming")],
    ),
    Case(
        "all-but",
        NEAR,
        bucket,
        lambda b: get(b, "incoming/2.csv"),
        lambda b: call("s3", "put_object", Bucket=b["bucket"], Key="incoming/2.csv", Body="1"),
        lambda b: [{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": f"{b['arn']}/incoming/*"}],
    ),
    Case(
        "not-action",
        PLAIN,
        bucket,
        lambda b: get(b, "incoming/2.csv"),
        get,
        lambda _: [{"Effect": "Allow", "NotAction": ["s3:*", "iam:*"], "Resource": "*"}],
    ),
    Case(
        "dots",
        PLAIN,
        dotted,
        lambda t: call("dynamodb", "scan", TableName=t["table"]),
        item,
        lambda t: [allow("dynamodb:Query", on=t["arn"])],
    ),
    Case(
        "index",
        NEAR,
        table,
        lambda t: by_owner(t, "query"),
        lambda t: by_owner(t, "scan"),
        lambda t: [allow("dynamodb:Query", on=t["arn"])],
    ),
    Case(
        "region",
        NEAR,
        table,
        item,
        lambda t: call("dynamodb", "scan", TableName=t["table"]),
        lambda t: [allow("dynamodb:GetItem", on=t["arn"].replace(":us-east-1:", ":eu-west-1:"))],
    ),
    Case(
        "batch",
        PLAIN,
        table,
        lambda t: call("dynamodb", "batch_get_item", RequestItems={t["table"]: {"Keys": [{"id": {"S": "1"}}]}}),
        item,
    ),
    Case(
        "transaction",
        PLAIN,
        table,
        lambda t: call(
            "dynamodb",
            "transact_write_items",
            TransactItems=[{"Put": {"TableName": t["table"], "Item": {"id": {"S": "1"}}}}],
        ),
        lambda t: call("dynamodb", "delete_item", TableName=t["table"], Key={"id": {"S": "1"}}),
    ),
    Case("partiql", PLAIN, table, lambda t: statement(t, "SELECT * FROM \"{table}\" WHERE id = '1'"), item),
    Case("sqs-batch", PLAIN, queue, lambda q: _batch(q), send),
    Case(
        "sns-batch",
        PLAIN,
        topic,
        lambda t: call(
            "sns", "publish_batch", TopicArn=t["arn"], PublishBatchRequestEntries=[{"Id": "1", "Message": "x"}]
        ),
        lambda t: call("sns", "publish", TopicArn=t["other"], Message="x"),
    ),
    Case(
        "secret-name",
        PLAIN,
        secret,
        lambda s: call("secretsmanager", "get_secret_value", SecretId=s["arn"].split(":")[6][:-7]),
        lambda s: call("secretsmanager", "get_secret_value", SecretId=s["other"]),
    ),
    Case(
        "secret-suffix",
        NEAR,
        secret,
        lambda s: call("secretsmanager", "get_secret_value", SecretId=s["arn"]),
        lambda s: call("secretsmanager", "get_secret_value", SecretId=s["other"]),
        lambda s: [allow("secretsmanager:GetSecretValue", on=s["arn"][:-7])],
    ),
    Case(
        "by-path",
        PLAIN,
        parameter,
        lambda p: call("ssm", "get_parameters_by_path", Path=p["name"]),
        lambda p: call("ssm", "get_parameter", Name=p["other"]),
    ),
    Case(
        "decrypt",
        "kms_missing_allow",
        ciphertext,
        lambda k: call("kms", "decrypt", CiphertextBlob=k["blob"]),
        lambda k: call("kms", "encrypt", KeyId=k["arn"], Plaintext="x"),
    ),
    Case("aliases", PLAIN, nothing, lambda _: call("kms", "list_aliases"), lambda _: call("kms", "list_keys")),
    Case(
        "alias",
        NEAR,
        published,
        lambda w: call("lambda", "invoke", FunctionName=w["arn"], Qualifier=w["version"]),
        lambda w: call("lambda", "invoke", FunctionName=w["other"]),
        lambda w: [allow("lambda:InvokeFunction", on=w["arn"])],
    ),
    Case(
        "named-bus",
        PLAIN,
        bus,
        lambda b: _event(EventBusName=b["bus"]),
        lambda _: _event(),
    ),
    Case(
        "execution",
        PLAIN,
        execution,
        lambda x: call("stepfunctions", "describe_execution", executionArn=x["arn"]),
        lambda x: call("stepfunctions", "start_execution", stateMachineArn=x["machine"]),
    ),
    Case(
        "ec2",
        PLAIN,
        nothing,
        lambda _: call("ec2", "describe_instances"),
        lambda _: call("ec2", "describe_subnets"),
    ),
)


def _batch(q: dict[str, str]) -> Call:
    return call("sqs", "send_message_batch", QueueUrl=q["url"], Entries=[{"Id": "1", "MessageBody": "x"}])


def _event(**where: str) -> Call:
    return call("events", "put_events", Entries=[{"Source": "shop", "DetailType": "d", "Detail": "{}", **where}])
