"""Answers the person who pressed a button, through the response_url of Slack's signed request."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient

SLACK = "hooks.slack.com"
TIMEOUT = 2
"""Seconds: Slack waits three for the click to be acknowledged."""


@dataclass(frozen=True)
class ResponseUrl:
    """ports.Replies; `api` is the Web API's base URL, whose host may answer too when it is this very machine."""

    api: str = ""

    def reply(self, url: str, text: str) -> None:
        """Say one sentence to that person alone; a URL that is not Slack's is ignored, a failure is silent."""
        if not self._slacks(url):
            return
        try:
            client = WebhookClient(url, timeout=TIMEOUT, retry_handlers=[])
            client.send(text=text, response_type="ephemeral", replace_original=False)
        except (OSError, http.client.HTTPException, SlackClientError, ValueError):
            return  # The word is stored and the thread will tell; this sentence was a courtesy.

    def _slacks(self, url: str) -> bool:
        try:
            given, api = urlsplit(url), urlsplit(self.api)
        except ValueError:
            return False
        local = api.scheme == "http" and given.scheme == "http" and given.netloc == api.netloc
        return local or (given.scheme == "https" and given.hostname == SLACK and given.port in (None, 443))
