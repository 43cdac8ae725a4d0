"""A headless Chromium on a pipe: the DevTools protocol with nothing but the standard library.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)  # fmt: skip
PATIENCE = 40
"""Seconds for one answer: a cold start on a busy machine takes long."""


def found() -> str:
    """The browser's path, "" if there is none."""
    named = os.environ.get("CHROMIUM", "")
    return named or next((path for name in NAMES if (path := shutil.which(name))), "")


class Chromium:
    """One page of one browser; `events` holds everything that it reported."""

    def __init__(self, to: int, back: int) -> None:
        self.events: list[dict[str, Any]] = []
        self._to, self._from, self._rest, self._count, self._session = to, back, b"", 0, ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command and its answer; a refusal is a RuntimeError."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return dict(answer["result"])
            self.events.append(answer)

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while b"\0" not in self._rest:
            if not select.select([self._from], [], [], max(until - time.monotonic(), 0))[0]:
                raise TimeoutError("Chromium does not answer")
            self._rest += os.read(self._from, 1 << 20)
        first, self._rest = self._rest.split(b"\0", 1)
        return dict(json.loads(first))

    def open(self, url: str) -> None:
        """Load a page and wait for it."""
        self.events.clear()
        self.call("Page.navigate", url=url)
        while not self.heard("Page.loadEventFired"):
            self.events.append(self._next())
        self.evaluate("new Promise(done => setTimeout(done, 50))")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def heard(self, method: str) -> list[dict[str, Any]]:
        """All events of one kind since the page was opened."""
        return [dict(event["params"]) for event in self.events if event.get("method") == method]

    def complaints(self) -> list[str]:
        """Console errors, exceptions, violations of the page's policy."""
        logged = [f"{e['entry']['level']}: {e['entry']['text']}" for e in self.heard("Log.entryAdded")]
        thrown = [str(e["exceptionDetails"]) for e in self.heard("Runtime.exceptionThrown")]
        said = [str(e["args"]) for e in self.heard("Runtime.consoleAPICalled")]
        return [*logged, *thrown, *said]

    def requests(self) -> list[str]:
        """The addresses that the page asked for."""
        return [str(e["request"]["url"]) for e in self.heard("Network.requestWillBeSent")]

    def look(self, *, width: int = 1200, dark: bool = False, paper: bool = False) -> None:
        """A screen of that width, light or dark, or paper."""
        phone = width < 600
        scale = 2 if phone else 1
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=scale, mobile=phone)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media="print" if paper else "screen", features=[scheme])

    def shoot(self, path: Path) -> Path:
        """A picture of the whole page."""
        taken = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(taken["data"]))
        return path


@contextmanager
def chromium(home: Path) -> Iterator[Chromium]:
    """Start, hand out one page, and end what was started. The shell gives the pipes the numbers that Chromium wants."""
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    shell = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
    command = ["bash", "-c", shell, "chromium", found(), *FLAGS, f"--user-data-dir={home}", "about:blank"]
    process = subprocess.Popen(  # noqa: S603 - our own flags and a browser that the machine names
        command, pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        browser = Chromium(ours_out, ours_in)
        yield browser
        browser._session = ""
        with suppress(OSError, RuntimeError, TimeoutError):
            browser.call("Browser.close")
    finally:
        os.close(ours_out)
        os.close(ours_in)
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        process.wait()
