"""Where the CLI looks for its account, without one: each refusal names what is missing and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from iam_watchdog_cli import main

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXXXXXX", "AWS_SECRET_ACCESS_KEY": "x"}
NOBODY = ("--endpoint-url", "http://127.0.0.1:9")


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*KEYS, "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("IAM_WATCHDOG_RUNTIME_DIR", str(tmp_path))


def ended(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], *flags: str) -> int | str | None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as end:
        main.main(["incidents", *flags])
    return end.value.code


@pytest.mark.parametrize(
    ("environment", "flags", "said", "unsaid"),
    [
        ({}, (), ("no AWS credentials and no Region", "lab up", "--profile", "--region"), ()),
        ({}, ("--region", "eu-west-1"), ("no AWS credentials found", "lab up", "--profile"), ("--region",)),
        (KEYS, (), ("no Region", "--region", "AWS_REGION", "lab up"), ("credentials",)),
        ({}, ("--profile", "nobody"), ("--profile: ", "nobody", "list-profiles"), ("Region",)),
        (KEYS, ("--region", "eu-west-1", *NOBODY), ("127.0.0.1:9 does not answer", "check --endpoint-url"), ()),
    ],
    ids=["neither", "no keys", "no Region", "no such profile", "nobody there"],
)
def test_what_is_missing_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    environment: dict[str, str],
    flags: tuple[str, ...],
    said: tuple[str, ...],
    unsaid: tuple[str, ...],
) -> None:
    assert ended(monkeypatch, environment, *flags) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert [part for part in said if part not in err] == []
    assert [part for part in unsaid if part in err] == []


def test_the_region_of_the_environment_is_taken_as_the_aws_cli_takes_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without it boto3 alone would know AWS_DEFAULT_REGION only."""
    assert ended(monkeypatch, {**KEYS, "AWS_REGION": "eu-west-1"}, *NOBODY) == 3
    assert "does not answer" in capsys.readouterr().err


def test_a_region_of_the_environment_that_cannot_be_one_is_bad_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, {**KEYS, "AWS_REGION": "the moon\x1b[2J"}) == 2
    err = capsys.readouterr().err
    assert "AWS_REGION" in err
    assert "\x1b" not in err


@pytest.mark.parametrize("url", ["nonsense", "ftp://x", "http://", "http://127.0.0.1:99999", "//x", ""])
def test_an_endpoint_that_is_no_url_is_bad_input_whatever_else_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    assert ended(monkeypatch, {}, "--endpoint-url", url) == 2
    assert "argument --endpoint-url" in capsys.readouterr().err
