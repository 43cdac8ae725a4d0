"""The report page (first form: the text, escaped)."""

from __future__ import annotations

from datetime import datetime

from iam_watchdog.model import Incident
from iam_watchdog.ports import Settings
from iam_watchdog.report.escape import html
from iam_watchdog.report.text import text


def page(incident: Incident, settings: Settings, now: datetime) -> str:
    """A whole page."""
    csp = "default-src 'none'; base-uri 'none'; form-action 'none'"
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{csp}">'
    body = html(text(incident, settings, now), 60_000)
    return f"<!doctype html><html lang=en><head>{head}<title>IAM Watchdog</title></head><body><pre>{body}</pre></body>"
