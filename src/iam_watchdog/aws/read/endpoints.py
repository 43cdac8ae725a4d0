"""The endpoints in the function's network that its calls to one service may pass, and their policies."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.piece import Piece, Read, document
from iam_watchdog.model import Function, Layer, Policy

ACTIONS = ("ec2:DescribeVpcEndpoints",)
NAMED_OTHERWISE: Mapping[str, tuple[str, ...]] = {
    # https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
    "ecr": ("ecr.api", "ecr.dkr"),
    "kinesis": ("kinesis-streams",),
    "states": ("states", "sync-states"),
    "es": ("es",),
}
"""Service as in an ARN → last words of the names of its endpoints, where they differ."""


def reads(function: Function, service: str, account: Account) -> tuple[Read, ...]:
    """One call for a function in a VPC, none for any other."""
    if not function.vpc_id or not service:
        return ()
    call = partial(_endpoints, function.vpc_id, function.arn, service, account)
    return (Read(f"endpoint policies of {function.vpc_id} for {service}", (Layer.VPCE,), call),)


def _endpoints(vpc: str, function: str, service: str, account: Account) -> Piece:
    """Whether a call really took the endpoint depends on routes and names; its policy is in play if it exists."""
    region = function.split(":")[3]
    wanted = [{"Name": "vpc-id", "Values": [vpc]}]
    found, _ = account.clients.pages(
        "ec2", "describe_vpc_endpoints", "VpcEndpoints", limit=200, region=region, Filters=wanted
    )
    last = NAMED_OTHERWISE.get(service, (service,))
    return Piece(policies=tuple(_policy(each, function) for each in found if _serves(each, region, last)))


def _serves(endpoint: Mapping[str, Any], region: str, last: tuple[str, ...]) -> bool:
    """Names read com.amazonaws.<Region>.<service>, in China with cn. before it."""
    named = endpoint.get("ServiceName", "").split(f".{region}.", 1)[-1]
    return named in last and endpoint.get("State", "available").lower() == "available"


def _policy(endpoint: Mapping[str, Any], function: str) -> Policy:
    """Without a document the endpoint lets everything pass, as AWS's default policy says."""
    _, partition, _, region, account, *_ = function.split(":", 5)
    arn = f"arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{endpoint['VpcEndpointId']}"
    everything = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
    return Policy(Layer.VPCE, endpoint["VpcEndpointId"], document(endpoint.get("PolicyDocument") or everything), arn)
