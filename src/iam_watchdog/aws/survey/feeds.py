"""Event source mappings as Lambda lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import reading
from iam_watchdog.expect import Feed

ACTIONS = ("lambda:ListEventSourceMappings",)


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
        failures=((one.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination", ""),
    )
