"""What AWS hands out beside a refusal: EC2's encoded message, and the id under which IAM keeps the details."""

from __future__ import annotations

import re

_ENCODED = re.compile(
    r"Encoded\s+authorization\s+failure\s+message:\s*"
    r"([A-Za-z0-9_-]{20,}(?:[\n ][A-Za-z0-9_-]{40,})*(?:\n[A-Za-z0-9_-]{12,})?)"
)
_AUTHORIZATION = re.compile(r"authorization\s+id:?\s*([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")


def find(text: str, at: int, stop: int) -> tuple[str | None, str | None]:
    """The encoded message, hard wraps taken out, and the authorization id of a range."""
    if text.find("authorization", at, stop) < 0:
        return None, None
    encoded = _ENCODED.search(text, at, stop) if text.find("Encoded", at, stop) >= 0 else None
    granted = _AUTHORIZATION.search(text, at, stop)
    blob = "".join(encoded.group(1).split()) if encoded else None
    return blob if blob and (len(set(blob[:32])) > 4 or len(set(blob)) > 4) else None, granted.group(
        1
    ) if granted else None
