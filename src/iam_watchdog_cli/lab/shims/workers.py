"""Starts each function confined, in an allow-listed environment with its own HOME, and unpacks equal code once.

A function finds only its own code, the standard library and what the managed Python runtime brings (boto3): neither
the emulator's packages nor its environment, no file beside these and no address but the lab's. Functions in other
languages are not started. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import types
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from iam_watchdog_cli.lab import confined, unpacking

PASSED = frozenset(
    {
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "LAMBDA_TASK_ROOT",
        "_LAMBDA_FUNCTION_ARN",
        "_LAMBDA_TIMEOUT",
        "_LAMBDA_LAYERS_DIRS",
    }
)
POINTER = ".unpacked-at"
RECEIVER = "IAM_WATCHDOG_LAB_RECEIVER_PORT"
"""Environment variable of the emulator: the port of Slack and the mailbox."""


def install() -> None:
    """Stand between the emulator's workers and the process, and the zip file, that they start from."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    lambda_runtime.subprocess = _with(subprocess, Popen=_popen)
    lambda_svc.subprocess = _with(subprocess, Popen=_not_started, run=_not_started)
    lambda_runtime.zipfile = _with(zipfile, ZipFile=_Unpacked)
    lambda_runtime.Worker._spawn = _spawning(lambda_runtime.Worker._spawn)


def _with(module: types.ModuleType, **changed: Any) -> types.SimpleNamespace:
    return types.SimpleNamespace(**{**vars(module), **changed})


def environment(given: Mapping[str, str], own: Mapping[str, str], home: str) -> dict[str, str]:
    """Say what a function may see: Lambda's variables, its own, a PATH, its HOME and a writable /tmp of its own."""
    basis = {"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC", "HOME": home, "TMPDIR": home}
    basis["PYTHONPATH"] = str(unpacking.runtime_packages())
    basis["AWS_EXECUTION_ENV"] = "AWS_Lambda_python3.13"
    return basis | dict(own) | {k: v for k, v in given.items() if k in PASSED}


def _popen(command: list[str], *, env: dict[str, str], cwd: str, **options: Any) -> subprocess.Popen[str]:
    own = _variables.pop(cwd, {})
    home = Path(cwd).parent / "home"
    for own_directory in (home, home.parent / "tmp"):
        own_directory.mkdir(exist_ok=True)
    if command[0] != sys.executable:
        return _not_started(command)
    first, later = apart(environment(env, own, str(home)))
    limits = json.dumps({**confinement(Path(cwd), home, own), "later": later})
    held = [command[0], "-S", "-s", "-P", confined.__file__, limits, *command[1:]]
    return subprocess.Popen(held, env=first, cwd=cwd, **options)


OBEYED = ("PYTHON", "LD_", "GLIBC_", "GCONV_")
"""How the names begin of what the loader and the interpreter obey before any code of ours runs."""


def apart(variables: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What a process may be started with, and what the function is given once it is held: it could name its own code.

    https://man7.org/linux/man-pages/man8/ld.so.8.html
    """
    later = {name: value for name, value in variables.items() if name.startswith(OBEYED)}
    return {name: value for name, value in variables.items() if name not in later}, later


def _not_started(command: list[str], **_: Any) -> subprocess.Popen[str]:
    raise OSError(f"the lab runs functions in Python alone: {command[0]} is not started")


def confinement(code: Path, home: Path, own: Mapping[str, str]) -> dict[str, Any]:
    """Say what a function may reach. Slack and the mailbox are for those that were given their address."""
    receiver = os.environ.get(RECEIVER, "")
    given = receiver and any(f"127.0.0.1:{receiver}/" in value for value in own.values())
    packages = unpacking.runtime_packages()
    brought = [str(path.resolve()) for path in packages.iterdir()]
    return {
        "reads": [str(code.resolve()), str(code.parent.resolve()), str(packages.resolve()), *brought],
        "writes": [str(home.resolve())],
        "ports": [int(os.environ["GATEWAY_PORT"]), *([int(receiver)] if given else [])],
        "closed": str(Path(tempfile.gettempdir()).resolve().parents[1]),
        "tmp": str(home.parent.resolve() / "tmp"),
    }


_variables: dict[str, dict[str, str]] = {}
"""Code directory of a starting worker → the variables that the function's configuration gives it."""


def _spawning(original: Callable[[Any], None]) -> Callable[[Any], None]:
    def spawn(worker: Any) -> None:
        code = worker.code_zip
        own = (worker.config.get("Environment") or {}).get("Variables") or {}
        worker.code_zip = _pointer(unpacking.unpacked(code), own)
        try:
            original(worker)
        finally:
            worker.code_zip = code

    return spawn


def _pointer(where: Path, own: Mapping[str, str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(POINTER, "\0".join([str(where), *(f"{k}={v}" for k, v in own.items())]))
    return archive.getvalue()


class _Unpacked(zipfile.ZipFile):
    """A zip file whose contents already lie somewhere: extracting it makes a link to there."""

    def extractall(self, path: Any = None, *args: Any, **options: Any) -> None:
        if self.namelist() != [POINTER]:
            return super().extractall(path, *args, **options)
        where, *own = self.read(POINTER).decode().split("\0")
        Path(path).rmdir()
        Path(path).symlink_to(where)
        _variables[str(path)] = dict(pair.split("=", 1) for pair in own)
        return None
