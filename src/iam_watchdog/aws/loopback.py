"""S3 Control puts the account's id before the endpoint's host, also before that of an emulator on this machine.

No name below a loopback address can be found. The address need not be ours to know: it may come from the environment.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

_HOST = re.compile(r"\d{12}\.((?:127\.0\.0\.1|localhost)(?::\d+)?)", re.ASCII)
"""No host of AWS ends so."""


def listen(client: Any) -> None:
    """Before each request of this S3 Control client is signed, see where it goes."""
    client.meta.events.register_first("before-sign.s3-control", _at_home)


def _at_home(request: Any, **_: object) -> None:
    parts = urlsplit(request.url)
    if found := _HOST.fullmatch(parts.netloc):
        request.url = urlunsplit(parts._replace(netloc=found[1]))
