"""What the deployed watchdog would decide with; where none is deployed, the defaults of the template."""

from __future__ import annotations

from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

from iam_watchdog import wiring
from iam_watchdog.aws.clients import Clients
from iam_watchdog.ports import Settings
from iam_watchdog_cli.connection import Connection

ALLOW_LISTED = ("AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole")
"""AllowListedPolicies unless somebody says otherwise."""


def settings(where: Connection, clients: Clients) -> Settings:
    """Of the stack's own Diagnose function; no other account is asked with a person's credentials."""
    try:
        read = clients.get("lambda").get_function_configuration(FunctionName=f"{where.stack}-diagnose")
        given = {**read.get("Environment", {}).get("Variables", {}), "AWS_REGION": where.region}
        return replace(wiring.settings(wiring.Environment(given)), listed_accounts=())
    except (ClientError, BotoCoreError, wiring.Misconfigured):
        listed = tuple(f"arn:{where.partition}:iam::aws:policy/service-role/{name}" for name in ALLOW_LISTED)
        pinned = wiring.allow_listed(listed, where.partition)
        return Settings(where.account, where.region, where.partition, where.stack, allow_listed=pinned)
