"""What the topic gets: plain text for e-mail, JSON for machines, Amazon Q's form where a deployment wants it.

https://docs.aws.amazon.com/sns/latest/dg/sns-send-custom-platform-specific-payloads-mobile-devices.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from iam_watchdog.model import Incident, Proposed
from iam_watchdog.ports import Settings
from iam_watchdog.records import canonical
from iam_watchdog.report.amazon_q import amazon_q
from iam_watchdog.report.escape import cap, metric, subject
from iam_watchdog.report.grouping import Group
from iam_watchdog.report.notification import notification
from iam_watchdog.report.text import mail_subject, text
from iam_watchdog.report.words import first_line
from iam_watchdog.status import derive

LIMIT = 262_144
"""Bytes of message and attributes together: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
MACHINES = ("sqs", "http", "https", "lambda", "firehose", "email-json")
_EACH = 24_000
"""Bytes for one machine: the same JSON is sent six times, and quoting makes it longer."""


def publication(incident: Incident, settings: Settings, now: datetime, group: Group | None = None) -> dict[str, Any]:
    """The arguments of sns:Publish but the topic; a group is told with its newest member's diagnosis."""
    by_protocol = _by_protocol(incident, settings, now, group)
    for most in (30_000, 8_000, 1_000):
        message = canonical({name: cap(body, most) if name in _PEOPLE else body for name, body in by_protocol.items()})
        if len(message) < LIMIT - 2_000:
            break
    return {
        "Message": message,
        "MessageStructure": "json",
        "Subject": subject(f"{len(group.rows)} functions: {mail_subject(incident, now)}")
        if group
        else mail_subject(incident, now),
        "MessageAttributes": _attributes(incident, now),
    }


_PEOPLE = frozenset({"default", "email", "sms"})


def _by_protocol(incident: Incident, settings: Settings, now: datetime, group: Group | None) -> dict[str, str]:
    """Amazon Q subscribes over HTTPS and drops what is not in its form, so with it `https` and `default` are its."""
    listed = [f"{len(group.rows)} FUNCTIONS ARE REFUSED BY ONE STATEMENT", *group.rows[:50], ""] if group else []
    words = "\n".join([*listed, text(incident, settings, now)])
    members = {"group": list(group.rows[:50])} if group else {}
    data = canonical({**notification(incident, settings, now, limit=_EACH), **members})
    out = {"default": words, "email": words, "sms": cap(first_line(incident, settings, now), 600)}
    out |= dict.fromkeys(MACHINES, data)
    if settings.amazon_q:
        out["https"] = canonical(amazon_q(incident, settings, now))
        out["default"] = out["https"]
    return out


def _attributes(incident: Incident, now: datetime) -> dict[str, Any]:
    """What subscribers filter by."""
    found = incident.last(Proposed)
    named = {
        "status": derive(incident, now).value,
        "rule": found.diagnosis.rule if found else "",
        "function": incident.denial.function,
        "account": incident.denial.account,
        "region": incident.denial.region,
    }
    return {name: {"DataType": "String", "StringValue": metric(value)} for name, value in named.items()}
