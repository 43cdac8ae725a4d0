"""Several denials in one text: a finding for each, and one fix that ends them all."""

from __future__ import annotations

from typing import Any

from iam_watchdog.model import Target
from iam_watchdog.ports import Settings
from iam_watchdog_cli.drawing import drawn
from iam_watchdog_cli.explain import as_json
from iam_watchdog_cli.findings import Finding, explained
from tests.cli.schema import objections
from tests.rules.cases import ACCOUNT, OBJECT, REGION, evidence, role
from tests.test_together import ASKS, READS, SENDS, part

SETTINGS = Settings(ACCOUNT, REGION)
ELSEWHERE = part("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", evidence(role=role(id="AROAOTHER")))
ADVISED = part("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin")


def _documents(found: list[Finding]) -> list[Any]:
    return [fix["document"] for one in as_json("orders", found)["findings"] for fix in one["fixes"]]


def test_with_a_single_denial_nothing_changes() -> None:
    (alone,) = explained([READS], SETTINGS)
    assert alone.diagnosis == READS.found
    assert alone.proof == READS.proof
    assert not any("this one fix" in note for note in alone.diagnosis.notes)


def test_what_does_not_join_keeps_its_own_fix() -> None:
    found = explained([READS, ELSEWHERE, ADVISED], SETTINGS)
    assert [one.diagnosis for one in found] == [READS.found, ELSEWHERE.found, ADVISED.found]


def test_each_finding_of_one_role_carries_the_same_merged_statements() -> None:
    found = explained([READS, ADVISED, ASKS, SENDS], SETTINGS)
    assert [one.denial.action for one in found if one.denial] == [
        "s3:GetObject",
        "iam:PassRole",
        "dynamodb:GetItem",
        "sqs:SendMessage",
    ]
    first, advised, *others = found
    assert advised.diagnosis == ADVISED.found
    assert [one.diagnosis.fixes for one in others] == [first.diagnosis.fixes] * 2
    assert len(_documents([first])[0]["Statement"]) == 3
    assert all(one.proof and one.proof.holds for one in (first, *others))
    assert objections("explain", as_json("orders", found)) == []


def test_every_format_of_every_finding_is_the_same_change() -> None:
    findings = as_json("orders", explained([READS, ASKS], SETTINGS))["findings"]
    (one,), (two,) = findings[0]["fixes"], findings[1]["fixes"]
    assert one == two
    assert set(one["formats"]) == {"json", "sam", "cloudformation", "cli", "terraform", "cdk"}
    assert all("dynamodb:GetItem" in text and "s3:GetObject" in text for text in one["formats"].values())


def test_joining_makes_nothing_automatic() -> None:
    (fix,) = as_json("orders", explained([READS, ASKS], SETTINGS))["findings"][0]["fixes"]
    assert fix["automatic"] is False
    assert {"mode", "log_witness", "not_allow_listed"} <= set(fix["refusals"])


def test_the_terminal_shows_the_joint_fix_once() -> None:
    text = drawn("orders", explained([READS, ASKS], SETTINGS))
    assert text.count('"Version": "2012-10-17"') == 1
    assert text.count("the same fix as above") == 1
    assert text.count("this one fix ends all 2 refused calls of orders") == 2
    seen = evidence(targets=[Target(OBJECT, ACCOUNT)])
    assert "as above" not in drawn("orders", explained([part("s3:GetObject", OBJECT, seen)], SETTINGS))


def test_explain_says_who_else_hangs_on_the_role() -> None:
    kept = evidence(role=role(stack="shop", logical_id="OrdersRole", shared_with=("billing",)))
    (found,) = explained([part("s3:GetObject", OBJECT, kept)], SETTINGS)
    stack, shared = as_json("orders", [found])["findings"][0]["notes"][:2]
    assert "CloudFormation stack shop (logical id OrdersRole)" in stack
    assert "function billing runs under" in shared
    assert f"note: {stack}" in drawn("orders", [found])
