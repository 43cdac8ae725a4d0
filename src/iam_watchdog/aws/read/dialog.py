"""What a bot, an agent or a call center names as what it starts, or None if it is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from iam_watchdog.aws.read import starting
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.starting import UNTOLD

ACTIONS = (
    "bedrock:GetAgentActionGroup",
    "bedrock:ListAgentActionGroups",
    "bedrock:ListAgentAliases",
    "connect:ListLambdaFunctions",
    "lex:DescribeBotAlias",
)
GONE = ("ResourceNotFoundException",)
MOST = 1_000
"""Rows of a listing that are read; whether something is named further on stays open."""


def bot_alias(arn: Arn, account: Account) -> Iterable[str] | None:
    """The alias of a Lex bot."""
    bot, _, alias = arn.name.partition("/")
    found = account.read(arn, "lexv2-models", "describe_bot_alias", absent=GONE, botId=bot, botAliasId=alias)
    return starting.by_alias(found) if found else None


def agent(arn: Arn, account: Account) -> Iterable[str] | None:
    """A Bedrock agent; one without an alias is gone, since there is always one for its draft.

    It has 10 aliases and 20 action groups at most: https://docs.aws.amazon.com/general/latest/gr/bedrock.html
    """
    aliases = list(_rows(arn, account, "list_agent_aliases", "agentAliasSummaries", agentId=arn.name))
    return _named(arn, account, aliases) if aliases else None


def _named(arn: Arn, account: Account, aliases: list[dict[str, Any]]) -> Iterator[str]:
    routes = (route for alias in aliases for route in alias.get("routingConfiguration", ()))
    for version in dict.fromkeys(route["agentVersion"] for route in routes if route.get("agentVersion")):
        asked = {"agentId": arn.name, "agentVersion": version}
        for row in _rows(arn, account, "list_agent_action_groups", "actionGroupSummaries", **asked):
            group = {**asked, "actionGroupId": row["actionGroupId"]}
            found = account.read(arn, "bedrock-agent", "get_agent_action_group", absent=GONE, **group)
            yield from starting.by_action_group(found.get("agentActionGroup", {}))


def _rows(arn: Arn, account: Account, operation: str, items: str, **asked: Any) -> tuple[Any, ...]:
    rows, _ = account.pages(arn, "bedrock-agent", operation, items, limit=MOST, absent=GONE, **asked)
    return rows


def instance(arn: Arn, account: Account) -> Iterable[str] | None:
    """An instance of Amazon Connect; of one that is gone nothing more can be told than that nothing was added to it."""
    listing = ("connect", "list_lambda_functions", "LambdaFunctions")
    rows, more = account.pages(arn, *listing, limit=MOST, absent=GONE, InstanceId=arn.name)
    return (*rows, *([UNTOLD] if more else ()))
