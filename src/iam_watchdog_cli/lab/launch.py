"""Starts the lab's process with a bare environment, and stops it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import IO

import iam_watchdog_cli
from iam_watchdog_cli.lab import keys, state
from iam_watchdog_cli.lab.slack_receiver import Workspace

ACCOUNT, REGION, STACK = "111122223333", "us-east-1", "iam-watchdog"
PATIENCE = 30.0
TRAIL_LAG = 300.0
"""Seconds until CloudTrail's event history shows a change, on average.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
"""


class NotStarted(Exception):
    """The emulator did not come up; the message holds the end of its log."""


def start(
    *,
    region: str = REGION,
    mode: str = "",
    detached: bool = False,
    without: Collection[str] = (),
    trail_lag: float = TRAIL_LAG,
) -> tuple[state.Lab, subprocess.Popen[str]]:
    """Start the emulator; unless detached it ends with this process. Raises NotStarted."""
    home = Path(tempfile.mkdtemp(prefix="lab-", dir=state.directory()))
    for name in ("home", "tmp"):
        (home / name).mkdir(mode=0o700)
    admin, slack = keys.fresh(), _workspace()
    config = {
        "home": str(home),
        "account": ACCOUNT,
        "region": region,
        "admin": asdict(admin),
        "slack": asdict(slack),
        "slack_inbox": str(home / "slack.jsonl"),
        "sns_inbox": str(home / "sns.jsonl"),
        "without": list(without),
        "lifeline": not detached,
        "trail_lag": trail_lag,
    }
    process = _spawn(home)
    ready = _configured(process, config, home, detached=detached)
    lab = state.Lab(
        endpoint=ready["endpoint"],
        region=region,
        account=ACCOUNT,
        stack=STACK,
        pid=int(ready["pid"]),
        slack_inbox=config["slack_inbox"],  # type: ignore[arg-type]
        sns_inbox=config["sns_inbox"],  # type: ignore[arg-type]
        admin=admin,
        home=str(home),
        receiver=ready["receiver"],
        slack=slack,
        mode=mode,
    )
    return lab, process


def _workspace() -> Workspace:
    return Workspace(
        bot_token=f"xoxb-lab-{secrets.token_urlsafe(24)}",
        signing_secret=secrets.token_hex(16),
        channel="C0LAB000001",
        team="T0LAB000001",
        app="A0LAB000001",
        hook=secrets.token_urlsafe(24),
    )


def environment(home: Path) -> dict[str, str]:
    """What the emulator may see of this machine: a PATH and directories of its own."""
    package = Path(iam_watchdog_cli.__file__).resolve().parent.parent
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "HOME": str(home / "home"),
        "TMPDIR": str(home / "tmp"),
        "PYTHONPATH": str(package),
        "PYTHONUNBUFFERED": "1",
    }


def _spawn(home: Path) -> subprocess.Popen[str]:
    with (home / "lab.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "iam_watchdog_cli.lab.emulator"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment(home),
            cwd=home,
            start_new_session=True,
        )


def _configured(
    process: subprocess.Popen[str], config: dict[str, object], home: Path, *, detached: bool
) -> dict[str, str]:
    stdin, stdout = _pipe(process.stdin), _pipe(process.stdout)
    stdin.write(json.dumps(config) + "\n")
    stdin.flush()
    if detached:
        stdin.close()
    line = stdout.readline() if select.select([stdout], [], [], PATIENCE)[0] else ""
    if detached:
        stdout.close()
        process.returncode = 0  # It outlives us on purpose; Popen would warn of that.
    if not line:
        os.kill(process.pid, signal.SIGKILL)
        log = (home / "lab.log").read_text()[-2000:]
        raise NotStarted(f"the emulator did not start within {PATIENCE:.0f} s; the end of its log:\n{log}")
    return dict(json.loads(line))


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise NotStarted("the emulator has no pipes")
    return pipe


def stop(lab: state.Lab, process: subprocess.Popen[str] | None = None) -> None:
    """End the lab's process and all that it started, remove its directory."""
    if state.alive(lab.pid) and (process is not None or ours(lab.pid)):
        os.kill(lab.pid, signal.SIGTERM)
        _gone(lab.pid, process)
    if process:
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
    shutil.rmtree(lab.home, ignore_errors=True)


def _gone(pid: int, process: subprocess.Popen[str] | None) -> None:
    end = time.monotonic() + 10
    while _running(pid, process):
        if time.monotonic() > end:
            os.killpg(pid, signal.SIGKILL)
        time.sleep(0.05)


def _running(pid: int, process: subprocess.Popen[str] | None) -> bool:
    if process:
        return process.poll() is None
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # If it is a child of ours after all, it stays until it is waited for.
    return state.alive(pid)


def ours(pid: int) -> bool:
    """Tell whether this process is a lab: its number may have been given to another one since."""
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "iam_watchdog_cli.lab.emulator" in shown.stdout
