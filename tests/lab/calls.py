"""Calls that functions' roles make on the lab, each with a sibling that its mended permission must not allow."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.lab.account import Account, allow

type Call = dict[str, Any]


def call(service: str, operation: str, **params: Any) -> Call:
    return {"service": service, "operation": operation, "params": params}


@dataclass(frozen=True)
class Case:
    """One way to be denied: what the owner built, the call, its sibling, what the role already may, and the rule."""

    name: str
    rule: str
    build: Callable[[Account, str], dict[str, str]]
    denied: Callable[[dict[str, str]], Call]
    sibling: Callable[[dict[str, str]], Call]
    may: Callable[[dict[str, str]], list[dict[str, Any]]] = field(default=lambda _: [])


def bucket(account: Account, name: str) -> dict[str, str]:
    s3 = account.client("s3")
    s3.create_bucket(Bucket=name)
    for key in ("incoming/a b:1.csv", "incoming/2.csv", "private/1.csv", "root.csv"):
        s3.put_object(Bucket=name, Key=key, Body=b"1")
    return {"bucket": name, "arn": f"arn:aws:s3:::{name}"}


def table(account: Account, name: str) -> dict[str, str]:
    text = [{"AttributeName": n, "AttributeType": "S"} for n in ("id", "owner")]
    made = account.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=text,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-owner",
                "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return {"table": name, "arn": made["TableDescription"]["TableArn"]}


def queue(account: Account, name: str) -> dict[str, str]:
    sqs = account.client("sqs")
    url, other = (sqs.create_queue(QueueName=n)["QueueUrl"] for n in (name, f"{name}-2"))
    return {"url": url, "other": other}


def topic(account: Account, name: str) -> dict[str, str]:
    sns = account.client("sns")
    return {"arn": sns.create_topic(Name=name)["TopicArn"], "other": sns.create_topic(Name=f"{name}-2")["TopicArn"]}


def secret(account: Account, name: str) -> dict[str, str]:
    made = account.client("secretsmanager")
    first, second = (made.create_secret(Name=f"shop/{n}", SecretString="x")["ARN"] for n in (name, f"{name}-2"))
    return {"arn": first, "other": second}


def parameter(account: Account, name: str) -> dict[str, str]:
    ssm = account.client("ssm")
    for one in (f"/shop/{name}", f"/shop/{name}-2"):
        ssm.put_parameter(Name=one, Value="x", Type="String")
    return {"name": f"/shop/{name}", "other": f"/shop/{name}-2"}


def key(account: Account, name: str) -> dict[str, str]:
    kms = account.client("kms")
    first, second = (kms.create_key(Description=name)["KeyMetadata"]["Arn"] for _ in range(2))
    return {"arn": first, "other": second}


def worker(account: Account, name: str) -> dict[str, str]:
    role = account.role(f"{name}-worker-role", allow("logs:CreateLogStream"))
    made = [account.function(n, role, "def handler(e, c):\n    return {}\n") for n in (f"{name}-w", f"{name}-w2")]
    return {"arn": made[0], "other": made[1]}


def stream(account: Account, name: str) -> dict[str, str]:
    kinesis = account.client("kinesis")
    for one in (name, f"{name}-2"):
        kinesis.create_stream(StreamName=one, ShardCount=1)
    return {"name": name, "other": f"{name}-2"}


def machine(account: Account, name: str) -> dict[str, str]:
    role = account.role(f"{name}-states-role")
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    states = account.client("stepfunctions")
    made = [
        states.create_state_machine(name=n, definition=definition, roleArn=role)["stateMachineArn"]
        for n in (name, f"{name}-2")
    ]
    return {"arn": made[0], "other": made[1]}


def nothing(account: Account, name: str) -> dict[str, str]:
    return {}


PLAIN = "identity_missing_allow"
CASES = (
    Case(
        "get",
        PLAIN,
        bucket,
        lambda b: call("s3", "get_object", Bucket=b["bucket"], Key="incoming/a b:1.csv"),
        lambda b: call("s3", "get_object", Bucket=b["bucket"], Key="private/1.csv"),
    ),
    Case(
        "root-key",
        PLAIN,
        bucket,
        lambda b: call("s3", "get_object", Bucket=b["bucket"], Key="root.csv"),
        lambda b: call("s3", "get_object", Bucket=b["bucket"], Key="incoming/2.csv"),
    ),
    Case(
        "put",
        PLAIN,
        bucket,
        lambda b: call("s3", "put_object", Bucket=b["bucket"], Key="out/x.csv", Body="1"),
        lambda b: call("s3", "put_object", Bucket=b["bucket"], Key="incoming/x.csv", Body="1"),
    ),
    Case(
        "list",
        PLAIN,
        bucket,
        lambda b: call("s3", "list_objects_v2", Bucket=b["bucket"]),
        lambda b: call("s3", "get_object", Bucket=b["bucket"], Key="root.csv"),
    ),
    Case(
        "object-on-bucket",
        "s3_object_on_bucket_arn",
        bucket,
        lambda b: call("s3", "get_object", Bucket=b["bucket"], Key="incoming/2.csv"),
        lambda b: call("s3", "get_object", Bucket=b["bucket"], Key="private/1.csv"),
        lambda b: [allow("s3:GetObject", on=b["arn"])],
    ),
    Case(
        "list-on-object",
        "s3_list_on_object_arn",
        bucket,
        lambda b: call("s3", "list_objects_v2", Bucket=b["bucket"]),
        lambda b: call("s3", "get_object", Bucket=b["bucket"], Key="root.csv"),
        lambda b: [allow("s3:ListBucket", on=f"{b['arn']}/*")],
    ),
    Case(
        "mismatch",
        "resource_mismatch",
        table,
        lambda t: call("dynamodb", "get_item", TableName=t["table"], Key={"id": {"S": "1"}}),
        lambda t: call("dynamodb", "delete_item", TableName=t["table"], Key={"id": {"S": "1"}}),
        lambda t: [allow("dynamodb:GetItem", on=t["arn"].replace("table/", "table/old-"))],
    ),
    Case(
        "item",
        PLAIN,
        table,
        lambda t: call("dynamodb", "put_item", TableName=t["table"], Item={"id": {"S": "1"}}),
        lambda t: call("dynamodb", "scan", TableName=t["table"]),
    ),
    Case(
        "send",
        PLAIN,
        queue,
        lambda q: call("sqs", "send_message", QueueUrl=q["url"], MessageBody="x"),
        lambda q: call("sqs", "send_message", QueueUrl=q["other"], MessageBody="x"),
    ),
    Case(
        "publish",
        PLAIN,
        topic,
        lambda t: call("sns", "publish", TopicArn=t["arn"], Message="x"),
        lambda t: call("sns", "publish", TopicArn=t["other"], Message="x"),
    ),
    Case(
        "secret",
        PLAIN,
        secret,
        lambda s: call("secretsmanager", "get_secret_value", SecretId=s["arn"]),
        lambda s: call("secretsmanager", "get_secret_value", SecretId=s["other"]),
    ),
    Case(
        "parameter",
        PLAIN,
        parameter,
        lambda p: call("ssm", "get_parameter", Name=p["name"]),
        lambda p: call("ssm", "get_parameter", Name=p["other"]),
    ),
    Case(
        "encrypt",
        "kms_missing_allow",
        key,
        lambda k: call("kms", "encrypt", KeyId=k["arn"], Plaintext="x"),
        lambda k: call("kms", "encrypt", KeyId=k["other"], Plaintext="x"),
    ),
    Case(
        "invoke",
        PLAIN,
        worker,
        lambda w: call("lambda", "invoke", FunctionName=w["arn"]),
        lambda w: call("lambda", "invoke", FunctionName=w["other"]),
    ),
    Case(
        "stream",
        PLAIN,
        stream,
        lambda s: call("kinesis", "put_record", StreamName=s["name"], Data="x", PartitionKey="1"),
        lambda s: call("kinesis", "put_record", StreamName=s["other"], Data="x", PartitionKey="1"),
    ),
    Case(
        "start",
        PLAIN,
        machine,
        lambda m: call("stepfunctions", "start_execution", stateMachineArn=m["arn"]),
        lambda m: call("stepfunctions", "start_execution", stateMachineArn=m["other"]),
    ),
    Case(
        "events",
        PLAIN,
        nothing,
        lambda _: call("events", "put_events", Entries=[{"Source": "shop", "DetailType": "d", "Detail": "{}"}]),
        lambda _: call("events", "list_rules"),
    ),
    Case(
        "metric",
        PLAIN,
        nothing,
        lambda _: call("cloudwatch", "put_metric_data", Namespace="shop", MetricData=[{"MetricName": "m", "Value": 1}]),
        lambda _: call("cloudwatch", "list_metrics"),
    ),
)
