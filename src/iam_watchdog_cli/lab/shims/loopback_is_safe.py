"""Counts loopback as encrypted transport: what aws:SecureTransport guards against cannot happen on it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Callable


def install() -> None:
    """Say so for every request; the gate lets only loopback in."""
    from ministack import app

    app.pin_request_origin = _secure(app.pin_request_origin)


def _secure(original: Callable[[str, bool], None]) -> Callable[[str, bool], None]:
    def pin_request_origin(source_ip: str, secure_transport: bool) -> None:
        original(source_ip, True)

    return pin_request_origin
