"""Stands before the emulator: no foreign Host or Origin, no back doors, nothing unsigned but function URLs."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]

FUNCTION_URL = "/_aws/lambda-url/"
FUNCTION_HOST = re.compile(r"([a-z0-9]{32})\.lambda-url\.[a-z0-9-]+\.localhost")
CREDENTIAL = re.compile(r"[^/,\s=]+/")
AUTHORIZATION = re.compile(rf"AWS4-HMAC-SHA256 Credential={CREDENTIAL.pattern}")


def gated(app: App, port: int) -> App:
    """Wrap the emulator's application for one loopback port."""

    async def gate(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        scope = by_path(scope, port)
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif refused := refusal(scope, port):
            await _forbid(send, refused)
        else:
            await app(scope, receive, _without_cors(send))

    return gate


def by_path(scope: Scope, port: int) -> Scope:
    """A function URL by its own host name, which only this machine resolves, as the emulator's path for the same."""
    named = dict(scope.get("headers", ())).get(b"host", b"").decode("latin-1")
    function = FUNCTION_HOST.fullmatch(named.removesuffix(f":{port}")) if named.endswith(f":{port}") else None
    if function is None:
        return scope
    under = f"{FUNCTION_URL}{function.group(1)}"
    headers = [(n, v if n.lower() != b"host" else f"localhost:{port}".encode()) for n, v in scope["headers"]]
    raw = under.encode() + (scope.get("raw_path") or scope["path"].encode())
    return {**scope, "path": under + scope["path"], "raw_path": raw, "headers": headers}


def refusal(scope: Scope, port: int) -> str:
    """Say why this request may not pass, or ""."""
    headers = {name.lower(): value for name, value in scope["headers"]}
    path = scope["path"]
    if headers.get(b"host", b"").decode("latin-1") not in hosts(port):
        return "the lab answers only to 127.0.0.1 and localhost"
    origin = headers.get(b"origin", b"").decode("latin-1")
    if origin and origin not in {f"http://{host}" for host in hosts(port)}:
        return "the lab answers no other origin"
    if path.startswith(FUNCTION_URL):
        return ""
    if path.startswith("/_") or path == "/health" or scope["method"] == "OPTIONS":
        return "the emulator's own pages are closed"
    return "" if _signed(scope) else "every request must be signed, once"


def _signed(scope: Scope) -> bool:
    """One signature that names one key, in the header or in the query; the emulator checks it."""
    sent = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"authorization"]
    named = parse_qs(scope["query_string"].decode("latin-1"))
    asked = [value for name in ("X-Amz-Credential", "AWSAccessKeyId") for value in named.get(name, [])]
    if len(sent) + len(asked) != 1:
        return False
    if sent:
        return bool(AUTHORIZATION.match(sent[0])) and sent[0].count("Credential=") == 1
    return bool(CREDENTIAL.match(asked[0])) and "X-Amz-Signature" in named


def hosts(port: int) -> frozenset[str]:
    """Name the hosts by which the lab may be called."""
    return frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})


def _without_cors(send: Send) -> Send:
    async def pass_on(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [h for h in message.get("headers", []) if not h[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return pass_on


async def _forbid(send: Send, why: str) -> None:
    body = why.encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
