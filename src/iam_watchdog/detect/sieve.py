"""The cheap test that nearly every ordinary line fails: fixed words, found by string search rather than a pattern."""

from __future__ import annotations


def suspicious(text: str) -> bool:
    """True if the text may hold a denial; False is certain for every grammar but words that a line break cuts.

    Written out, because a loop costs more than the searches; half words spare the second spelling (Denied, denied).
    """
    return (
        "uthorized" in text
        or "enied" in text
        or "ermission" in text
        or "Forbidden" in text
        or "not allowed" in text
        or "assume" in text
        or "AuthorizationError" in text
        or "explicit deny" in text
        or "KMS Exception" in text
        or "access stream" in text
        or "nsufficient" in text
        or "403" in text
    )
