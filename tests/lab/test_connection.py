"""The CLI finds its account: flags first, then the running lab, then boto3's chain; exit 3 with the reason."""

from __future__ import annotations

import argparse

import pytest

from iam_watchdog_cli import connection, flags
from iam_watchdog_cli.lab import state
from tests.lab.account import Account, allow


def parsed(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    flags.add_arguments(parser)
    return parser.parse_args(given)


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_without_lab_and_keys_it_ends_with_3_and_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    state.forget()
    with pytest.raises(SystemExit) as ended:
        connection.connect(parsed("--region", "us-east-1"))
    assert ended.value.code == 3
    assert "iam-watchdog lab up" in capsys.readouterr().err


def test_an_address_where_nobody_answers_ends_with_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAXXXXXXXXXXXXXXXX")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with pytest.raises(SystemExit) as ended:
        connection.connect(parsed("--region", "us-east-1", "--endpoint-url", "http://127.0.0.1:9"))
    assert ended.value.code == 3
    assert "127.0.0.1:9 does not answer" in capsys.readouterr().err


def test_a_profile_that_does_not_exist_ends_with_3(lab: state.Lab, capsys: pytest.CaptureFixture[str]) -> None:
    state.write(lab)
    with pytest.raises(SystemExit) as ended:
        connection.connect(parsed("--profile", "nobody"))
    assert ended.value.code == 3
    assert "nobody" in capsys.readouterr().err


def test_a_running_lab_is_found_without_flags(lab: state.Lab) -> None:
    state.write(lab)
    found = connection.connect(parsed())
    state.forget()
    assert (found.endpoint, found.region, found.account) == (lab.endpoint, lab.region, lab.account)
    assert found.lab == lab
    assert found.client("iam").list_roles()["Roles"] is not None


def test_keys_of_another_place_do_not_hinder_the_lab(lab: state.Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAXXXXXXXXXXXXXXXX")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    state.write(lab)
    found = connection.connect(parsed("--endpoint-url", lab.endpoint))
    state.forget()
    assert found.arn.endswith(":user/lab-admin")


@pytest.mark.parametrize("named", [True, False])
def test_keys_that_the_lab_gave_out_are_the_callers(
    lab: state.Lab, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    given = Account(lab)
    keys = given.assume(given.role(f"connection-few-{named}", allow("sts:*")), session="ann")
    for theirs, ours in (("AccessKeyId", "ACCESS_KEY_ID"), ("SecretAccessKey", "SECRET_ACCESS_KEY")):
        monkeypatch.setenv(f"AWS_{ours}", keys[theirs])
    monkeypatch.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])
    state.write(lab)
    found = connection.connect(parsed(*(("--endpoint-url", lab.endpoint) if named else ())))
    state.forget()
    assert found.arn.endswith(f":assumed-role/connection-few-{named}/ann")


def test_another_endpoint_than_the_labs_does_not_get_the_labs_key(lab: state.Lab) -> None:
    state.write(lab)
    with pytest.raises(SystemExit):
        connection.connect(parsed("--endpoint-url", "http://127.0.0.1:9"))
    state.forget()


def test_a_missing_stack_ends_with_3_and_names_it(lab: state.Lab, capsys: pytest.CaptureFixture[str]) -> None:
    state.write(lab)
    found = connection.connect(parsed("--stack", "no-such-stack"))
    state.forget()
    with pytest.raises(SystemExit) as ended:
        found.outputs()
    assert ended.value.code == 3
    assert "no-such-stack" in capsys.readouterr().err
