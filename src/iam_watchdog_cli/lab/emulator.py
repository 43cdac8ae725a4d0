"""The lab's own process: MiniStack with IAM enforced, our shims and gate, the two inboxes; one JSON line when ready.

Started by launch.py with a bare environment. Standard input carries the configuration, and, when `lifeline` is set,
the life of whoever started it: at its end the lab stops.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

SERVICES = (
    "iam,sts,lambda,logs,events,s3,sqs,sns,dynamodb,kms,secretsmanager,ssm,cloudformation,monitoring,cloudtrail,"
    "ec2,states,kinesis,tagging,scheduler,account,organizations,ecr,elasticfilesystem"
)
"""What the lab serves; everything else of the emulator stays shut."""
FIXED = {
    "AUTH": "true",
    "BIND_HOST": "127.0.0.1",
    "IOT_MTLS_ENABLED": "0",
    "SFTP_ENABLED": "0",
    "MINISTACK_WORKER_THREADS": "32",
    "LAMBDA_WARM_TTL_SECONDS": "120",
}


def main() -> None:
    """Read the configuration, serve until told to stop."""
    config = json.loads(sys.stdin.readline())
    port = _listening()
    os.environ |= FIXED | {
        "GATEWAY_PORT": str(port.getsockname()[1]),
        "SERVICES": SERVICES,
        "MINISTACK_ACCOUNT_ID": config["account"],
        "MINISTACK_REGION": config["region"],
        "IAM_WATCHDOG_LAB_TRAIL_LAG": str(config["trail_lag"]),
    }
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(_serve(config, port))


def _listening() -> socket.socket:
    """Take a free loopback port and keep it: nobody can come between choosing and listening."""
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", 0))
    return taken


async def _serve(config: dict[str, Any], listener: socket.socket) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack import app

    from iam_watchdog_cli.lab import gate, inboxes, keys, shims
    from iam_watchdog_cli.lab.shims import workers

    port = listener.getsockname()[1]
    keys.only(keys.Key(**config["admin"]))
    shims.install(config.get("without", ()))
    receiver = inboxes.start(config, f"http://127.0.0.1:{port}")
    os.environ[workers.RECEIVER] = receiver.base.rpartition(":")[2]
    settings = Config()
    settings.bind = [f"fd://{listener.detach()}"]  # hypercorn owns it from here on
    settings.keep_alive_timeout = 75
    settings.loglevel = "WARNING"
    stop = _stop_signals(lifeline=bool(config.get("lifeline")))
    ready = {"endpoint": f"http://127.0.0.1:{port}", "receiver": receiver.base, "pid": os.getpid()}
    application: Any = gate.gated(_announcing(app.app, ready), port)
    await serve(application, settings, shutdown_trigger=lambda: _ended(stop, Path(config["home"])))


async def _ended(stop: asyncio.Event, home: Path) -> None:
    """Leave at once: nothing here outlives the lab, and neither does a function that is running just now."""
    await stop.wait()
    shutil.rmtree(home, ignore_errors=True)
    if os.getpgrp() == os.getpid():  # The session is our own, as launch.py starts us.
        os.killpg(0, signal.SIGTERM)  # We have a handler of our own for it.
    os._exit(0)


def _announcing(app: Any, ready: dict[str, Any]) -> Any:
    """Say that we are ready when the emulator says that it has started."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        async def pass_on(message: Any) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                sys.stdout.write(json.dumps(ready) + "\n")
                sys.stdout.flush()

        await app(scope, receive, pass_on if scope["type"] == "lifespan" else send)

    return application


def _stop_signals(*, lifeline: bool) -> asyncio.Event:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    if lifeline:

        def watch() -> None:
            with contextlib.suppress(ValueError, RuntimeError):
                sys.stdin.read()
                loop.call_soon_threadsafe(stop.set)

        threading.Thread(target=watch, daemon=True).start()
    return stop


if __name__ == "__main__":
    main()
