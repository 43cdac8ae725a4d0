"""An API of API Gateway: which functions its methods, routes and authorizers call without credentials of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.starting import UNTOLD, function_of

ACTIONS = ("apigateway:GET",)
GONE = ("NotFoundException",)
MOST = 1_000
"""Resources, integrations or authorizers of an API that are read; whether a function is called further on is open."""
URIS = ("uri", "authorizerUri", "IntegrationUri", "AuthorizerUri")


def named(arn: Arn, account: Account) -> Iterable[str] | None:
    """What an API calls, whichever of the two API Gateways has it; None if neither does."""
    api = arn.rest.partition("/")[0]
    if account.read(arn, "apigateway", "get_rest_api", absent=GONE, restApiId=api):
        return _rest(arn, account, api)
    if account.read(arn, "apigatewayv2", "get_api", absent=GONE, ApiId=api):
        return _http(arn, account, api)
    return None


def _rest(arn: Arn, account: Account, api: str) -> Iterator[str]:
    for resource in _rows(arn, account, "get_resources", restApiId=api, embed=["methods"]):
        for method in resource.get("resourceMethods", {}).values():
            yield _called(method.get("methodIntegration", {}), "uri", "credentials")
    for one in _rows(arn, account, "get_authorizers", restApiId=api):
        yield _called(one, "authorizerUri", "authorizerCredentials")


def _http(arn: Arn, account: Account, api: str) -> Iterator[str]:
    for one in _rows(arn, account, "get_integrations", "apigatewayv2", "Items", ApiId=api):
        yield _called(one, "IntegrationUri", "CredentialsArn")
    for one in _rows(arn, account, "get_authorizers", "apigatewayv2", "Items", ApiId=api):
        yield _called(one, "AuthorizerUri", "AuthorizerCredentialsArn")


def _rows(  # noqa: PLR0913 - the two services differ in name and in the word for rows
    arn: Arn, account: Account, operation: str, service: str = "apigateway", items: str = "items", **asked: Any
) -> Iterator[dict[str, Any]]:
    rows, more = account.pages(arn, service, operation, items, limit=MOST, **asked)
    yield from rows
    if more:
        yield {"resourceMethods": {"": {"methodIntegration": {"uri": UNTOLD}}}, **dict.fromkeys(URIS, UNTOLD)}


def _called(described: dict[str, Any], uri: str, credentials: str) -> str:
    """The function of one integration or authorizer, "" where the API calls under a role or calls no function."""
    return "" if described.get(credentials) else function_of(described.get(uri) or "")
