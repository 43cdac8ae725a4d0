"""What a function finds on disk: its code, unpacked once for all its workers, and what the managed runtime brings."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
"""What the managed runtime has beside the standard library."""


def unpacked(code: bytes, scratch: Path | None = None) -> Path:
    """Unpack this code once for the life of the lab, for all workers that run it; scratch: the lab's own /tmp."""

    def fill(beside: Path) -> None:
        with zipfile.ZipFile(io.BytesIO(code)) as packed:
            packed.extractall(beside)

    return _made((scratch or Path(tempfile.gettempdir())) / "code" / _digest(code), fill)


def runtime_packages() -> Path:
    """A directory with nothing but what the managed runtime brings."""
    return _made(Path(tempfile.gettempdir()) / "runtime", _link)


def _link(beside: Path) -> None:
    for name in RUNTIME:
        found = importlib.util.find_spec(name)
        origin = Path(found.origin if found and found.origin else "")
        target = origin.parent if origin.name == "__init__.py" else origin
        (beside / target.name).symlink_to(target)


def _made(where: Path, fill: Callable[[Path], None]) -> Path:
    """Make a directory whole: nobody sees it half filled."""
    if not where.exists():
        where.parent.mkdir(exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=where.parent))
        fill(beside)
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
