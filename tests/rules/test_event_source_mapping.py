"""A poller without permission: the function is never invoked, its queue or stream only grows."""

import pytest

from iam_watchdog import policy
from iam_watchdog.model import AddRoleStatements, AttachManagedPolicy, Kind, Layer, Witness
from iam_watchdog.remedy import pollers, propose
from iam_watchdog.remedy.proving import as_policy
from iam_watchdog.rules import diagnose, event_source_mapping
from tests.rules.cases import (
    ACCOUNT,
    FUNCTION,
    KEY,
    QUEUE,
    allow,
    boundary,
    claiming,
    denial,
    deny,
    encrypted,
    evidence,
    function,
    identity,
    key_policy,
)

POLLING = denial("sqs:ReceiveMessage", QUEUE, witness=Witness.CONFIG, origin="sweep")
FED = function(mappings=((QUEUE, "Enabled", "PROBLEM: Function call failed"),))
STREAM = f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/orders"
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders/stream/2026-01-01T00:00:00.000"


def test_it_is_silent_about_a_queue_that_the_code_itself_reads() -> None:
    assert event_source_mapping.examine(POLLING, evidence()) is None
    assert event_source_mapping.examine(POLLING, evidence(identity(allow("sqs:*")), function=FED)) is None


def test_it_says_that_the_function_is_not_fed() -> None:
    found = diagnose(POLLING, evidence(function=FED))
    assert (found.rule, found.layer) == ("event_source_mapping", Layer.IDENTITY)
    assert found.because.startswith(f"Function orders is not fed from {QUEUE}: its role orders-role may not call")


def test_the_whole_set_is_proposed_at_once_with_the_managed_policy_beside_it() -> None:
    seen = evidence(identity(allow("sqs:DeleteMessage", QUEUE)), function=FED)
    found, plan, proof = propose.plan(diagnose(POLLING, seen), POLLING, seen)
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert fix.statements[0].actions == ("sqs:GetQueueAttributes", "sqs:ReceiveMessage")
    assert isinstance(found.instead[0], AttachManagedPolicy)
    assert plan
    assert proof
    assert proof.holds


def test_the_key_of_the_queue_is_part_of_the_set() -> None:
    seen = evidence(key_policy(), targets=encrypted(QUEUE), function=FED)
    (fix,) = diagnose(POLLING, seen).fixes
    assert isinstance(fix, AddRoleStatements)
    assert [s.actions for s in fix.statements][-1] == ("kms:Decrypt",)
    assert fix.statements[-1].resources == (KEY,)


@pytest.mark.parametrize(
    ("action", "source", "count"), [("kinesis:GetRecords", STREAM, 5), ("dynamodb:GetRecords", TABLE, 4)]
)
def test_streams_have_their_own_sets(action: str, source: str, count: int) -> None:
    refused = denial(action, source, witness=Witness.CONFIG)
    seen = evidence(function=function(mappings=((source, "Enabled", "OK"),)))
    found, plan, _ = propose.plan(diagnose(refused, seen), refused, seen)
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert len([a for s in fix.statements for a in s.actions]) == count
    assert plan


def test_a_boundary_is_named_whatever_the_message_says() -> None:
    seen = evidence(identity(allow("sqs:*")), boundary(allow("s3:*")), function=FED)
    assert diagnose(claiming(POLLING, Layer.IDENTITY), seen).rule == "permissions_boundary"


BROKER = f"arn:aws:mq:eu-west-1:{ACCOUNT}:broker:orders:b-1"
CLUSTER = f"arn:aws:kafka:eu-west-1:{ACCOUNT}:cluster/orders/1"
DOCUMENTS = f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster:orders"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:orders-AbCdEf"
INTERFACE = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:network-interface/*"
SOURCES = [
    (QUEUE, "sqs:DeleteMessage", QUEUE),
    (STREAM, "kinesis:ListShards", STREAM),
    (f"{STREAM}/consumer/c:1", "kinesis:SubscribeToShard", f"{STREAM}/consumer/c:1"),
    (TABLE, "dynamodb:GetRecords", TABLE),
    (CLUSTER, "kafka:DescribeClusterV2", CLUSTER),
    (CLUSTER, "ec2:CreateNetworkInterface", INTERFACE),
    (BROKER, "mq:DescribeBroker", BROKER),
    (BROKER, "secretsmanager:GetSecretValue", SECRET),
    (DOCUMENTS, "rds:DescribeDBClusters", DOCUMENTS),
    ("", "ec2:DescribeVpcs", None),
    ("", "secretsmanager:GetSecretValue", SECRET),
]


def test_it_is_silent_about_a_secret_and_a_network_that_no_poller_uses() -> None:
    seen = evidence(function=function(mappings=((QUEUE, "Enabled", ""), (CLUSTER, "Enabled", ""))))
    assert event_source_mapping.examine(denial("secretsmanager:GetSecretValue", SECRET), seen) is None
    only = evidence(function=FED)
    assert event_source_mapping.examine(denial("ec2:DescribeVpcs", None), only) is None
    interface = denial("ec2:CreateNetworkInterface", INTERFACE, kind=Kind.LAMBDA_VPC_ENI)
    assert event_source_mapping.examine(interface, seen) is None


@pytest.mark.parametrize(("source", "action", "on"), SOURCES)
def test_whatever_a_poller_is_refused_all_that_it_lacks_is_proposed_and_each_call_works(
    source: str, action: str, on: str | None
) -> None:
    secrets = ((source, SECRET),) if source in (BROKER, DOCUMENTS, "") else ()
    fed = function(mappings=((source, "Enabled", ""),), mapping_secrets=secrets, mapping_networks=("",))
    refused, seen = denial(action, on, witness=Witness.CONFIG), evidence(function=fed)
    found, plan, proof = propose.plan(diagnose(refused, seen), refused, seen)
    assert found.rule == "event_source_mapping"
    assert plan
    assert proof
    assert proof.holds
    (fix,) = found.fixes
    added = as_policy(fix, seen)
    assert added
    assert found.request
    for call in pollers.calls(source, FUNCTION, (SECRET,) if secrets else (), networked=True):
        asked = type(found.request)(found.request.principal, call.action, call.resource, ACCOUNT)
        assert policy.decide(asked, (added,)).answer == "allowed", call


def test_only_what_has_no_name_yet_or_takes_no_resource_is_named_by_a_star() -> None:
    refused = denial("kafka:GetBootstrapBrokers", CLUSTER, witness=Witness.CONFIG)
    (fix,) = diagnose(refused, evidence(function=function(mappings=((CLUSTER, "Enabled", ""),)))).fixes
    assert isinstance(fix, AddRoleStatements)
    named = {action: set(allow.resources) for allow in fix.statements for action in allow.actions}
    assert named["kafka:DescribeClusterV2"] == {CLUSTER}
    assert named["ec2:DeleteNetworkInterface"] == {INTERFACE}
    kinds = ("network-interface", "subnet", "security-group")
    assert named["ec2:CreateNetworkInterface"] == {INTERFACE.replace("network-interface", kind) for kind in kinds}
    assert {a for a, on in named.items() if on == {"*"}} == {
        "kafka:GetBootstrapBrokers",
        *(f"ec2:Describe{what}" for what in ("NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")),
    }


def test_no_managed_policy_is_offered_where_a_secret_is_missing_too() -> None:
    refused = denial("kafka:GetBootstrapBrokers", CLUSTER, witness=Witness.CONFIG)
    plain = function(mappings=((CLUSTER, "Enabled", ""),))
    assert diagnose(refused, evidence(function=plain)).instead
    with_secret = function(mappings=((CLUSTER, "Enabled", ""),), mapping_secrets=((CLUSTER, SECRET),))
    assert not diagnose(refused, evidence(function=with_secret)).instead


def test_a_deny_of_another_of_its_calls_is_said() -> None:
    seen = evidence(identity(deny("sqs:DeleteMessage")), function=FED)
    found = diagnose(POLLING, seen)
    assert "The poller also calls sqs:DeleteMessage, which a Deny forbids: no Allow helps there" in found.notes
