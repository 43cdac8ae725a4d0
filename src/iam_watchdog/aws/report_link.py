"""Opens the stored report for an approver: a link that is good for ten minutes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from iam_watchdog.model import Incident
from iam_watchdog.report.notification import report_key

ACTIONS = ("s3:GetObject",)
SECONDS = 600


def report_link(client: Any, bucket: str, incident: Incident) -> str:
    """Sign the link; it stops earlier if the function's own credentials do. "" when there is no report."""
    key = report_key(incident)
    params = {"Bucket": bucket, "Key": key, "ResponseContentType": "text/html; charset=utf-8"}
    try:
        client.head_object(Bucket=bucket, Key=key)
        return str(client.generate_presigned_url("get_object", Params=params, ExpiresIn=SECONDS))
    except (ClientError, BotoCoreError):
        return ""


@dataclass(frozen=True)
class ReportLinks:
    """ports.Reports on the private bucket."""

    client: Any
    bucket: str

    def link(self, incident: Incident) -> str:
        """A link that is good for ten minutes, or "" when there is no report."""
        return report_link(self.client, self.bucket, incident)
