"""The account as the sweep reads it: roles from one dump, functions in pages, triggers from their source's side."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.survey import Account
from iam_watchdog.aws.survey.found import lambda_arn
from iam_watchdog.aws.survey.roles import roles
from iam_watchdog.expect import audit
from iam_watchdog.model import Layer
from tests.aws.region import Region

REGION, ACCOUNT = "us-east-1", "123456789012"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


class Apis:
    """The two API Gateways (moto has them only with packages that nothing else here needs), each with one stage."""

    def __init__(self) -> None:
        self.rest: list[dict[str, Any]] = []
        self.http: list[dict[str, Any]] = []

    def get_rest_apis(self, **_: Any) -> dict[str, Any]:
        return {"items": [{"id": f"rest{n}"} for n, _ in enumerate(self.rest)]}

    def get_resources(self, **given: Any) -> dict[str, Any]:
        methods = {"GET": {"methodIntegration": self.rest[int(given["restApiId"][4:])]}}
        return {"items": [{"path": "/orders/{id}", "resourceMethods": methods}, {}]}

    def get_stages(self, **given: Any) -> dict[str, Any]:
        return {"Items": [{"StageName": "$default"}]} if "ApiId" in given else {"item": [{"stageName": "prod"}]}

    def get_authorizers(self, **_: Any) -> dict[str, Any]:
        return {}

    def get_routes(self, **_: Any) -> dict[str, Any]:
        return {"Items": [{"RouteKey": key, "Target": "integrations/i"} for key in ("POST /orders", "$default")]}

    def get_apis(self, **_: Any) -> dict[str, Any]:
        return {"Items": [{"ApiId": f"http{n}"} for n, _ in enumerate(self.http)]}

    def get_integrations(self, **given: Any) -> dict[str, Any]:
        return {"Items": [{"IntegrationId": "i", **self.http[int(given["ApiId"][4:])]}]}


class Pools:
    """Cognito without a pool: moto has it only with a package that nothing else here needs."""

    def list_user_pools(self, **_: Any) -> dict[str, Any]:
        return {}


class ClientsWithApis(Clients):
    apis = Apis()

    def get(self, service: str, **more: Any) -> Any:
        if service == "cognito-idp":
            return Pools()
        return self.apis if service.startswith("apigateway") else super().get(service, **more)


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, REGION)
    with mock_aws():
        ClientsWithApis.apis = Apis()
        made = ClientsWithApis(boto3.Session(region_name=REGION))
        made.get("lambda").meta.events.register("before-call.lambda.ListFunctionUrlConfigs", _no_urls)
        made.get("iot").meta.events.register("before-call.iot.ListAuthorizers", _none)
        yield made


def _no_urls(**_: Any) -> tuple[Any, dict[str, Any]]:
    """Function URLs are not among what moto knows."""
    return SimpleNamespace(status_code=200), {"FunctionUrlConfigs": []}


def _none(**_: Any) -> tuple[Any, dict[str, Any]]:
    return SimpleNamespace(status_code=200), {}


def policy(action: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})


def role(clients: Clients, name: str, **more: Any) -> str:
    made = clients.get("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), **more)
    return str(made["Role"]["Arn"])


def function(clients: Clients, name: str) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "def handler(e, c): ...")
    made = clients.get("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role(clients, f"{name}-role"),
        Handler="app.handler",
        Code={"ZipFile": packed.getvalue()},
    )
    return str(made["FunctionArn"])


def test_an_account_without_functions_is_one_empty_page(clients: Clients) -> None:
    (page,) = Account(clients, ACCOUNT).pages()
    assert (page.views, page.cursor) == ((), "")


def test_a_role_comes_with_every_policy_it_is_under(clients: Clients) -> None:
    iam = clients.get("iam")
    made = iam.create_policy(PolicyName="ceiling", PolicyDocument=policy("s3:*"))["Policy"]["Arn"]
    attached = iam.create_policy(PolicyName="reads", PolicyDocument=policy("s3:GetObject"))["Policy"]["Arn"]
    arn = role(clients, "r", PermissionsBoundary=made, Tags=[{"Key": "iam-watchdog", "Value": "approve"}])
    iam.attach_role_policy(RoleName="r", PolicyArn=attached)
    forgotten: list[str] = []

    def forget(parsed: dict[str, Any], **_: Any) -> None:
        forgotten.extend(p["Arn"] for p in parsed["Policies"] if p["Arn"] == attached)
        parsed["Policies"] = [p for p in parsed["Policies"] if p["Arn"] != attached]

    iam.meta.events.register("after-call.iam.GetAccountAuthorizationDetails", forget)
    iam.put_role_policy(RoleName="r", PolicyName="in", PolicyDocument=policy("logs:PutLogEvents"))
    view = roles(iam)[arn]
    found = {(p.layer, p.name): json.loads(p.text)["Statement"][0]["Action"] for p in view.policies}
    assert found[Layer.TRUST, "trust policy"] == "sts:AssumeRole"
    assert found[Layer.IDENTITY, "inline/in"] == "logs:PutLogEvents"
    assert found[Layer.IDENTITY, attached] == "s3:GetObject"
    assert found[Layer.BOUNDARY, made] == "s3:*"
    assert (view.tags, view.unread) == ({"iam-watchdog": "approve"}, ())
    assert forgotten == [attached], "the dump lacked one policy, which was read by itself"


def test_a_function_is_seen_with_its_role_its_policy_and_what_starts_it(clients: Clients) -> None:
    arn = function(clients, "f")
    clients.get("lambda").add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
    )
    clients.get("events").put_rule(Name="tick", ScheduleExpression="rate(1 hour)")
    clients.get("events").put_targets(Rule="tick", Targets=[{"Id": "1", "Arn": arn}])
    clients.get("logs").create_log_group(logGroupName="/aws/lambda/f")
    (page,) = Account(clients, ACCOUNT).pages()
    (view,) = page.views
    assert (view.function.name, view.role_exists, view.log_group_exists, view.unread) == ("f", True, True, ())
    assert [t.principal for t in view.triggers] == ["events.amazonaws.com"]
    assert {p.layer for p in view.policies} == {Layer.TRUST, Layer.INVOKE}


def test_an_api_starts_a_function_unless_it_does_so_under_a_role_of_its_own(clients: Clients) -> None:
    arn = function(clients, "f")
    apis = clients.get("apigateway")
    apis.rest = [
        {"uri": f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"},
        {"uri": f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations", "credentials": "r"},
    ]
    apis.http = [{"IntegrationUri": arn}]
    (page,) = Account(clients, ACCOUNT).pages()
    found = [(t.source_arn, t.context["aws:SourceArn"]) for t in page.views[0].triggers]
    arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:"
    assert found == [
        (f"{arn}http0/*/*", (f"{arn}http0/$default/POST/orders",)),
        (f"{arn}http0/*/*", (f"{arn}http0/$default/$default",)),
        (f"{arn}rest0/*/*", (f"{arn}rest0/prod/GET/orders/{{id}}",)),
    ]


def test_a_source_that_cannot_be_read_is_named_and_the_rest_goes_on(clients: Clients) -> None:
    function(clients, "f")

    def refuse(**_: Any) -> None:
        raise clients.get("sns").exceptions.ClientError(
            {"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListSubscriptions"
        )

    clients.get("sns").meta.events.register("before-call.sns.ListSubscriptions", refuse)
    (page,) = Account(clients, ACCOUNT).pages()
    assert len(page.views) == 1
    assert any("SNS subscriptions" in why for why in page.unread)


@pytest.mark.parametrize(
    ("arn", "found"),
    [
        ("arn:aws:sqs:us-east-1:1:q", None),
        ("arn:aws:lambda:us-east-1:1:function:f", ("arn:aws:lambda:us-east-1:1:function:f", None)),
        ("arn:aws:lambda:us-east-1:1:function:f:live", ("arn:aws:lambda:us-east-1:1:function:f", "live")),
        (
            "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
            "arn:aws:lambda:us-east-1:1:function:f:live/invocations",
            ("arn:aws:lambda:us-east-1:1:function:f", "live"),
        ),
        ("arn:aws:lambda:us-east-1:1:function:${stageVariables.f}", None),
        ("", None),
    ],
)
def test_the_function_of_a_target(arn: str, found: object) -> None:
    assert lambda_arn(arn) == found


def test_what_cannot_be_read_of_one_function_is_a_gap_in_it_alone(clients: Clients) -> None:
    function(clients, "f")
    function(clients, "g")

    def refuse(params: dict[str, Any], **_: Any) -> None:
        if "function%3Af" in params["url_path"]:
            answer = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
            raise clients.get("lambda").exceptions.ClientError(answer, "ListFunctionEventInvokeConfigs")

    clients.get("lambda").meta.events.register("before-call.lambda.ListFunctionEventInvokeConfigs", refuse)
    (page,) = Account(clients, ACCOUNT).pages()
    gaps = {view.function.name: view.gaps for view in page.views}
    assert gaps["g"] == ()
    assert "AccessDeniedException" in gaps["f"][0]
    assert gaps["f"][0] in audit(page.views[0], datetime.now(UTC)).undecided


def test_blind_spots_are_said_for_every_functions_own_group() -> None:
    region = Region()
    for name, group in (("a", "/aws/lambda/a"), ("b", "/shop/all"), ("c", "/shop/all"), ("d", "/aws/lambda/d")):
        region.function(name, LoggingConfig={"LogGroup": group})
        region.groups.add(group)
    region.function("iam-watchdog-detect")
    region.filters["/aws/lambda/d"] = region.of("iam-watchdog-detect")
    region.filters["/aws/lambda/a"] = region.of("iam-watchdog-detect-2")
    trail = {"Name": "t", "TrailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/t"}
    policy = {"policyDocument": json.dumps({"DestinationArn": region.of("theirs")})}
    answers = region.answers()
    answers.table |= {
        "logs:DescribeAccountPolicies": {"accountPolicies": [policy]},
        "cloudtrail:DescribeTrails": {"trailList": [trail]},
        "cloudtrail:GetTrailStatus": {"IsLogging": False},
    }
    found = Account(answers.clients("eu-west-1"), ACCOUNT).blind_spots()
    assert found[:4] == (
        "/aws/lambda/a: not subscribed (iam-watchdog watch a)",
        "/shop/all: not subscribed (iam-watchdog watch b c)",
        "the trails of this Region are stopped: EventBridge gets no API calls, so denied calls without a log line are "
        "not seen",
        "changes of roles are seen only by the next sweep: EventBridge hears of IAM in us-east-1 alone",
    )
    ours = {"policyDocument": json.dumps({"DestinationArn": region.of("iam-watchdog-detect")})}
    ours["selectionCriteria"] = 'LogGroupName NOT IN ["/shop/all", "/aws/lambda/iam-watchdog-detect"]'
    answers.table["logs:DescribeAccountPolicies"] = {"accountPolicies": [ours]}
    (first, *_) = Account(answers.clients("eu-west-1"), ACCOUNT).blind_spots()
    assert first == "/shop/all: left out of the account's subscription (iam-watchdog watch b c)"
