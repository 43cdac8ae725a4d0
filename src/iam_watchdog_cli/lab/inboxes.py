"""The lab's second port: the local Slack, and the mailbox that subscribes to the alerts topic."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3

from iam_watchdog_cli.lab import gate
from iam_watchdog_cli.lab.slack_receiver import Answer, Slack, Workspace, arguments

LIMIT = 4_000_000


@dataclass(frozen=True)
class Inboxes:
    """The running receiver."""

    base: str
    server: ThreadingHTTPServer

    def stop(self) -> None:
        """Close the port."""
        self.server.shutdown()
        self.server.server_close()


def start(config: dict[str, Any], endpoint: str) -> Inboxes:
    """Listen on a free loopback port."""
    slack = Slack(Workspace(**config["slack"]), appender(Path(config["slack_inbox"])))
    mail = Mailbox(appender(Path(config["sns_inbox"])), config, endpoint)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(slack, mail))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return Inboxes(f"http://127.0.0.1:{server.server_address[1]}", server)


def appender(path: Path) -> Callable[[Any], None]:
    """Append JSON lines to a file of our own, one at a time."""
    lock = threading.Lock()
    path.touch(mode=0o600)

    def append(value: Any) -> None:
        with lock, path.open("a") as file:
            file.write(json.dumps(value) + "\n")

    return append


@dataclass(frozen=True)
class Mailbox:
    """An HTTP subscriber that confirms its subscription and keeps what comes."""

    record: Callable[[Any], None]
    config: dict[str, Any]
    endpoint: str

    def take(self, body: bytes) -> Answer:
        """One SNS message."""
        message = json.loads(body)
        if message.get("Type") == "SubscriptionConfirmation":
            self._confirm(message)
        else:
            self.record(message)
        return Answer(200, "")

    def _confirm(self, message: dict[str, Any]) -> None:
        admin = self.config["admin"]
        sns = boto3.client(
            "sns",
            endpoint_url=self.endpoint,
            region_name=self.config["region"],
            aws_access_key_id=admin["access_key"],
            aws_secret_access_key=admin["secret_key"],
        )
        sns.confirm_subscription(TopicArn=message["TopicArn"], Token=message["Token"])


def _handler(slack: Slack, mail: Mailbox) -> type[BaseHTTPRequestHandler]:
    class Bound(_Handler):
        pass

    Bound.slack, Bound.mail = slack, mail
    return Bound


class _Handler(BaseHTTPRequestHandler):
    slack: Slack
    mail: Mailbox
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # noqa: N802 - the name is the standard library's
        port = int(self.connection.getsockname()[1])
        local = self.headers.get("Host", "") in gate.hosts(port) and not self.headers.get("Origin")
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LIMIT))
        try:
            answer = self._route(body) if local else Answer(403, "the lab answers no other host or origin")
        except ValueError:
            answer = Answer(400, "invalid_payload")
        self._reply(answer)

    def _route(self, body: bytes) -> Answer:
        secret, sent_as = self.slack.workspace.hook, self.headers.get("Content-Type", "")
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        match self.path.strip("/").split("/"):
            case ["api", method]:
                asked = arguments(sent_as, body)
                return self.slack.api(method, token or asked.pop("token", ""), asked)
            case ["services" | "actions" as kind, *_, given] if given == secret:
                return self.slack.hook("webhook" if kind == "services" else "response_url", arguments(sent_as, body))
            case ["sns", given] if given == secret:
                return self.mail.take(body)
            case ["lab", "ratelimit"] if token == self.slack.workspace.bot_token:
                self.slack.limited = int(json.loads(body)["times"])
                return Answer(200, "")
        return Answer(404, "no_service")

    def _reply(self, answer: Answer) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        kind = "application/json; charset=utf-8" if body.startswith(b"{") else "text/plain"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        """Say nothing: what was received is in the inbox."""
