"""What Lambda's pollers call under a function's role, source by source: one table for the sweep and for the rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from iam_watchdog.model import Function
from iam_watchdog.remedy.arns import covers, part

OF_SOURCE = ""
STREAM = "the stream"
"""The stream itself, where a mapping names one of its consumers."""


@dataclass(frozen=True, slots=True)
class Poll:
    """One action of a poller; `on`: its source, or the last part of an ARN in the source's or the function's account.

    `certain`: False for what AWS lists but some mappings do without; it is proposed, and no sweep misses it.
    """

    action: str
    on: str = OF_SOURCE
    certain: bool = True


def _network(*, certain: bool = True) -> tuple[Poll, ...]:
    """How a poller reaches a cluster or broker inside a VPC."""
    return (
        Poll("ec2:CreateNetworkInterface", "network-interface/*", certain),
        Poll("ec2:DeleteNetworkInterface", "network-interface/*", certain),
        Poll("ec2:DescribeNetworkInterfaces", "*", certain),
        Poll("ec2:DescribeSecurityGroups", "*", certain),
        Poll("ec2:DescribeSubnets", "*", certain),
        Poll("ec2:DescribeVpcs", "*", certain),
    )


SELF_MANAGED = ""
"""A Kafka cluster of one's own has no ARN."""
SECRET = "secretsmanager:GetSecretValue"  # noqa: S105 - an action
POLLS: Mapping[str, tuple[Poll, ...]] = {
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    "sqs": (Poll("sqs:ReceiveMessage"), Poll("sqs:DeleteMessage"), Poll("sqs:GetQueueAttributes")),
    # https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html
    "kinesis": (
        Poll("kinesis:DescribeStream", STREAM),
        Poll("kinesis:GetRecords", STREAM),
        Poll("kinesis:GetShardIterator", STREAM),
        Poll("kinesis:DescribeStreamSummary", STREAM, certain=False),
        Poll("kinesis:ListShards", STREAM, certain=False),
        Poll("kinesis:SubscribeToShard", "consumer", certain=False),
    ),
    # https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
    "dynamodb": (
        Poll("dynamodb:DescribeStream"),
        Poll("dynamodb:GetRecords"),
        Poll("dynamodb:GetShardIterator"),
        Poll("dynamodb:ListStreams", certain=False),
    ),
    # https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html: kafka:DescribeCluster would do as well.
    "kafka": (Poll("kafka:DescribeClusterV2", certain=False), Poll("kafka:GetBootstrapBrokers"), *_network()),
    # https://docs.aws.amazon.com/lambda/latest/dg/process-mq-messages-with-lambda.html: or the broker is public.
    "mq": (Poll("mq:DescribeBroker"), *_network(certain=False)),
    # https://docs.aws.amazon.com/lambda/latest/dg/with-documentdb-tutorial.html
    "rds": (
        Poll("rds:DescribeDBClusters"),
        Poll("rds:DescribeDBClusterParameters", "cluster-pg:*"),
        Poll("rds:DescribeDBSubnetGroups", "subgrp:*"),
        *_network(),
    ),
    # https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-permissions.html
    SELF_MANAGED: _network(),
}
"""Service of the source's ARN → what its poller calls."""
EARLIER: Mapping[str, str] = {"kafka:DescribeCluster": "kafka:DescribeClusterV2"}
"""Actions in whose place AWS asks for another by now."""
BY_ROLE = "kafka-cluster:"
SIGNS_IN = (
    # https://docs.aws.amazon.com/lambda/latest/dg/msk-cluster-auth.html#msk-iam-auth
    Poll("kafka-cluster:Connect", "cluster"),
    Poll("kafka-cluster:DescribeGroup", "group"),
    Poll("kafka-cluster:AlterGroup", "group"),
    Poll("kafka-cluster:DescribeTopic", "topic"),
    Poll("kafka-cluster:ReadData", "topic"),
    # Serverless clusters have none: https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html
    Poll("kafka-cluster:DescribeClusterDynamicConfiguration", "cluster", certain=False),
)
"""What a poller does in a cluster into which it signs in with the function's role."""
ACTIONS = frozenset({poll.action for polls in (*POLLS.values(), SIGNS_IN) for poll in polls} | {SECRET} | set(EARLIER))
"""Everything that a poller may be refused."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a poller; its resource may be a pattern, where the name is not known before."""

    action: str
    resource: str
    certain: bool


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a poller reads in a cluster into which it signs in with the function's role."""

    topics: tuple[str, ...]
    group: str


def calls(
    source: str,
    home: str,
    secrets: tuple[str, ...] = (),
    *,
    networked: bool = False,
    sign_in: SignIn | None = None,
) -> tuple[Call, ...]:
    """What the poller of one mapping calls; `source` "" is a cluster of one's own, `home` the function's ARN."""
    polls = POLLS.get(part(source, 2), ()) if source else POLLS[SELF_MANAGED] if networked else ()
    if "/consumer/" not in source:
        polls = tuple(poll for poll in polls if poll.on != "consumer")
    made = [Call(poll.action, _resource(poll, source, home), poll.certain) for poll in polls]
    signed = _signed_in(source, sign_in) if sign_in else ()
    return (*signed, *made, *(Call(SECRET, secret, certain=True) for secret in secrets))


def _signed_in(cluster: str, sign_in: SignIn) -> Iterator[Call]:
    """A topic and a group stand beside their cluster, under its name and id."""
    place, _, name = cluster.partition(":cluster/")
    named = {
        "cluster": (cluster,),
        "group": (f"{place}:group/{name}/{sign_in.group}",),
        "topic": tuple(f"{place}:topic/{name}/{topic}" for topic in sign_in.topics),
    }
    for poll in SIGNS_IN:
        yield from (Call(poll.action, on, poll.certain) for on in named[poll.on])


def _resource(poll: Poll, source: str, home: str) -> str:
    if poll.on == STREAM:
        return source.partition("/consumer/")[0]
    if poll.on in (OF_SOURCE, "consumer"):
        return source
    service = poll.action.partition(":")[0]
    return poll.on if poll.on == "*" else f"arn:{part(home, 1)}:{service}:{part(home, 3)}:{part(home, 4)}:{poll.on}"


def mapping(function: Function, action: str, resource: str) -> tuple[str, tuple[Call, ...]] | None:
    """The source (and its poller's calls) of the first mapping that makes this call, None if no mapping does."""
    wanted = EARLIER.get(action, action)
    for source, made in _mappings(function, by_role=action.startswith(BY_ROLE)):
        if any(call.action == wanted and meets(call.resource, resource) for call in made):
            return source, made
    return None


def _mappings(function: Function, *, by_role: bool) -> Iterator[tuple[str, tuple[Call, ...]]]:
    """A poller with a secret does not sign in by the role; that one does is known by what it was refused."""
    for source, _, _ in function.mappings:
        secrets = tuple(secret for where, secret in function.mapping_secrets if where == source)
        read = [SignIn(topics, group) for where, group, topics in function.mapping_topics if where == source]
        networked = source in function.mapping_networks
        for sign_in in (read if by_role and not secrets else None) or (None,):
            yield source, calls(source, function.arn, secrets, networked=networked, sign_in=sign_in)


def meets(named: str, resource: str) -> bool:
    """A pattern stands for what has no name yet, and who asks for all of them asks for it too."""
    return named.endswith("*") or covers(named, resource) or covers(resource, named)
