"""The doctor on a real deployment: healthy as deployed, and not when somebody meddles with a role of ours."""

from __future__ import annotations

import json

import pytest

from iam_watchdog_cli import main
from tests.lab.account import Account


def _examined(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, list[dict[str, str]]]]:
    code = main.main(["doctor", "--json"])
    found: dict[str, list[dict[str, str]]] = {}
    for check in json.loads(capsys.readouterr().out)["checks"]:
        found.setdefault(check["name"], []).append(check)
    return code, found


def test_a_fresh_deployment_fails_in_nothing(deployed: Account, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = _examined(capsys)
    assert [c for checks in found.values() for c in checks if c["status"] == "fail"] == []
    assert code == 0
    for name in ("stack", "delivery", "subscriber", "slack", "own roles", "kill switch", "boundary"):
        assert [c["status"] for c in found[name]] == ["ok"], found[name]


def test_a_policy_that_somebody_attached_to_our_role_fails(
    deployed: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    iam = deployed.client("iam")
    extra = {"RoleName": f"iam-watchdog-diagnose-{deployed.lab.region}", "PolicyName": "just-for-now"}
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    iam.put_role_policy(**extra, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    try:
        code, found = _examined(capsys)
    finally:
        iam.delete_role_policy(**extra)
    assert code == 1
    assert ["just-for-now" in c["says"] for c in found["own roles"]] == [True]
