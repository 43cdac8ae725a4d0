"""Remembers the running lab in a directory of this user alone, so that every command finds it by itself."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from iam_watchdog_cli.lab.keys import Key
from iam_watchdog_cli.lab.slack_receiver import Workspace


@dataclass(frozen=True, slots=True)
class Lab:
    """A running lab; what `lab up` prints, and what only the state file holds (Slack's secrets, the mailbox)."""

    endpoint: str
    region: str
    account: str
    stack: str
    pid: int
    slack_inbox: str
    sns_inbox: str
    admin: Key
    home: str
    receiver: str
    slack: Workspace
    mode: str = ""

    def printed(self) -> dict[str, Any]:
        """The JSON line of contract 5."""
        names = ("endpoint", "region", "account", "stack", "pid", "slack_inbox", "sns_inbox")
        return {name: getattr(self, name) for name in names} | {"admin": asdict(self.admin)}


def directory() -> Path:
    """This user's own directory, mode 0700. PermissionError: somebody else made it first, or it cannot be made."""
    base = os.environ.get("IAM_WATCHDOG_RUNTIME_DIR") or os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    path = Path(base) / f"iam-watchdog-{os.getuid()}"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as why:
        raise PermissionError(
            f"{path} cannot be made ({why.strerror}); name another in IAM_WATCHDOG_RUNTIME_DIR"
        ) from why
    found = path.lstat()
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077 or not stat.S_ISDIR(found.st_mode):
        raise PermissionError(f"{path} is not a directory of this user alone (mode 0700)")
    return path


def write(lab: Lab) -> None:
    """Keep the state, readable by this user alone."""
    path = directory() / "lab.json"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(lab), file)


def read() -> Lab | None:
    """The lab that was left running, or None: there is none, or its process is gone."""
    lab = _written()
    return lab if lab and alive(lab.pid) else None


def _written() -> Lab | None:
    try:
        data = json.loads((directory() / "lab.json").read_text())
        return Lab(**data | {"admin": Key(**data["admin"]), "slack": Workspace(**data["slack"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def forget() -> None:
    """Remove the state, and what a lab kept that was killed before it could clean up."""
    lab = _written()
    if lab and not alive(lab.pid) and Path(lab.home).parent == directory():
        shutil.rmtree(lab.home, ignore_errors=True)
    (directory() / "lab.json").unlink(missing_ok=True)


def alive(pid: int) -> bool:
    """Tell whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
