"""Keeps the report page of each incident's cycle in the private bucket."""

from __future__ import annotations

from typing import Any

from iam_watchdog.aws.faults import writing
from iam_watchdog.model import Incident
from iam_watchdog.report.notification import report_key

ACTIONS = ("s3:PutObject",)


def archive(client: Any, bucket: str, incident: Incident, page: str, owner: str) -> str:
    """Write the page over its former version; the bucket's default encryption applies. Raises CannotWrite.

    `owner` is the account that must own the bucket: a deleted bucket's name may by now be somebody else's.
    """
    key = report_key(incident)
    with writing(f"keep the report {key}"):
        client.put_object(
            Bucket=bucket,
            Key=key,
            Body=page.encode(),
            ContentType="text/html; charset=utf-8",
            CacheControl="no-store",
            ExpectedBucketOwner=owner,
        )
    return key
