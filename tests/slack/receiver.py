"""A Slack on loopback that says what a test tells it to, and remembers what it was told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


@dataclass
class Answer:
    """One HTTP answer; status 0 closes the connection without one."""

    status: int = 200
    body: str = '{"ok": true, "ts": "1700000000.000100"}'
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json; charset=utf-8"})


@dataclass
class Receiver:
    """What was asked, and what will be answered; the last answer repeats."""

    url: str
    answers: list[Answer] = field(default_factory=lambda: [Answer()])
    asked: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)

    def take(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen on a free loopback port until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/")
    server.receiver = receiver  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        receiver.asked.append((self.path, _parsed(raw), dict(self.headers)))
        answer = receiver.take()
        if answer.status == 0:
            self.connection.close()
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _parsed(raw: str) -> dict[str, Any]:
    if raw.startswith("{"):
        return dict(json.loads(raw))
    return {name: values[0] for name, values in parse_qs(raw).items()}
