"""Slack's request signature, checked with the standard library before anything else is parsed.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

WINDOW = 300
"""Seconds for which a signed request is good: a captured one cannot be replayed later."""


def verify(secret: str, timestamp: str, body: bytes, signature: str, now: datetime) -> bool:
    """True only for a body that Slack signed with this secret within five minutes of now; never raises.

    An empty secret verifies nothing: it would let anyone sign.
    """
    if not secret or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    if abs(now.timestamp() - int(timestamp)) > WINDOW:
        return False
    base = b"v0:" + timestamp.encode() + b":" + body
    expected = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass"))
