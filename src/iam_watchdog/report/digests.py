"""A digest as people and machines get it: many small things in one message."""

from __future__ import annotations

from typing import Any

from iam_watchdog.model import Digest
from iam_watchdog.ports import Settings
from iam_watchdog.records import canonical
from iam_watchdog.report import blocks, escape
from iam_watchdog.report.slack import Post
from iam_watchdog.report.sns import MACHINES

MOST = 40
"""Lines of one digest; the rest is counted."""


def lines(digest: Digest) -> tuple[str, ...]:
    """The lines that fit, each on one line; what was left out is said."""
    shown = tuple(escape.line(words, 300) for words in digest.lines[:MOST])
    left = len(digest.lines) - len(shown)
    return (*shown, f"and {left} more: iam-watchdog incidents") if left else shown


def title(digest: Digest, settings: Settings) -> str:
    """Which account and Region it is about comes first."""
    where = f"{settings.account_alias} ({settings.account})" if settings.account_alias else settings.account
    return f"{where} {settings.region}: {digest.title}"


def post(digest: Digest, settings: Settings) -> Post:
    """One Slack message without buttons."""
    words = title(digest, settings)
    drawn = [blocks.rich([blocks.text(words, bold=True)]), blocks.bullets(lines(digest))]
    return Post(blocks.fallback_text(words), blocks.fit(drawn))


def publication(digest: Digest, settings: Settings) -> dict[str, Any]:
    """The arguments of sns:Publish but the topic."""
    words = "\n".join((title(digest, settings), "", *(f"- {words}" for words in lines(digest))))
    data = canonical(
        {"digest": digest.name, "title": digest.title, "lines": digest.lines[:MOST], "account": settings.account}
    )
    message = {"default": words, "email": words} | dict.fromkeys(MACHINES, data)
    attribute = {"DataType": "String", "StringValue": "digest"}
    return {
        "Message": canonical(message),
        "MessageStructure": "json",
        "Subject": escape.subject(title(digest, settings)),
        "MessageAttributes": {"status": attribute},
    }
