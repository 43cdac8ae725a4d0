"""The readers against the emulator, as an owner: what is there is read, and what it does not emulate is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.model import Denial, Evidence, Layer, Target, Unread, Witness
from iam_watchdog.ports import Settings
from tests.lab.account import Account, allow

HANDLER = "def handler(event, context):\n    return {}\n"
ABOVE = {Layer.SCP, Layer.RCP, Layer.VPCE}
type Make = Callable[[Account], tuple[str, str, int]]


@pytest.fixture(scope="module")
def function(account: Account) -> str:
    """A function with its own role, read by all tests here."""
    role = account.role("reading-role", allow("s3:GetObject", on="arn:aws:s3:::nowhere/*"), tags={"team": "shop"})
    return account.function("reading", role, HANDLER)


def reader(account: Account) -> AccountReader:
    lab = account.lab
    clients = Clients(account.session(), lab.endpoint, lab.region, attempts=1)
    return AccountReader(clients, Settings(account=lab.account, region=lab.region))


def gathered(account: Account, action: str, resource: str) -> Evidence:
    denial = Denial(
        witness=Witness.LOG,
        at=datetime.now(UTC),
        account=account.lab.account,
        region=account.lab.region,
        function="reading",
        qualifier="$LATEST",
        principal=f"arn:aws:sts::{account.lab.account}:assumed-role/reading-role/reading",
        action=action,
        resource=resource,
        scope=resource,
    )
    return reader(account).gather(denial)


def below(evidence: Evidence) -> list[Unread]:
    """The gaps, without the organization, which the emulator has none of."""
    return [u for u in evidence.unread if u.layer not in ABOVE]


def document(arn: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "*",
        "Resource": arn,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def bucket(account: Account) -> tuple[str, str, int]:
    account.client("s3").create_bucket(Bucket="reading-bucket")
    account.client("s3").put_bucket_policy(Bucket="reading-bucket", Policy=document("arn:aws:s3:::reading-bucket/*"))
    return "s3:GetObject", "arn:aws:s3:::reading-bucket", 1


def key(account: Account) -> tuple[str, str, int]:
    made = account.client("kms").create_key()["KeyMetadata"]
    return "kms:Decrypt", made["Arn"], 1


def secret(account: Account) -> tuple[str, str, int]:
    made = account.client("secretsmanager").create_secret(Name="reading", SecretString="x")
    return "secretsmanager:GetSecretValue", made["ARN"], 0


def queue(account: Account) -> tuple[str, str, int]:
    arn = f"arn:aws:sqs:{account.lab.region}:{account.lab.account}:reading"
    account.client("sqs").create_queue(QueueName="reading", Attributes={"Policy": document(arn)})
    return "sqs:SendMessage", arn, 1


def topic(account: Account) -> tuple[str, str, int]:
    return "sns:Publish", account.client("sns").create_topic(Name="reading")["TopicArn"], 1


def table(account: Account) -> tuple[str, str, int]:
    made = account.client("dynamodb").create_table(
        TableName="reading",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return "dynamodb:GetItem", made["TableDescription"]["TableArn"], 0


def parameter(account: Account) -> tuple[str, str, int]:
    account.client("ssm").put_parameter(Name="/reading/token", Value="x", Type="String")
    return "ssm:GetParameter", f"arn:aws:ssm:{account.lab.region}:{account.lab.account}:parameter/reading/token", 0


def bus(account: Account) -> tuple[str, str, int]:
    return "events:PutEvents", account.client("events").create_event_bus(Name="reading")["EventBusArn"], 0


def stream(account: Account) -> tuple[str, str, int]:
    account.client("kinesis").create_stream(StreamName="reading", ShardCount=1)
    return "kinesis:PutRecord", f"arn:aws:kinesis:{account.lab.region}:{account.lab.account}:stream/reading", 0


def repository(account: Account) -> tuple[str, str, int]:
    made = account.client("ecr").create_repository(repositoryName="team/reading")
    return "ecr:BatchGetImage", made["repository"]["repositoryArn"], 0


def group(account: Account) -> tuple[str, str, int]:
    account.client("logs").create_log_group(logGroupName="/reading")
    return "logs:PutLogEvents", f"arn:aws:logs:{account.lab.region}:{account.lab.account}:log-group:/reading", 0


MAKERS: tuple[Make, ...] = (
    bucket, key, secret, queue, topic, table, parameter, bus, stream, repository, group,
)  # fmt: skip


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_target_and_its_policy_are_read(account: Account, function: str, make: Make) -> None:
    action, arn, policies = make(account)
    evidence = gathered(account, action, arn)
    assert below(evidence) == []
    assert evidence.target is not None
    assert (evidence.target.arn, evidence.target.account) == (arn, account.lab.account)
    assert evidence.target.traits.get("exists", "true") == "true"
    assert len(evidence.of(Layer.RESOURCE, arn)) == policies


def test_an_access_point_is_read_and_the_bucket_behind_it(account: Account, function: str) -> None:
    """Its calls go to a name below the lab's address, which no resolver knows."""
    point, behind = _arn(account, "s3", "accesspoint/reading-point"), "arn:aws:s3:::reading-behind"
    assert gathered(account, "s3:GetObject", f"{point}/object/a").target == Target(
        point, account.lab.account, traits={"exists": "false"}
    )
    account.client("s3").create_bucket(Bucket="reading-behind")
    account.client("s3").put_bucket_policy(Bucket="reading-behind", Policy=document(f"{behind}/*"))
    control, named = reader(account).clients.get("s3control"), {"AccountId": account.lab.account, "Name": point[-13:]}
    control.create_access_point(**named, Bucket="reading-behind")
    control.put_access_point_policy(**named, Policy=document(f"{point}/object/*"))
    evidence = gathered(account, "s3:GetObject", f"{point}/object/a")
    assert below(evidence) == []
    assert evidence.target is not None
    assert (evidence.target.arn, evidence.target.traits["bucket"]) == (point, behind)
    assert len(evidence.of(Layer.RESOURCE, point)) == len(evidence.of(Layer.RESOURCE, behind)) == 1


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_target_that_is_not_there_is_said_to_be_absent(account: Account, function: str, make: Make) -> None:
    action, arn = _absent(make, account)
    evidence = gathered(account, action, arn)
    assert evidence.target is not None
    assert evidence.target.traits.get("exists") == "false"


def _absent(make: Make, account: Account) -> tuple[str, str]:
    nowhere = {
        "bucket": ("s3:GetObject", "arn:aws:s3:::reading-nowhere"),
        "key": ("kms:Decrypt", _arn(account, "kms", "key/11111111-2222-3333-4444-555555555555")),
        "secret": ("secretsmanager:GetSecretValue", _arn(account, "secretsmanager", "secret:nowhere-AbCdEf")),
        "queue": ("sqs:SendMessage", _arn(account, "sqs", "nowhere")),
        "topic": ("sns:Publish", _arn(account, "sns", "nowhere")),
        "table": ("dynamodb:GetItem", _arn(account, "dynamodb", "table/nowhere")),
        "parameter": ("ssm:GetParameter", _arn(account, "ssm", "parameter/nowhere")),
        "bus": ("events:PutEvents", _arn(account, "events", "event-bus/nowhere")),
        "stream": ("kinesis:PutRecord", _arn(account, "kinesis", "stream/nowhere")),
        "repository": ("ecr:BatchGetImage", _arn(account, "ecr", "repository/nowhere")),
        "group": ("logs:PutLogEvents", _arn(account, "logs", "log-group:/nowhere")),
    }
    return nowhere[make.__name__]


def _arn(account: Account, service: str, rest: str) -> str:
    return f"arn:aws:{service}:{account.lab.region}:{account.lab.account}:{rest}"


def test_the_role_is_read_whole(account: Account, function: str) -> None:
    evidence = gathered(account, "s3:GetObject", "arn:aws:s3:::reading-nowhere")
    assert evidence.function is not None
    assert evidence.role is not None
    assert evidence.role.tags == {"team": "shop"}
    assert evidence.role.inline == ("own",)
    assert evidence.role.shared_with == ()
    assert [p.name for p in evidence.of(Layer.IDENTITY)] == ["inline/own"]
    assert len(evidence.of(Layer.TRUST)) == 1


def test_what_changed_is_asked_without_raising(account: Account, function: str) -> None:
    evidence = gathered(account, "s3:GetObject", "arn:aws:s3:::reading-nowhere")
    denial: Any = Denial(
        Witness.LOG,
        datetime.now(UTC),
        account.lab.account,
        account.lab.region,
        "reading",
        "$LATEST",
        None,
        "",
        None,
        "",
    )
    assert reader(account).changes(denial, evidence).function == evidence.function


def test_the_kill_switch_is_read(account: Account) -> None:
    account.client("ssm").put_parameter(Name="/reading/enabled", Value="true", Type="String")
    lab = account.lab
    clients = Clients(boto3.Session(lab.admin.access_key, lab.admin.secret_key), lab.endpoint, lab.region)
    settings = Settings(account=lab.account, region=lab.region, kill_switch="/reading/enabled")
    assert AccountReader(clients, settings).enabled()
