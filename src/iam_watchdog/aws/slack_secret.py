"""The Slack secret: read once a container, checked field by field, never shown."""

from __future__ import annotations

import json
from typing import Any

from iam_watchdog.aws.faults import reading
from iam_watchdog.ports import CannotRead

ACTIONS = ("secretsmanager:GetSecretValue",)
FORM = '{"signing_secret": "…", "bot_token": "xoxb-…"}'


def signing_secret(client: Any, arn: str) -> str:
    """The app's signing secret. Raises CannotRead, which names the field and the form that is expected."""
    with reading(f"the Slack secret {arn}"):
        text = client.get_secret_value(SecretId=arn).get("SecretString", "")
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    secret = given.get("signing_secret") if isinstance(given, dict) else None
    if not isinstance(secret, str) or not secret:
        raise CannotRead(f"the Slack secret {arn} has no signing_secret; store JSON as {FORM}")
    return secret
