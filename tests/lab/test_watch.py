"""`watch` and `unwatch` subscribe exactly the groups that were named, as the template subscribes the account."""

from __future__ import annotations

import json

import pytest

from iam_watchdog_cli import main, watch
from iam_watchdog_cli.lab import artefact, template
from tests.lab.account import Account


def test_the_pattern_is_the_one_that_the_template_uses() -> None:
    resources = template.load(artefact.TEMPLATE)["Resources"]
    document = resources["AccountSubscription"]["Properties"]["PolicyDocument"]["Fn::Sub"]
    assert json.loads(document.replace("${DetectFunction.Arn}", "x"))["FilterPattern"] == watch.PATTERN
    assert len(watch.PATTERN) <= 1024


def test_the_pattern_has_optional_terms_only() -> None:
    assert all(term.startswith("?") for term in watch.PATTERN.replace('"', "").split(" ?")[:1])
    assert watch.PATTERN.count("?") == len(watch.WORDS) + len(watch.PHRASES)


def test_a_watched_group_feeds_detect_until_it_is_unwatched(
    deployed: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.function("watch-me", deployed.role("watch-me"), "def handler(e, c): pass")
    logs = deployed.client("logs")
    assert main.main(["watch", "watch-me"]) == 0
    [found] = logs.describe_subscription_filters(logGroupName="/aws/lambda/watch-me")["subscriptionFilters"]
    assert found["destinationArn"].endswith(":function:iam-watchdog-detect")
    assert main.main(["watch", "watch-me", "--json"]) == 0
    assert main.main(["unwatch", "watch-me"]) == 0
    assert main.main(["unwatch", "watch-me"]) == 0
    assert logs.describe_subscription_filters(logGroupName="/aws/lambda/watch-me")["subscriptionFilters"] == []
    assert "no longer watching watch-me (/aws/lambda/watch-me)" in capsys.readouterr().out


def test_the_permission_is_mended_if_it_is_gone(deployed: Account) -> None:
    deployed.function("watch-gone", deployed.role("watch-gone"), "def handler(e, c): pass")
    functions = deployed.client("lambda")
    for statement in json.loads(functions.get_policy(FunctionName="iam-watchdog-detect")["Policy"])["Statement"]:
        functions.remove_permission(FunctionName="iam-watchdog-detect", StatementId=statement["Sid"])
    assert main.main(["watch", "watch-gone"]) == 0
    [made] = json.loads(functions.get_policy(FunctionName="iam-watchdog-detect")["Policy"])["Statement"]
    assert made["Principal"] == {"Service": "logs.amazonaws.com"}
    assert made["Condition"]["StringEquals"] == {"AWS:SourceAccount": deployed.lab.account}


def test_an_unknown_function_ends_with_2_and_the_others_are_still_done(
    deployed: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.function("watch-known", deployed.role("watch-known"), "def handler(e, c): pass")
    assert main.main(["watch", "no-such-function", "watch-known"]) == 2
    said = capsys.readouterr()
    assert "no function 'no-such-function'" in said.err
    assert "watching watch-known" in said.out


def test_the_watchdog_is_not_made_to_hear_itself(deployed: Account, capsys: pytest.CaptureFixture[str]) -> None:
    arn = f"arn:aws:lambda:us-east-1:{deployed.lab.account}:function:iam-watchdog-detect:$LATEST"
    for name in ("iam-watchdog-detect", arn):
        assert main.main(["watch", name]) == 2
        said = capsys.readouterr()
        assert (said.out, "it would hear itself" in said.err) == ("", True)
    logs = deployed.client("logs")
    assert (
        logs.describe_subscription_filters(logGroupName="/aws/lambda/iam-watchdog-detect")["subscriptionFilters"] == []
    )


@pytest.mark.parametrize("name", ["", "bad name!", "../x", "a" * 65])
def test_what_cannot_be_a_functions_name_is_bad_input(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["watch", name])
    assert ended.value.code == 2
    assert "argument NAME" in capsys.readouterr().err


def test_who_unwatches_is_told_where_it_is_still_heard() -> None:
    assert watch.heard_anyway("unwatch", "listed") == ""
    assert "still heard" in watch.heard_anyway("unwatch", "account")
    assert "not needed" in watch.heard_anyway("watch", "account")
