"""The endpoints in the function's network that its calls to one service may pass, and their policies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Any

from iam_watchdog.aws.faults import NotRead
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import parse
from iam_watchdog.aws.read.piece import Piece, Read, document
from iam_watchdog.model import Denial, Function, Layer, Policy, Unread

ACTIONS = ("ec2:DescribeRouteTables", "ec2:DescribeVpcEndpoints")
NAMED_OTHERWISE: Mapping[str, tuple[str, ...]] = {
    # https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
    "ecr": ("ecr.api", "ecr.dkr"),
    "kinesis": ("kinesis-streams",),
    "states": ("states", "sync-states"),
    "es": ("es",),
}
"""Service as in an ARN → last words of the names of its endpoints, where they differ."""


type Endpoint = Mapping[str, Any]


def reads(denial: Denial, function: Function, account: Account) -> tuple[Read, ...]:
    """One call for a function in a VPC (two if a gateway serves it there), none for any other."""
    arn = parse(denial.resource)
    if not function.vpc_id or arn is None:
        return ()
    # A role is assumed through the endpoint of STS, whatever its ARN says.
    service = "sts" if denial.action.startswith("sts:") else arn.service
    region = arn.region or function.arn.split(":")[3]
    call = partial(_endpoints, denial, function, service, region, account)
    return (Read(f"endpoint policies of {function.vpc_id} for {service}", (Layer.VPCE,), call),)


def _endpoints(denial: Denial, function: Function, service: str, region: str, account: Account) -> Piece:
    """Those that the call passed as far as anybody can tell: the one that CloudTrail names, else those on the way."""
    found = _listed("describe_vpc_endpoints", "VpcEndpoints", function, account)
    serving = [each for each in found if _serves(each, region, NAMED_OTHERWISE.get(service, (service,)))]
    named = denial.context.get("aws:SourceVpce", ())
    unread: tuple[Unread, ...] = ()
    if named:
        passed = [each for each in found if each["VpcEndpointId"] in named]
        unread = () if passed else (_elsewhere(named[0], function),)
    elif denial.said and denial.said.layer is Layer.VPCE:
        passed = serving  # AWS says that one of them refused; code may call one by a name of its own.
    else:
        tables, unread = _tables(serving, function, account)
        passed = [each for each in serving if _on_the_way(each, tables)]
    return Piece(policies=tuple(_policy(each, function.arn) for each in passed), unread=unread)


def _listed(operation: str, items: str, function: Function, account: Account) -> tuple[Any, ...]:
    """Those of the function's network; an endpoint that is no AWS may know the operation and not the filter."""
    wanted = [{"Name": "vpc-id", "Values": [function.vpc_id]}]
    region = function.arn.split(":")[3]
    found = account.clients.pages("ec2", operation, items, limit=200, region=region, Filters=wanted)[0]
    return tuple(each for each in found if each.get("VpcId", function.vpc_id) == function.vpc_id)


def _elsewhere(endpoint: str, function: Function) -> Unread:
    why = f"it is not in the function's own network {function.vpc_id}"
    return Unread(Layer.VPCE, f"policy of endpoint {endpoint}", why)


def _serves(endpoint: Endpoint, region: str, last: tuple[str, ...]) -> bool:
    """Names read com.amazonaws.<Region>.<service>, in China with cn. before it."""
    named = endpoint.get("ServiceName", "").split(f".{region}.", 1)[-1]
    return named in last and endpoint.get("State", "available").lower() == "available"


def _on_the_way(endpoint: Endpoint, tables: Collection[str] | None) -> bool:
    """A gateway stands in the route tables of the subnets; an interface answers to the service's own name.

    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
    """
    kind = endpoint.get("VpcEndpointType")
    if kind == "Gateway":
        return tables is None or bool(set(endpoint.get("RouteTableIds", ())) & set(tables))
    inbound_only = (endpoint.get("DnsOptions") or {}).get("PrivateDnsOnlyForInboundResolverEndpoint")
    return kind != "Interface" or (endpoint.get("PrivateDnsEnabled", True) and not inbound_only)


def _tables(
    serving: Iterable[Endpoint], function: Function, account: Account
) -> tuple[Collection[str] | None, tuple[Unread, ...]]:
    """The route tables of the function's subnets where a gateway asks for them; None: not known, so all count."""
    if not function.subnets or all(each.get("VpcEndpointType") != "Gateway" for each in serving):
        return None, ()
    try:
        found = _listed("describe_route_tables", "RouteTables", function, account)
    except NotRead as no:
        return None, (Unread(Layer.VPCE, f"route tables of {function.vpc_id}", str(no), decides=False),)
    rows = [(row, table["RouteTableId"]) for table in found for row in table.get("Associations", ())]
    own = {row["SubnetId"]: table for row, table in rows if row.get("SubnetId")}
    main = next((table for row, table in rows if row.get("Main")), "")
    return {own.get(subnet, main) for subnet in function.subnets}, ()


def _policy(endpoint: Endpoint, function: str) -> Policy:
    """Without a document the endpoint lets everything pass, as AWS's default policy says."""
    _, partition, _, region, account, *_ = function.split(":", 5)
    arn = f"arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{endpoint['VpcEndpointId']}"
    everything = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
    return Policy(Layer.VPCE, endpoint["VpcEndpointId"], document(endpoint.get("PolicyDocument") or everything), arn)
