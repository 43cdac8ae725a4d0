"""Uninstall on a real deployment: a plan changes nothing, applying removes what it said, the rest stays by name."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from iam_watchdog_cli import main
from tests.lab.account import Account

GROUP = "/aws/lambda/uninstall-orders"
POLICY = "iam-watchdog-us-east-1-0123456789ab"


@pytest.fixture
def used(deployed: Account) -> Iterator[Account]:
    """A deployment that has subscribed a group and put a statement on a role."""
    logs, iam = deployed.client("logs"), deployed.client("iam")
    function = deployed.client("lambda").get_function_configuration(FunctionName="iam-watchdog-detect")
    logs.create_log_group(logGroupName=GROUP)
    for name in ("iam-watchdog", "somebody-else"):
        logs.put_subscription_filter(
            logGroupName=GROUP, filterName=name, filterPattern="?x", destinationArn=function["FunctionArn"]
        )
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="uninstall-orders", AssumeRolePolicyDocument=document)
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders/*"}
    for name in (POLICY, "their-own"):
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName="uninstall-orders", PolicyName=name, PolicyDocument=text)
    yield deployed
    logs.delete_log_group(logGroupName=GROUP)
    for name in iam.list_role_policies(RoleName="uninstall-orders")["PolicyNames"]:
        iam.delete_role_policy(RoleName="uninstall-orders", PolicyName=name)
    iam.delete_role(RoleName="uninstall-orders")


def _told(capsys: pytest.CaptureFixture[str], *flags: str) -> dict[str, str]:
    assert main.main(["uninstall", "--json", *flags]) == 0
    items = json.loads(capsys.readouterr().out)["items"]
    return {item["what"]: item["outcome"] for item in items}


def _filters(account: Account) -> list[str]:
    found = account.client("logs").describe_subscription_filters(logGroupName=GROUP)["subscriptionFilters"]
    return sorted(f["filterName"] for f in found)


def _policies(account: Account) -> list[str]:
    return sorted(account.client("iam").list_role_policies(RoleName="uninstall-orders")["PolicyNames"])


def test_a_plan_names_what_stays_and_changes_nothing(used: Account, capsys: pytest.CaptureFixture[str]) -> None:
    told = _told(capsys, "--plan")
    assert told[f"subscription of {GROUP}"] == "would be removed"
    assert told[f"inline policy {POLICY} on uninstall-orders"] == "stays"
    assert any(what.startswith("incidents table") and outcome == "stays" for what, outcome in told.items())
    assert not any("canary" in what or "their-own" in what for what in told)
    assert _filters(used) == ["iam-watchdog", "somebody-else"]
    assert _policies(used) == [POLICY, "their-own"]


def test_applying_removes_our_subscriptions_and_leaves_grants_and_data(
    used: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _told(capsys, "--apply")[f"subscription of {GROUP}"] == "removed"
    assert _filters(used) == ["somebody-else"]
    assert _policies(used) == [POLICY, "their-own"]
    assert f"subscription of {GROUP}" not in _told(capsys, "--plan"), "told twice it is done once"


def test_grants_go_only_when_asked_for(used: Account, capsys: pytest.CaptureFixture[str]) -> None:
    told = _told(capsys, "--apply", "--grants")
    assert told[f"inline policy {POLICY} on uninstall-orders"] == "removed"
    assert _policies(used) == ["their-own"]


def test_plan_or_apply_has_to_be_said() -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["uninstall"])
    assert ended.value.code == 2
