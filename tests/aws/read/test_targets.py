"""Each kind of resource: its policy, its key, whether it is there; refused, it is named and not silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.aws.read.target import READERS
from iam_watchdog.model import Evidence, Layer
from tests.aws import shop
from tests.aws.answers import ACCOUNT, DENIED, REGION, Answers, Refusal, Reply
from tests.aws.shop import KEY, NOON, SETTINGS, denial

POLICY = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]}'


@dataclass(frozen=True)
class Case:
    """One resource: how it is named in a denial, what AWS answers, what stands in the evidence."""

    resource: str
    answers: Mapping[str, Reply]
    gone: Mapping[str, Reply]
    target: str = ""
    policy: str = ""
    layer: Layer = Layer.RESOURCE
    keyed: bool = True
    traits: Mapping[str, str] | None = None

    @property
    def on(self) -> str:
        """The ARN of what carries the policy."""
        return self.target or self.resource


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def missing(*operations: str, code: str = "ResourceNotFoundException") -> Mapping[str, Reply]:
    return dict.fromkeys(operations, Refusal(code, "not there", 404))


CASES: Mapping[str, Case] = {
    "secret by full name": Case(
        arn("secretsmanager", "secret:db-AbCdEf"),
        {
            "secretsmanager:DescribeSecret": {"ARN": arn("secretsmanager", "secret:db-AbCdEf"), "KmsKeyId": KEY},
            "secretsmanager:GetResourcePolicy": {
                "ARN": arn("secretsmanager", "secret:db-AbCdEf"),
                "ResourcePolicy": POLICY,
            },
        },
        missing("secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"),
        policy="secret policy",
    ),
    "queue": Case(
        arn("sqs", "orders"),
        {
            "sqs:GetQueueUrl": {"QueueUrl": "https://sqs/orders"},
            "sqs:GetQueueAttributes": {"Attributes": {"Policy": POLICY, "KmsMasterKeyId": KEY}},
        },
        missing("sqs:GetQueueUrl", code="AWS.SimpleQueueService.NonExistentQueue"),
        policy="queue policy",
    ),
    "topic by its subscription": Case(
        arn("sns", "orders:11111111-2222"),
        {"sns:GetTopicAttributes": {"Attributes": {"Policy": POLICY, "KmsMasterKeyId": KEY}}},
        missing("sns:GetTopicAttributes", code="NotFound"),
        target=arn("sns", "orders"),
        policy="topic policy",
    ),
    "table by its index": Case(
        arn("dynamodb", "table/orders/index/by-day"),
        {
            "dynamodb:DescribeTable": {"Table": {"SSEDescription": {"KMSMasterKeyArn": KEY}}},
            "dynamodb:GetResourcePolicy": {"Policy": POLICY},
        },
        missing("dynamodb:DescribeTable", "dynamodb:GetResourcePolicy"),
        target=arn("dynamodb", "table/orders"),
        policy="table policy",
    ),
    "table stream": Case(
        arn("dynamodb", "table/orders/stream/2026-01-01T00:00:00.000"),
        {
            "dynamodb:DescribeTable": {"Table": {"SSEDescription": {"KMSMasterKeyArn": KEY}}},
            "dynamodb:GetResourcePolicy": {"Policy": POLICY},
        },
        missing("dynamodb:DescribeTable", "dynamodb:GetResourcePolicy"),
        policy="table policy",
    ),
    "repository": Case(
        arn("ecr", "repository/team/orders"),
        {
            "ecr:DescribeRepositories": {
                "repositories": [{"encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": KEY}}]
            },
            "ecr:GetRepositoryPolicy": {"policyText": POLICY},
        },
        missing("ecr:DescribeRepositories", "ecr:GetRepositoryPolicy", code="RepositoryNotFoundException"),
        policy="repository policy",
    ),
    "bus": Case(
        arn("events", "event-bus/orders"),
        {"events:DescribeEventBus": {"Policy": POLICY, "KmsKeyIdentifier": KEY}},
        missing("events:DescribeEventBus"),
        policy="bus policy",
    ),
    "state machine by an execution": Case(
        arn("states", "execution:orders:run-1"),
        {
            "stepfunctions:DescribeStateMachine": {
                "stateMachineArn": arn("states", "stateMachine:orders"),
                "name": "orders",
                "definition": "{}",
                "roleArn": shop.ROLE,
                "type": "STANDARD",
                "creationDate": NOON,
                "encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": KEY},
            }
        },
        missing("stepfunctions:DescribeStateMachine", code="StateMachineDoesNotExist"),
        target=arn("states", "stateMachine:orders"),
    ),
    "parameter": Case(
        arn("ssm", "parameter/shop/token"),
        {"ssm:DescribeParameters": {"Parameters": [{"Name": "/shop/token", "Type": "SecureString", "KeyId": KEY}]}},
        {"ssm:DescribeParameters": {"Parameters": []}},
        traits={"type": "SecureString"},
    ),
    "stream": Case(
        arn("kinesis", "stream/orders"),
        {
            "kinesis:DescribeStreamSummary": {"StreamDescriptionSummary": shop.stream()},
            "kinesis:GetResourcePolicy": {"Policy": POLICY},
        },
        missing("kinesis:DescribeStreamSummary", "kinesis:GetResourcePolicy"),
        policy="stream policy",
    ),
    "log group by its stream": Case(
        arn("logs", "log-group:/aws/lambda/orders:log-stream:2026/11/23/[$LATEST]0"),
        {
            "logs:DescribeLogGroups": {
                "logGroups": [
                    {"logGroupName": "/aws/lambda/orders-other"},
                    {"logGroupName": "/aws/lambda/orders", "kmsKeyId": KEY, "logGroupClass": "DELIVERY"},
                ]
            }
        },
        {"logs:DescribeLogGroups": {"logGroups": [{"logGroupName": "/aws/lambda/orders-other"}]}},
        target=arn("logs", "log-group:/aws/lambda/orders"),
        traits={"type": "DELIVERY"},
    ),
    "domain by its index": Case(
        arn("es", "domain/orders/_search"),
        {
            "opensearch:DescribeDomain": {
                "DomainStatus": {
                    "DomainId": "1",
                    "DomainName": "orders",
                    "ARN": arn("es", "domain/orders"),
                    "ClusterConfig": {},
                    "AccessPolicies": POLICY,
                    "EncryptionAtRestOptions": {"KmsKeyId": KEY},
                }
            }
        },
        missing("opensearch:DescribeDomain"),
        target=arn("es", "domain/orders"),
        policy="domain policy",
    ),
    "file system": Case(
        arn("elasticfilesystem", "file-system/fs-0123"),
        {"efs:DescribeFileSystemPolicy": {"Policy": POLICY}},
        missing("efs:DescribeFileSystemPolicy", code="FileSystemNotFound"),
        policy="file system policy",
        keyed=False,
    ),
    "key": Case(KEY, {}, missing("kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants", code="NotFoundException"),
        policy="key policy", keyed=False),
    "bucket": Case(
        f"{shop.BUCKET}/incoming/a.json",
        {},
        missing(
            "s3:GetBucketPolicy", "s3:GetBucketEncryption", "s3:GetBucketOwnershipControls", code="NoSuchBucket"
        ),
        target=shop.BUCKET,
        policy="bucket policy",
    ),
    "role": Case(
        f"arn:aws:iam::{ACCOUNT}:role/app/orders-role", {}, {}, policy="trust policy", layer=Layer.TRUST, keyed=False
    ),
    "layer": Case(
        arn("lambda", "layer:tools:3"),
        {"lambda:GetLayerVersionPolicy": {"Policy": POLICY}},
        {},
        policy="layer policy",
        keyed=False,
    ),
    "function at an alias": Case(
        arn("lambda", "function:refunds:PROD"),
        {"lambda:GetPolicy": {"Policy": POLICY}},
        {},
        policy="function policy",
        layer=Layer.INVOKE,
        keyed=False,
    ),
}  # fmt: skip
ACCOUNT_WIDE: Mapping[str, Reply] = {
    **shop.shop(),
    "lambda:ListEventSourceMappings": {"EventSourceMappings": []},
    "lambda:GetFunctionEventInvokeConfig": Refusal("ResourceNotFoundException", "none", 404),
}
NAMES = sorted(CASES)
WITH_GONE = [name for name in NAMES if CASES[name].gone]


def evidence_of(case: Case, answers: Mapping[str, Reply]) -> Evidence:
    aws = Answers({**ACCOUNT_WIDE, **answers})
    action = f"{case.resource.split(':')[2]}:Something"
    return AccountReader(aws.clients(), SETTINGS).gather(denial(action=action, resource=case.resource))


def test_every_reader_is_tried() -> None:
    assert {case.resource.split(":")[2] for case in CASES.values()} == set(READERS)


@pytest.mark.parametrize("name", NAMES)
def test_what_answers_leaves_no_gap(name: str) -> None:
    assert evidence_of(CASES[name], CASES[name].answers).unread == ()


@pytest.mark.parametrize("name", NAMES)
def test_the_target_comes_first_with_its_account(name: str) -> None:
    case = CASES[name]
    target = evidence_of(case, case.answers).target
    assert target is not None
    assert (target.arn, target.account) == (case.on, ACCOUNT)
    assert dict(target.traits).items() >= dict(case.traits or {}).items()


@pytest.mark.parametrize("name", [name for name in NAMES if CASES[name].policy])
def test_its_policy_is_there_as_aws_returned_it(name: str) -> None:
    case = CASES[name]
    found = evidence_of(case, case.answers).of(case.layer, case.on)
    assert [p.name for p in found] == [case.policy]
    if case.answers:
        assert found[0].text == POLICY


@pytest.mark.parametrize("name", [name for name in NAMES if CASES[name].keyed])
def test_the_key_that_encrypts_it_is_read_as_well(name: str) -> None:
    case = CASES[name]
    evidence = evidence_of(case, case.answers)
    assert evidence.target is not None
    assert evidence.target.key == KEY
    assert [t.arn for t in evidence.targets] == [case.on, KEY]
    assert [p.name for p in evidence.of(Layer.RESOURCE, KEY)] == ["key policy"]


@pytest.mark.parametrize("name", WITH_GONE)
def test_a_resource_that_does_not_exist_is_said_to_be_absent(name: str) -> None:
    case = CASES[name]
    evidence = evidence_of(case, {**case.answers, **case.gone})
    assert evidence.target is not None
    assert evidence.target.traits["exists"] == "false"
    assert evidence.unread == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_refused_read_is_named_by_the_arn_and_the_target_still_stands(name: str) -> None:
    case = CASES[name]
    service = {"states": "stepfunctions", "es": "opensearch", "elasticfilesystem": "efs"}
    prefix = case.resource.split(":")[2]
    own = [op for op in {**shop.shop(), **case.answers} if op.split(":")[0] == service.get(prefix, prefix)]
    refused: dict[str, Reply] = dict.fromkeys([*own, "s3:GetBucketLocation"], DENIED)
    evidence = evidence_of(case, {**case.answers, **refused})
    named = [u for u in evidence.unread if case.on in u.what]
    assert named
    assert all("AccessDenied" in u.why for u in named)
    if case.policy:
        assert {u.layer for u in named if u.decides} >= {case.layer}
    if case.layer is Layer.RESOURCE:
        assert evidence.target is not None
        assert evidence.target.arn == case.on


def test_a_secret_that_was_called_by_name_stands_under_its_full_arn() -> None:
    case = CASES["secret by full name"]
    by_name = replace(case, resource=case.resource[:-7], target=case.resource)
    evidence = evidence_of(by_name, case.answers)
    assert [t.arn for t in evidence.targets] == [case.resource, KEY]
    assert evidence.of(Layer.RESOURCE, case.resource)


def test_an_alias_is_followed_to_its_key() -> None:
    alias = arn("kms", "alias/orders")
    evidence = evidence_of(Case(alias, {}, {}), {})
    assert evidence.target is not None
    assert (evidence.target.arn, evidence.target.traits["alias"]) == (KEY, "orders")
    assert evidence.of(Layer.RESOURCE, KEY)


def test_keys_that_aws_owns_are_not_asked_for() -> None:
    case = CASES["queue"]
    own: Any = {"sqs:GetQueueAttributes": {"Attributes": {"Policy": POLICY, "KmsMasterKeyId": "alias/aws/sqs"}}}
    evidence = evidence_of(case, {**case.answers, **own})
    assert evidence.target is not None
    assert evidence.target.key is None
    assert len(evidence.targets) == 1


@pytest.mark.parametrize("listed", [(), ("999999999999",)])
def test_a_resource_of_another_account_is_asked_about_only_if_the_account_is_listed(listed: tuple[str, ...]) -> None:
    queue = f"arn:aws:sqs:{REGION}:999999999999:theirs"
    aws = Answers({**ACCOUNT_WIDE, **CASES["queue"].answers})
    reader = AccountReader(aws.clients(), replace(SETTINGS, listed_accounts=listed))
    evidence = reader.gather(denial(action="sqs:SendMessage", resource=queue))
    assert bool(aws.named("sqs:GetQueueUrl")) is bool(listed)
    assert bool([u for u in evidence.unread if "999999999999" in u.why]) is not bool(listed)
    assert evidence.target is not None
    assert evidence.target.account == "999999999999"


@pytest.mark.parametrize(
    "resource",
    [f"arn:aws:sqs:atlantis-1:{ACCOUNT}:orders", f"arn:aws-cn:sqs:cn-north-1:{ACCOUNT}:orders"],
)
def test_a_region_that_botocore_does_not_know_or_another_partition_is_not_called(resource: str) -> None:
    aws = Answers(dict(ACCOUNT_WIDE))
    evidence = AccountReader(aws.clients(), SETTINGS).gather(denial(action="sqs:SendMessage", resource=resource))
    assert aws.named("sqs:GetQueueUrl") == []
    assert [u.layer for u in evidence.unread if u.decides] == [Layer.RESOURCE]


def test_a_resource_in_another_region_is_asked_about_there() -> None:
    aws = Answers({**ACCOUNT_WIDE, **CASES["bus"].answers})
    clients = aws.clients()
    resource = CASES["bus"].resource.replace(REGION, "us-east-1")
    AccountReader(clients, SETTINGS).gather(denial(action="events:PutEvents", resource=resource))
    assert ("events", "us-east-1") in {key[:2] for key in clients._made}


def test_a_layer_is_asked_about_by_its_name_and_version() -> None:
    aws = Answers({**ACCOUNT_WIDE, **CASES["layer"].answers})
    AccountReader(aws.clients(), SETTINGS).gather(
        denial(action="lambda:GetLayerVersion", resource=CASES["layer"].resource)
    )
    assert aws.named("lambda:GetLayerVersionPolicy") == [
        {"LayerName": arn("lambda", "layer:tools"), "VersionNumber": 3}
    ]


def test_a_layer_version_without_a_policy_has_none() -> None:
    evidence = evidence_of(CASES["layer"], missing("lambda:GetLayerVersionPolicy"))
    assert (evidence.of(Layer.RESOURCE), evidence.unread) == ((), ())


@pytest.mark.parametrize(
    "rest", ["layer:tools", "layer:tools:", "layer:tools:x", "layer::3", "event-source-mapping:1-2"]
)
def test_what_has_no_policy_of_its_own_in_lambda_is_not_asked_about(rest: str) -> None:
    evidence = evidence_of(Case(arn("lambda", rest), {}, {}), {})
    assert [t.arn for t in evidence.targets] == [arn("lambda", rest)]
    assert evidence.unread == ()
