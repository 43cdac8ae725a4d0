"""The cheap test that nearly every ordinary line fails: fixed words, found by string search rather than a pattern."""

from __future__ import annotations

WORDS = (
    "authorized",
    "Denied",
    "denied",
    "DENIED",
    "ermission",
    "PERMISSION",
    "Forbidden",
    "not allowed",
    "cannot be assumed",
    "explicit deny",
    "policy allows",
    "AuthorizationError",
    "NotAuthorized",
    "environment variables because",
    "KMS Exception",
    "to assume the ",
    "Cannot access stream",
)
"""Case matters (as in the subscription's filter pattern): two spellings cost less than folding every line."""


def suspicious(text: str) -> bool:
    """True if the text may hold a denial; False is certain for every grammar but words that a line break cuts."""
    return any(word in text for word in WORDS)
