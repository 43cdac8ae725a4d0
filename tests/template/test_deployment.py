"""What a deployment holds, for every parameter set: judged on the translation, never on the SAM source."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import cfnlint.api
import pytest
from cfnlint.config import ManualArgs

from tests.template import translate

SETS = tuple(translate.PARAMETER_SETS)
GUARD = ("guard", "guard_mail", "listed", "excludes", "trail_off")
IAM_WRITES = ("Attach", "Put", "Create", "Delete", "Detach", "Update", "Add", "Remove", "Set", "Pass", "Tag", "Untag")


def _of(name: str, kind: str) -> dict[str, dict[str, Any]]:
    return {k: r["Properties"] for k, r in translate.deployed(name).items() if r["Type"] == kind}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _documents(name: str) -> Iterator[dict[str, Any]]:
    for role in _of(name, "AWS::IAM::Role").values():
        yield from (p["PolicyDocument"] for p in role.get("Policies", []))
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        yield from (p["PolicyDocument"] for p in _of(name, kind).values())


def _allowed_actions(name: str) -> set[str]:
    statements = (s for d in _documents(name) for s in d["Statement"] if s["Effect"] == "Allow")
    return {action for s in statements for action in _listed(s["Action"])}


def _lint(text: str, *ignored: str) -> list[str]:
    return [str(m) for m in cfnlint.api.lint(text, config=ManualArgs(regions=["us-east-1"], ignore_checks=[*ignored]))]


def test_the_translation_has_no_lint() -> None:
    """Conditions stay in the translation, so that most sets have the same; each distinct one is looked at once."""
    assert [_lint(text) for text in {translate.translated_text(name) for name in SETS}] == [[]]


CREATED = ("guard", "guard_slack", "approvals_without_boundary", "trail_off")


@pytest.mark.parametrize("name", ["prefixed", *(pytest.param(name, marks=pytest.mark.slow) for name in CREATED)])
def test_what_is_created_has_no_lint_even_with_the_values_put_in(name: str) -> None:
    created = {key: {k: v for k, v in r.items() if k != "DependsOn"} for key, r in translate.deployed(name).items()}
    # E3502 follows a queue to its dead letters by reference, and here an ARN stands in its place.
    assert _lint(json.dumps({"Resources": created}), "E3502") == []


@pytest.mark.parametrize("name", GUARD)
def test_a_guard_holds_no_iam_write_and_no_public_endpoint(name: str) -> None:
    writes = {
        a
        for a in _allowed_actions(name)
        if a.startswith(("iam:", "lambda:")) and a.split(":")[1].startswith(IAM_WRITES)
    }
    assert writes == set()
    assert "sts:AssumeRole" not in _allowed_actions(name)
    kinds = {r["Type"] for r in translate.deployed(name).values()}
    assert not kinds & {"AWS::Lambda::Url", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"}
    principals = [p["Principal"] for p in _of(name, "AWS::Lambda::Permission").values()]
    assert "*" not in principals


@pytest.mark.parametrize("name", SETS)
def test_no_action_is_a_wildcard_and_no_role_takes_an_aws_managed_policy(name: str) -> None:
    assert [a for a in _allowed_actions(name) if "*" in a] == []
    for role in _of(name, "AWS::IAM::Role").values():
        assert [p for p in role.get("ManagedPolicyArns", []) if ":aws:policy/" in p] == []


@pytest.mark.parametrize("name", SETS)
def test_every_function_has_a_role_and_a_log_group_of_its_own_that_forgets(name: str) -> None:
    roles = {p["RoleName"] for p in _of(name, "AWS::IAM::Role").values()}
    groups = {p["LogGroupName"]: p["RetentionInDays"] for p in _of(name, "AWS::Logs::LogGroup").values()}
    for function in _of(name, "AWS::Lambda::Function").values():
        short = function["FunctionName"]
        assert function["Role"].endswith(f"role/{short}-{translate.REGION}")
        assert f"{short}-{translate.REGION}" in roles
        assert function["LoggingConfig"]["LogGroup"] == f"/aws/lambda/{short}"
        assert int(groups[f"/aws/lambda/{short}"]) == 30


def _length(document: dict[str, Any]) -> int:
    """As IAM counts: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    return len("".join(json.dumps(document).split()))


@pytest.mark.parametrize("name", SETS)
def test_every_policy_fits_into_what_iam_takes(name: str) -> None:
    for role in _of(name, "AWS::IAM::Role").values():
        assert sum(_length(p["PolicyDocument"]) for p in role.get("Policies", [])) <= 10_240
    for policy in _of(name, "AWS::IAM::ManagedPolicy").values():
        assert _length(policy["PolicyDocument"]) <= 6_144


def test_every_function_fits_its_environment_even_under_long_names() -> None:
    for function in _of("auto_and_approvals", "AWS::Lambda::Function").values():
        variables = function["Environment"]["Variables"]
        # 4 KB in all: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        assert sum(len(k) + len(str(v)) for k, v in variables.items()) < 3400


@pytest.mark.parametrize(
    ("name", "functions"),
    [
        ("guard", {"detect", "trail", "sweep", "diagnose"}),
        ("trail_off", {"detect", "sweep", "diagnose"}),
        ("guard_slack", {"detect", "trail", "sweep", "diagnose", "approve"}),
        ("auto", {"detect", "trail", "sweep", "diagnose", "remediate", "verify"}),
        ("approvals", {"detect", "trail", "sweep", "diagnose", "approve", "remediate", "verify"}),
    ],
)
def test_functions_exist_only_where_they_are_wanted(name: str, functions: set[str]) -> None:
    names = {p["FunctionName"].removeprefix("iam-watchdog-") for p in _of(name, "AWS::Lambda::Function").values()}
    assert names == functions


def test_only_the_trials_may_send_themselves_on_and_on() -> None:
    """A watched function is tried about a hundred times in its day; Lambda cuts other chains after sixteen."""
    loops = {p["FunctionName"]: p.get("RecursiveLoop") for p in _of("auto", "AWS::Lambda::Function").values()}
    assert loops.pop("iam-watchdog-verify") == "Allow"
    assert set(loops.values()) == {None}


def test_auto_is_refused_outside_the_dev_accounts() -> None:
    rule = translate.source()["Rules"]["AutoOnlyInDevAccounts"]
    template = translate.translated("auto")
    inside = translate.Resolver(template, translate.values("auto"))
    outside = translate.Resolver(template, {**translate.values("auto"), "DevAccountIds": "444455556666"})
    assertion = rule["Assertions"][0]["Assert"]
    assert inside.condition(rule["RuleCondition"])
    assert inside.condition(assertion)
    assert not outside.condition(assertion)
    assert template["Rules"]["AutoOnlyInDevAccounts"] == rule, "the translation keeps the rule"


def test_the_account_policy_leaves_out_our_own_groups_by_literal_name() -> None:
    policy = translate.deployed("excludes")["AccountSubscription"]
    wanted = translate.deployed("excludes")["DetectFunction"]["Properties"]["Environment"]["Variables"]
    criteria = policy["Properties"]["SelectionCriteria"]
    names = json.loads(criteria.removeprefix("LogGroupName NOT IN "))
    own = [g for g in wanted["WATCHDOG_OWN_LOG_GROUPS"].split(",") if not g.endswith("-canary")]
    assert names == [*own, "/aws/lambda/noisy", "other/group"], "and the canary has to be heard"
    assert policy["DependsOn"] == "DetectFromLogs", "AWS tries the destination when the policy is made"
    assert "AccountSubscription" not in translate.deployed("listed")
