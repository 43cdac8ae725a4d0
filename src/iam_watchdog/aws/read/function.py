"""A Lambda function's configuration, without its environment's values, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.piece import Piece, Read
from iam_watchdog.model import Function, Layer

ACTIONS = (
    "lambda:GetFunctionConfiguration",
    "lambda:ListTags",
    "lambda:ListEventSourceMappings",
    "lambda:GetFunctionEventInvokeConfig",
)
NO_FUNCTION = ("ResourceNotFoundException",)


def configuration(account: Account, name: str, qualifier: str, region: str) -> Function | None:
    """The configuration of one version or alias, None if Lambda does not know it. Raises NotRead."""
    params = {"FunctionName": name} | ({"Qualifier": qualifier} if qualifier not in ("", "$LATEST") else {})
    client = account.clients
    found = client.read("lambda", "get_function_configuration", region=region, absent=NO_FUNCTION, **params)
    return described(found) if found else None


def described(found: Mapping[str, Any]) -> Function:
    """A function by Lambda's answer; only what is named here leaves: `Environment.Variables` is not among it."""
    network = found.get("VpcConfig") or {}
    arn = ":".join(found["FunctionArn"].split(":")[:7])
    return Function(
        arn=arn,
        role=found.get("Role", ""),
        **_state(found),
        timeout=found.get("Timeout", 3),
        log_group=(found.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{arn.split(':')[6]}",
        key=found.get("KMSKeyArn") or None,
        in_vpc=bool(network.get("SubnetIds")),
        vpc_id=network.get("VpcId") or None,
        subnets=tuple(network.get("SubnetIds") or ()),
        code_sha=found.get("CodeSha256", ""),
        version=found.get("Version", "$LATEST"),
        dead_letter=(found.get("DeadLetterConfig") or {}).get("TargetArn") or None,
        tracing=(found.get("TracingConfig") or {}).get("Mode") == "Active",
        package=found.get("PackageType", "Zip"),
        file_systems=tuple(system["Arn"] for system in found.get("FileSystemConfigs") or ()),
        layers=tuple(layer["Arn"] for layer in found.get("Layers") or () if layer.get("Arn")),
        last_modified=found.get("LastModified", ""),
    )


def _state(found: Mapping[str, Any]) -> dict[str, Any]:
    """State and reason codes pass through as they are: AWS adds to them."""
    error = (found.get("Environment") or {}).get("Error") or {}
    words = f"{error.get('ErrorCode', '')}: {error.get('Message', '')}" if error else None
    return {
        "state": found.get("State", "Active"),
        "state_reason": found.get("StateReason") or found.get("LastUpdateStatusReason") or None,
        "state_reason_code": found.get("StateReasonCode") or None,
        "last_update_reason_code": found.get("LastUpdateStatusReasonCode") or None,
        "environment_error": words,
    }


type Then = Callable[[Function], tuple[Read, ...]]
"""What to read once more of the function is known."""


def details(
    account: Account, function: Function, *, mappings: bool, destinations: bool, then: Then = lambda _: ()
) -> tuple[Read, ...]:
    """Tags always; event source mappings and destinations where the denial could be theirs."""
    identity = (Layer.IDENTITY,)
    reads = [Read(f"tags of {function.arn}", identity, partial(_tags, account, function), decides=False)]
    if mappings:
        what = f"event source mappings of {function.arn}"
        reads.append(Read(what, identity, partial(_mappings, account, function, then), decides=False))
    if destinations:
        what = f"destinations of {function.arn}"
        reads.append(Read(what, identity, partial(_destinations, account, function, then), decides=False))
    return tuple(reads)


def _part(function: Function, **known: Any) -> Piece:
    return Piece(function=Function(function.arn, function.role, **known))


def _region(function: Function) -> str:
    return function.arn.split(":")[3]


def _tags(account: Account, function: Function) -> Piece:
    found = account.clients.read("lambda", "list_tags", region=_region(function), Resource=function.arn)
    return _part(function, tags=dict(found.get("Tags") or {}))


def _mappings(account: Account, function: Function, then: Then) -> Piece:
    found, _ = account.clients.pages(
        "lambda",
        "list_event_source_mappings",
        "EventSourceMappings",
        limit=100,
        region=_region(function),
        FunctionName=function.arn,
    )
    rows = tuple((m.get("EventSourceArn", ""), m.get("State", ""), m.get("LastProcessingResult", "")) for m in found)
    access = [(m.get("EventSourceArn", ""), a) for m in found for a in m.get("SourceAccessConfigurations") or ()]
    secrets = tuple((source, a["URI"]) for source, a in access if ":secretsmanager:" in a.get("URI", ""))
    networks = tuple(dict.fromkeys(source for source, a in access if a.get("Type") == "VPC_SUBNET"))
    topics = tuple(
        (m.get("EventSourceArn", ""), consumer_group(m), tuple(m["Topics"])) for m in found if m.get("Topics")
    )
    more = _part(function, mappings=rows, mapping_secrets=secrets, mapping_networks=networks, mapping_topics=topics)
    return replace(more, then=then(replace(function, mappings=rows)))


def consumer_group(mapping: Mapping[str, Any]) -> str:
    """The Kafka consumer group of a mapping; without one of its own its id is the name.

    https://docs.aws.amazon.com/lambda/latest/dg/kafka-consumer-group-id.html
    """
    config = mapping.get("AmazonManagedKafkaEventSourceConfig") or {}
    return str(config.get("ConsumerGroupId") or mapping.get("UUID", ""))


def _destinations(account: Account, function: Function, then: Then) -> Piece:
    found = account.clients.read(
        "lambda",
        "get_function_event_invoke_config",
        region=_region(function),
        absent=NO_FUNCTION,
        FunctionName=function.name,
    )
    config = found.get("DestinationConfig") or {}
    named = {"success": config.get("OnSuccess"), "failure": config.get("OnFailure")}
    rows = tuple((when, to["Destination"]) for when, to in named.items() if to and to.get("Destination"))
    return replace(_part(function, destinations=rows), then=then(replace(function, destinations=rows)))
