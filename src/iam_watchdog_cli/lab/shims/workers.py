"""Starts each function in an allow-listed environment with its own HOME, and unpacks equal code once.

A function finds only its own code, the standard library and what the managed Python runtime brings (boto3): neither
the emulator's packages nor its environment. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import shutil
import subprocess
import tempfile
import types
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

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
RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
"""What the managed runtime has beside the standard library."""
POINTER = ".unpacked-at"


def install() -> None:
    """Stand between the emulator's workers and the process, and the zip file, that they start from."""
    from ministack.core import lambda_runtime

    lambda_runtime.subprocess = _with(subprocess, Popen=_popen)
    lambda_runtime.zipfile = _with(zipfile, ZipFile=_Unpacked)
    lambda_runtime.Worker._spawn = _spawning(lambda_runtime.Worker._spawn)


def _with(module: types.ModuleType, **changed: Any) -> types.SimpleNamespace:
    return types.SimpleNamespace(**{**vars(module), **changed})


def environment(given: Mapping[str, str], own: Mapping[str, str], home: str) -> dict[str, str]:
    """Say what a function may see: Lambda's variables, its own, a PATH, its HOME and a writable /tmp of its own."""
    basis = {"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC", "HOME": home, "TMPDIR": home}
    basis["PYTHONPATH"] = str(runtime_packages())
    basis["AWS_EXECUTION_ENV"] = "AWS_Lambda_python3.13"
    return basis | dict(own) | {k: v for k, v in given.items() if k in PASSED}


def _popen(command: list[str], *, env: dict[str, str], cwd: str, **options: Any) -> subprocess.Popen[str]:
    own = _variables.pop(cwd, {})
    home = Path(cwd).parent / "home"
    home.mkdir(exist_ok=True)
    isolated = [command[0], "-S", "-s", "-P", *command[1:]]
    return subprocess.Popen(isolated, env=environment(env, own, str(home)), cwd=cwd, **options)


_variables: dict[str, dict[str, str]] = {}
"""Code directory of a starting worker → the variables that the function's configuration gives it."""


def _spawning(original: Callable[[Any], None]) -> Callable[[Any], None]:
    def spawn(worker: Any) -> None:
        code = worker.code_zip
        own = (worker.config.get("Environment") or {}).get("Variables") or {}
        worker.code_zip = _pointer(unpacked(code), own)
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


def unpacked(code: bytes, scratch: Path | None = None) -> Path:
    """Unpack this code once for the life of the lab, for all workers that run it; scratch: the lab's own /tmp."""
    where = (scratch or Path(tempfile.gettempdir())) / "code" / _digest(code)
    if not where.exists():
        where.parent.mkdir(exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=where.parent))
        with zipfile.ZipFile(io.BytesIO(code)) as packed:
            packed.extractall(beside)
        try:
            beside.rename(where)
        except OSError:
            shutil.rmtree(beside)  # Another worker was quicker.
    return where


_digests: dict[int, tuple[bytes, str]] = {}


def _digest(code: bytes) -> str:
    known = _digests.get(id(code))
    if known is None or known[0] is not code:
        known = _digests[id(code)] = (code, hashlib.sha256(code).hexdigest()[:24])
    return known[1]


def runtime_packages() -> Path:
    """Make a directory with nothing but what the managed runtime brings."""
    where = Path(tempfile.gettempdir()) / "runtime"
    if not where.exists():
        where.mkdir()
        for name in RUNTIME:
            found = importlib.util.find_spec(name)
            origin = Path(found.origin if found and found.origin else "")
            target = origin.parent if origin.name == "__init__.py" else origin
            (where / target.name).symlink_to(target)
    return where
