"""Only Slack's own response_url is ever called."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from iam_watchdog.slack.replies import ResponseUrl


class Receiver(BaseHTTPRequestHandler):
    """Remembers what was posted to it."""

    got: list[dict[str, object]] = []

    def do_POST(self) -> None:  # noqa: N802 - the base class names it so
        self.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def receiver() -> Iterator[str]:
    Receiver.got = []
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_url_that_is_not_slacks_is_never_called(receiver: str) -> None:
    for url in (
        receiver,
        "",
        "http://[",
        "http://hooks.slack.com/x",
        "https://hooks.slack.com.evil.example/x",
        "file:///etc",
    ):
        ResponseUrl("https://slack.com/api/").reply(url, "hello")
    ResponseUrl("http://127.0.0.1:1/api/").reply(receiver, "hello")
    assert not Receiver.got


def test_the_person_alone_is_answered(receiver: str) -> None:
    ResponseUrl(f"{receiver}/api/").reply(f"{receiver}/actions/T/1/x", "done & <well>")
    (got,) = Receiver.got
    assert got["response_type"] == "ephemeral"
    assert got["replace_original"] is False


def test_an_outage_is_silent() -> None:
    ResponseUrl("http://127.0.0.1:9/api/").reply("http://127.0.0.1:9/x", "hello")
