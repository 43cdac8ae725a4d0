"""Services that talk with people and meanwhile call a function by its own policy: bots, agents, call centers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.read import starting
from iam_watchdog.aws.survey.found import Found, few, one, pages
from iam_watchdog.aws.survey.services import here

ACTIONS = (
    "bedrock:GetAgentActionGroup",
    "bedrock:ListAgentActionGroups",
    "bedrock:ListAgentAliases",
    "bedrock:ListAgents",
    "connect:ListInstances",
    "connect:ListLambdaFunctions",
    "lex:DescribeBotAlias",
    "lex:ListBotAliases",
    "lex:ListBots",
)


def bot_aliases(clients: Clients, account: str) -> Found:
    """Lex V2: each alias of a bot names one function a language.

    https://docs.aws.amazon.com/lexv2/latest/dg/lambda-attach-api.html
    """
    client = clients.get("lexv2-models")
    for bot in few(pages(client.list_bots, "botSummaries", "nextToken"), "Lex bots"):
        for alias in pages(client.list_bot_aliases, "botAliasSummaries", "nextToken", botId=bot["botId"]):
            named = {"botId": bot["botId"], "botAliasId": alias["botAliasId"]}
            whole = client.describe_bot_alias(**named)
            arn = f"arn:{here(clients, 'lex', account)}:bot-alias/{bot['botId']}/{alias['botAliasId']}"
            for target in dict.fromkeys(starting.by_alias(whole)):
                yield from one(target, "lexv2.amazonaws.com", arn, account)


def agents(clients: Clients, account: str) -> Found:
    """Bedrock agents: the action groups of each version that an alias leads to; there is always one for the draft.

    https://docs.aws.amazon.com/bedrock/latest/userguide/agents-permissions.html
    """
    client = clients.get("bedrock-agent")
    for row in few(pages(client.list_agents, "agentSummaries", "nextToken"), "Bedrock agents"):
        arn = f"arn:{here(clients, 'bedrock', account)}:agent/{row['agentId']}"
        groups = (group for version in _versions(client, row["agentId"]) for group in _groups(client, **version))
        for target in dict.fromkeys(target for group in groups for target in starting.by_action_group(group)):
            yield from one(target, "bedrock.amazonaws.com", arn, account)


def _versions(client: Any, agent: str) -> list[dict[str, str]]:
    aliases = pages(client.list_agent_aliases, "agentAliasSummaries", "nextToken", agentId=agent)
    routes = (route for alias in aliases for route in alias.get("routingConfiguration", ()))
    versions = dict.fromkeys(route["agentVersion"] for route in routes if route.get("agentVersion"))
    return [{"agentId": agent, "agentVersion": version} for version in versions]


def _groups(client: Any, **version: str) -> Iterator[dict[str, Any]]:
    for row in pages(client.list_agent_action_groups, "actionGroupSummaries", "nextToken", **version):
        asked = {**version, "actionGroupId": row["actionGroupId"]}
        yield client.get_agent_action_group(**asked)["agentActionGroup"]


def instances(clients: Clients, account: str) -> Found:
    """Amazon Connect: the functions that were added to an instance.

    https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html
    """
    client = clients.get("connect")
    for row in few(pages(client.list_instances, "InstanceSummaryList", "NextToken"), "Amazon Connect instances"):
        listing = client.get_paginator("list_lambda_functions").paginate(InstanceId=row["Id"])
        for target in (target for page in listing for target in page["LambdaFunctions"]):
            yield from one(target, "connect.amazonaws.com", row["Arn"], account)
