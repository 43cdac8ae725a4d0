"""Answers the person who pressed a button, at the address that Slack gave with the click, and nowhere else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPException
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

SLACKS_HOST = "hooks.slack.com"
SECONDS = 1.0
"""Slack waits three seconds for our answer to the click itself."""


@dataclass(frozen=True)
class ResponseUrl:
    """ports.Replies; `api` is the configured base URL of Slack's API, whose host is answered as well."""

    api: str = "https://slack.com/api/"

    def reply(self, url: str, text: str) -> None:
        """Say one sentence to that person alone; a URL that is not Slack's is ignored, a failure is silent."""
        if not self.is_slacks(url):
            return
        body = json.dumps({"response_type": "ephemeral", "replace_original": False, "text": text}).encode()
        request = Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - is_slacks has looked
        try:
            with urlopen(request, timeout=SECONDS):  # noqa: S310
                pass
        except (OSError, HTTPException, ValueError):
            return  # The step is on its way; its outcome comes into the thread.

    def is_slacks(self, url: str) -> bool:
        """True for https to Slack's host, or exactly the scheme, host and port of the configured API."""
        try:
            given, api = urlsplit(url), urlsplit(self.api)
            if given.username or given.password:
                return False
            if (given.scheme, given.hostname, given.port) == ("https", SLACKS_HOST, None):
                return True
            return bool(api.hostname) and (given.scheme, given.netloc) == (api.scheme, api.netloc)
        except ValueError:
            return False
