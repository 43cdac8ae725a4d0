"""Builds what the functions run from: our package and its locked dependencies, without Docker and without a network.

The dependencies are those installed beside us, held to the lock; they are packed and compiled once and kept in build/.
"""

from __future__ import annotations

import compileall
import hashlib
import io
import re
import shutil
import sys
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path
from py_compile import PycInvalidationMode

import iam_watchdog

PACKAGE = Path(iam_watchdog.__file__).resolve().parent
ROOT = PACKAGE.parent.parent
LOCK = ROOT / "src" / "requirements.txt"
TEMPLATE = ROOT / "template.yaml"
KEEP = ROOT / "build" / "lab"
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s\\;]+)", re.MULTILINE)
_EPOCH = (2020, 1, 1, 0, 0, 0)


class CannotBuild(Exception):
    """What is missing, and the command that mends it."""


def build() -> bytes:
    """The deployment package as a zip file. Raises CannotBuild."""
    if not TEMPLATE.exists() or not LOCK.exists():
        raise CannotBuild(f"no template.yaml and src/requirements.txt in {ROOT}: run from a checkout (make setup)")
    archive = io.BytesIO(_dependencies().read_bytes())
    with zipfile.ZipFile(archive, "a") as packed, tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / PACKAGE.name
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        _compile(copy)
        _add(packed, Path(scratch))
    return archive.getvalue()


def _dependencies() -> Path:
    """The packed dependencies for this lock and this Python."""
    wanted = _PINNED.findall(LOCK.read_text())
    named = hashlib.sha256(repr((sorted(wanted), sys.version)).encode()).hexdigest()[:16]
    kept = KEEP / f"dependencies-{named}.zip"
    if not kept.exists():
        KEEP.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=KEEP) as scratch:
            for name, version in wanted:
                _copy(name, version, Path(scratch) / "tree")
            _compile(Path(scratch) / "tree")
            packed = Path(scratch) / "packed.zip"
            with zipfile.ZipFile(packed, "w") as archive:
                _add(archive, Path(scratch) / "tree")
            packed.replace(kept)
    return kept


def _copy(name: str, version: str, to: Path) -> None:
    try:
        installed = metadata.distribution(name)
    except metadata.PackageNotFoundError as missing:
        raise CannotBuild(f"{name} {version} is not installed; run: make setup") from missing
    if installed.version != version:
        raise CannotBuild(f"{name} {installed.version} is installed, the lock wants {version}; run: make setup")
    for file in installed.files or ():
        if ".." not in file.parts and "__pycache__" not in file.parts:
            (to / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(file.locate()), to / file)


def _compile(tree: Path) -> None:
    """Compile by content: unpacking gives files a new time, which would spoil what is compiled by time."""
    mode = PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(tree, quiet=2, stripdir=str(tree), invalidation_mode=mode)


def _add(archive: zipfile.ZipFile, tree: Path) -> None:
    """Add files in a fixed order with a fixed time: equal contents make an equal zip file."""
    for path in sorted(tree.rglob("*")):
        if path.is_file():
            entry = zipfile.ZipInfo(str(path.relative_to(tree)), _EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
