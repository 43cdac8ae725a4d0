"""Event source mappings as Lambda lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import reading
from iam_watchdog.aws.read.function import consumer_group
from iam_watchdog.expect import Feed
from iam_watchdog.expect.shapes import service

ACTIONS = ("kafka:DescribeClusterV2", "lambda:ListEventSourceMappings")


def by_function(clients: Clients, **only: str) -> Mapping[str, list[Feed]]:
    """Mappings by function ARN without qualifier, of all functions or of one. Raises CannotRead."""
    found: dict[str, list[Feed]] = {}
    with reading("event source mappings"):
        pages = clients.get("lambda").get_paginator("list_event_source_mappings").paginate(**only)
        for one in (one for page in pages for one in page["EventSourceMappings"]):
            found.setdefault(":".join(one["FunctionArn"].split(":")[:7]), []).append(_feed(one))
    return found


def _feed(one: Mapping[str, Any]) -> Feed:
    """FilterCriteriaError is left out: it may concern our own right to decrypt."""
    access = one.get("SourceAccessConfigurations") or ()
    return Feed(
        source=one.get("EventSourceArn", ""),
        state=one.get("State", ""),
        result=one.get("LastProcessingResult", ""),
        secrets=tuple(a["URI"] for a in access if ":secretsmanager:" in a.get("URI", "")),
        in_network=any(a.get("Type") == "VPC_SUBNET" for a in access),
        topics=tuple(one.get("Topics") or ()),
        group=consumer_group(one),
        failures=((one.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination", ""),
    )


class Clusters:
    """How pollers sign in to MSK clusters; each cluster is asked once, and only where no secret says it.

    https://docs.aws.amazon.com/lambda/latest/dg/msk-cluster-auth.html#msk-bootstrap-brokers
    """

    def __init__(self, clients: Clients) -> None:
        self.clients = clients
        self._kept: dict[str, bool] = {}

    def signed(self, feed: Feed) -> Feed:
        """The feed with whether the function's role signs in. Raises CannotRead."""
        off = feed.state.lower().startswith(("disabl", "delet"))
        if service(feed.source) != "kafka" or feed.secrets or off:
            return feed
        if feed.source not in self._kept:
            with reading(f"how its poller signs in to {feed.source}"):
                found = self.clients.get("kafka").describe_cluster_v2(ClusterArn=feed.source)["ClusterInfo"]
            self._kept[feed.source] = _by_iam(found)
        return replace(feed, by_role=self._kept[feed.source])


def _by_iam(cluster: Mapping[str, Any]) -> bool:
    """Serverless clusters know nothing else; of the others Lambda takes IAM before no sign-in at all."""
    offered = ((cluster.get("Provisioned") or {}).get("ClientAuthentication") or {}).get("Sasl") or {}
    return cluster.get("ClusterType") == "SERVERLESS" or bool((offered.get("Iam") or {}).get("Enabled"))
