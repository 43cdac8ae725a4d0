"""Detect's cold start under the Lambda runtime interface emulator, against an empty handler and one with boto3."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RUNS = 7
SOURCE = Path(__file__).parents[2] / "src"
EMPTY = """
from aws_lambda_powertools import Logger, Metrics
logger, metrics = Logger(), Metrics(namespace="n", service="s")
@metrics.log_metrics(raise_on_empty_metrics=False)
def handler(event, context):
    return {}
"""
HANDLERS = {
    "empty": ("empty.handler", EMPTY),
    "boto3": ("with_boto3.handler", "import boto3\nboto3.client('sqs')\n" + EMPTY),
    "detect": ("iam_watchdog.handlers.detect.handler", ""),
}


def run() -> dict[str, float | str]:
    """Ratios of the median time from start to the first answer for a batch of ordinary lines."""
    with tempfile.TemporaryDirectory() as folder:
        for module, source in HANDLERS.values():
            if source:
                Path(folder, f"{module.split('.')[0]}.py").write_text(source)
        times: dict[str, list[float]] = {name: [] for name in HANDLERS}
        for _ in range(RUNS):
            for name, (handler, _source) in HANDLERS.items():
                times[name].append(_cold(handler, folder))
    median = {name: statistics.median(found) for name, found in times.items()}
    return {
        "cold start of Detect, ordinary lines / empty Powertools handler": median["detect"] / median["empty"],
        "cold start of Detect, ordinary lines / handler that makes a boto3 client": median["detect"] / median["boto3"],
        "cold start of Detect, ms": median["detect"] * 1000,
    }


def ordinary() -> dict[str, Any]:
    """A subscription's event with a hundred lines that deny nothing."""
    events = [{"id": str(n), "timestamp": 1, "message": f"INFO order {n} booked in {n} ms"} for n in range(100)]
    data = {"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "/aws/lambda/f", "logStream": "s"}
    packed = gzip.compress(json.dumps(data | {"logEvents": events, "subscriptionFilters": ["w"]}).encode())
    return {"awslogs": {"data": base64.b64encode(packed).decode()}}


def _cold(handler: str, folder: str) -> float:
    ports = [_free(), _free()]
    address = [f"127.0.0.1:{port}" for port in ports]
    command = [_emulator(), "--runtime-interface-emulator-address", address[0], "--runtime-api-address", address[1]]
    command += [sys.executable, "-m", "awslambdaric", handler]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{SOURCE}:{folder}",
        "PYTHONDONTWRITEBYTECODE": "",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "POWERTOOLS_METRICS_NAMESPACE": "n",
        "POWERTOOLS_SERVICE_NAME": "s",
        "HOME": folder,
    }
    quiet = subprocess.DEVNULL
    started = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet, cwd=folder) as process:  # noqa: S603
        try:
            _invoke(ports[0])
            return time.perf_counter() - started
        finally:
            process.terminate()


def _emulator() -> str:
    import samcli.local.rapid  # noqa: PLC0415 - only this bench needs it

    machine = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
    return str(Path(samcli.local.rapid.__path__[0], f"aws-lambda-rie-{machine}"))


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _invoke(port: int) -> None:
    body = json.dumps(ordinary())
    for _ in range(400):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("POST", "/2015-03-31/functions/function/invocations", body)
            answer = connection.getresponse().read()
            break
        except ConnectionRefusedError:
            time.sleep(0.005)
    else:
        raise TimeoutError("the runtime interface emulator did not start")
    if b"errorMessage" in answer:
        raise RuntimeError(answer.decode()[:500])
