"""A digest as people and machines get it: many small things in one message."""

from __future__ import annotations

from typing import Any

from iam_watchdog.model import Digest
from iam_watchdog.ports import Settings
from iam_watchdog.records import canonical
from iam_watchdog.report import blocks, escape
from iam_watchdog.report.slack import Post
from iam_watchdog.report.sns import LIMIT, MACHINES

MOST = 40
"""Lines of one digest; the rest is counted."""


def lines(digest: Digest, most: int = MOST) -> tuple[str, ...]:
    """The lines that fit, each on one line; what was left out is said."""
    shown = tuple(escape.line(words, 300) for words in digest.lines[:most])
    left = len(digest.lines) - len(shown)
    return (*shown, f"and {left} more: iam-watchdog incidents") if left else shown


def title(digest: Digest, settings: Settings) -> str:
    """Which account and Region it is about comes first."""
    where = f"{settings.account_alias} ({settings.account})" if settings.account_alias else settings.account
    return escape.line(f"{where} {settings.region}: {digest.title}", 600)


def post(digest: Digest, settings: Settings) -> Post:
    """One Slack message without buttons."""
    words = title(digest, settings)
    drawn = [blocks.rich([blocks.text(words, bold=True)])]
    drawn += [blocks.bullets(lines(digest))] if digest.lines else []
    return Post(blocks.fallback_text(words), blocks.fit(drawn))


def publication(digest: Digest, settings: Settings) -> dict[str, Any]:
    """The arguments of sns:Publish but the topic; letters of other scripts take many bytes, so fewer lines may fit."""
    for most in (MOST, 15, 5, 0):
        message = canonical(_by_protocol(digest, settings, most))
        if len(message) < LIMIT - 2_000:
            break
    attribute = {"DataType": "String", "StringValue": "digest"}
    return {
        "Message": message,
        "MessageStructure": "json",
        "Subject": escape.subject(title(digest, settings)),
        "MessageAttributes": {"status": attribute},
    }


def _by_protocol(digest: Digest, settings: Settings, most: int) -> dict[str, str]:
    named, shown = title(digest, settings), lines(digest, most)
    words = "\n".join((named, "", *(f"- {row}" for row in shown)))
    data = canonical({"digest": digest.name, "title": named, "lines": shown, "account": settings.account})
    return {"default": words, "email": words} | dict.fromkeys(MACHINES, data)
