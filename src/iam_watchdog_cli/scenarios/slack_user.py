"""An approver: presses a button of a message, signed as Slack signs it.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode, urlsplit

from iam_watchdog_cli.lab.stack import APPROVER
from iam_watchdog_cli.lab.state import Lab


def press(lab: Lab, url: str, messages: list[dict[str, Any]], button: str, user: str = APPROVER) -> int:
    """Press the newest button of that name; the status that Slack got. LookupError: no message has it."""
    message, block, pressed = _find(messages, button)
    payload = {
        "type": "block_actions",
        "user": {"id": user, "username": "approver", "team_id": lab.slack.team},
        "api_app_id": lab.slack.app,
        "team": {"id": lab.slack.team, "domain": "lab"},
        "container": {"type": "message", "message_ts": message["ts"], "channel_id": lab.slack.channel},
        "trigger_id": "1.2.3",
        "channel": {"id": lab.slack.channel, "name": "alerts"},
        "message": {"ts": message["ts"], "text": message.get("text", ""), "blocks": message["blocks"]},
        "response_url": f"{lab.receiver}/actions/{lab.slack.team}/1/{lab.slack.hook}",
        "actions": [
            {
                "type": "button",
                "action_id": button,
                "block_id": block.get("block_id", ""),
                "value": pressed["value"],
                "action_ts": f"{time.time():.6f}",
            }
        ],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    return post(reachable(lab, url), body, signed(lab.slack.signing_secret, body, int(time.time())))


def _find(messages: list[dict[str, Any]], button: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    for message in reversed(messages):
        for block in message.get("blocks") or ():
            for element in block.get("elements", ()) if block["type"] == "actions" else ():
                if element.get("action_id") == button:
                    return message, block, element
    raise LookupError(f"no message has a button {button!r}")


def signed(secret: str, body: bytes, at: int) -> dict[str, str]:
    """The headers with which Slack sends a body. https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    mac = hmac.new(secret.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": str(at),
        "X-Slack-Signature": f"v0={mac}",
    }


def reachable(lab: Lab, url: str) -> str:
    """The function URL by an address that resolves here: the lab answers for it under a path."""
    return f"{lab.endpoint}/_aws/lambda-url/{str(urlsplit(url).hostname).split('.')[0]}/"


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send it; the status of the answer."""
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 - the lab's own address
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
