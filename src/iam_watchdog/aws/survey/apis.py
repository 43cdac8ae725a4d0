"""API Gateway's side: which functions its deployed stages call, as the permissions of those functions see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.survey.found import Found, lambda_arn, pages
from iam_watchdog.expect import Trigger

ACTIONS = ("apigateway:GET",)
PRINCIPAL = "apigateway.amazonaws.com"
REST, HTTP = "apigateway", "apigatewayv2"


def http_apis(clients: Clients, account: str) -> Found:
    """HTTP and WebSocket APIs: integrations through their routes, authorizers by themselves."""
    client = clients.get(HTTP)
    for api in pages(client.get_apis, "Items", "NextToken"):
        named = {"ApiId": api["ApiId"]}
        integrations = list(pages(client.get_integrations, "Items", "NextToken", **named))
        ours = {f"integrations/{i['IntegrationId']}": i for i in integrations if _by_policy(i, "CredentialsArn")}
        whole = _whole(clients, account, api["ApiId"])
        if ours:
            stages = [stage["StageName"] for stage in pages(client.get_stages, "Items", "NextToken", **named)]
            for route in pages(client.get_routes, "Items", "NextToken", **named):
                if integration := ours.get(route.get("Target", "")):
                    method, _, path = route["RouteKey"].rpartition(" ")
                    tail = f"{_any(method)}{path}" if method else path
                    yield from _called(integration.get("IntegrationUri", ""), whole, stages, tail)
        for one in pages(client.get_authorizers, "Items", "NextToken", **named):
            if _by_policy(one, "AuthorizerCredentialsArn"):
                yield from _authorizer(one.get("AuthorizerUri", ""), whole, one["AuthorizerId"])


def rest_apis(clients: Clients, account: str) -> Found:
    """REST APIs: methods through their resources, authorizers by themselves; an API without a stage calls nobody."""
    client = clients.get(REST)
    for api in pages(client.get_rest_apis, "items", "position"):
        named = {"restApiId": api["id"]}
        stages = [stage["stageName"] for stage in client.get_stages(**named).get("item", ())]
        whole = _whole(clients, account, api["id"])
        for resource in pages(client.get_resources, "items", "position", **named, embed=["methods"]):
            for method, described in resource.get("resourceMethods", {}).items():
                integration = described.get("methodIntegration", {})
                if _by_policy(integration, "credentials"):
                    tail = f"{_any(method)}{resource.get('path', '/')}"
                    yield from _called(integration.get("uri", ""), whole, stages, tail)
        for one in pages(client.get_authorizers, "items", "position", **named):
            if stages and _by_policy(one, "authorizerCredentials"):
                yield from _authorizer(one.get("authorizerUri", ""), whole, one["id"])


def _by_policy(described: dict[str, Any], credentials: str) -> bool:
    """With credentials of its own the API calls under a role, and the function's policy has no say."""
    return not described.get(credentials)


def _any(method: str) -> str:
    """Where every method is meant a permission has to admit each of them; `ANY` stands for one that nobody names."""
    return "ANY" if method in ("ANY", "*") else method


def _whole(clients: Clients, account: str, api: str) -> str:
    return f"arn:{clients.partition(clients.region) or 'aws'}:execute-api:{clients.region}:{account}:{api}"


def _called(uri: str, whole: str, stages: list[str], tail: str) -> Iterator[tuple[str, Trigger]]:
    """A permission names stage, method and path; the proposal for a function that lacks one is for the whole API."""
    if found := lambda_arn(uri):
        for stage in stages:
            asked = {"aws:SourceArn": (f"{whole}/{stage}/{tail}",)}
            yield found[0], Trigger(PRINCIPAL, f"{whole}/*/*", found[1], whole.split(":")[4], context=asked)


def _authorizer(uri: str, whole: str, name: str) -> Iterator[tuple[str, Trigger]]:
    if found := lambda_arn(uri):
        yield found[0], Trigger(PRINCIPAL, f"{whole}/authorizers/{name}", found[1], whole.split(":")[4])
