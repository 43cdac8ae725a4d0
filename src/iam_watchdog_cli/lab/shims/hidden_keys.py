"""Asks for s3:ListBucket before it says that an object does not exist: without it S3 answers 403 instead of 404.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

READS = ("GetObject", "GetObjectVersion")


def install() -> None:
    """Add the check to those that the emulator makes beside the first."""
    from ministack.core import iam_actions

    iam_actions.s3_additional_checks = _listing(iam_actions.s3_additional_checks, iam_actions._s3_action)


def _listing(original: Callable[..., list[tuple[str, str]]], named: Callable[..., str | None]) -> Callable[..., Any]:
    def s3_additional_checks(method: str, path: str, headers: Any, body: bytes, query: Any) -> list[tuple[str, str]]:
        found = list(original(method, path, headers, body, query))
        bucket, _, key = path.lstrip("/").partition("/")
        if key and named(method, path, query) in READS and _missing(bucket, key):
            found.append(("s3:ListBucket", f"arn:aws:s3:::{bucket}"))
        return found

    return s3_additional_checks


def _missing(bucket: str, key: str) -> bool:
    """A bucket that does not exist says so to everybody."""
    from ministack.services import s3

    known = s3._buckets.get(bucket)
    return known is not None and not {key, unquote(key)} & known["objects"].keys()
