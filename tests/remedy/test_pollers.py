"""One table of what pollers call: the sweep misses only what is certain, the rule proposes all of it."""

import pytest

from iam_watchdog.expect import Feed, needs
from iam_watchdog.remedy.pollers import calls, mapping
from tests.rules.cases import ACCOUNT, FUNCTION, QUEUE, function

CLUSTER = f"arn:aws:kafka:eu-west-1:{ACCOUNT}:cluster/orders/1"
BROKER = f"arn:aws:mq:eu-west-1:{ACCOUNT}:broker:orders:b-1"
STREAM = f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/orders"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:orders-AbCdEf"


def swept(feed: Feed) -> set[str]:
    return {need.action for need in needs(function(), feeds=(feed,)) if need.group.startswith("source")}


def test_nothing_is_called_for_a_source_that_nobody_knows_or_a_cluster_out_of_any_network() -> None:
    assert calls("arn:aws:new-service:eu-west-1:111122223333:thing/1", FUNCTION) == ()
    assert calls("", FUNCTION) == ()
    assert mapping(function(), "sqs:ReceiveMessage", QUEUE) is None
    assert mapping(function(mappings=((QUEUE, "", ""),)), "sqs:SendMessage", QUEUE) is None
    assert mapping(function(mappings=((QUEUE, "", ""),)), "sqs:ReceiveMessage", f"{QUEUE}-2") is None


def test_a_sweep_does_not_miss_what_some_mappings_do_without() -> None:
    assert swept(Feed(BROKER)) == {"mq:DescribeBroker"}
    assert "kinesis:ListShards" not in swept(Feed(STREAM))
    assert "kafka:DescribeClusterV2" not in swept(Feed(CLUSTER))


def test_a_sweep_asks_for_all_of_it_when_lambda_itself_reports_a_missing_permission() -> None:
    found = swept(Feed(BROKER, result="PROBLEM: the role lacks a permission on the network", secrets=(SECRET,)))
    assert {"ec2:CreateNetworkInterface", "ec2:DescribeVpcs", "secretsmanager:GetSecretValue"} <= found


def test_a_mapping_of_a_consumer_polls_the_stream_and_subscribes_the_consumer() -> None:
    consumer = f"{STREAM}/consumer/c:1"
    on = {call.action: call.resource for call in calls(consumer, FUNCTION)}
    assert (on["kinesis:GetRecords"], on["kinesis:SubscribeToShard"]) == (STREAM, consumer)
    assert "kinesis:SubscribeToShard" not in {call.action for call in calls(STREAM, FUNCTION)}


@pytest.mark.parametrize("action", ["kafka:DescribeCluster", "kafka:DescribeClusterV2"])
def test_the_earlier_name_of_an_action_is_known(action: str) -> None:
    found = mapping(function(mappings=((QUEUE, "", ""), (CLUSTER, "", ""))), action, CLUSTER)
    assert found
    assert found[0] == CLUSTER
    assert "kafka:DescribeCluster" not in {call.action for call in found[1]}


def test_interfaces_are_made_in_the_functions_own_account() -> None:
    foreign = CLUSTER.replace(ACCOUNT, "444455556666")
    on = {call.action: call.resource for call in calls(foreign, FUNCTION)}
    assert on["ec2:CreateNetworkInterface"] == f"arn:aws:ec2:eu-west-1:{ACCOUNT}:network-interface/*"
