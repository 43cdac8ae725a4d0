"""The custom notification that Amazon Q Developer shows in a chat channel.

https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from iam_watchdog.model import Incident, Proposed
from iam_watchdog.ports import Settings
from iam_watchdog.report.became import became
from iam_watchdog.report.escape import cap, line, mrkdwn
from iam_watchdog.report.gains import gains
from iam_watchdog.report.missing import missing
from iam_watchdog.report.notification import report_key
from iam_watchdog.report.remaining import remaining
from iam_watchdog.report.standing import Standing, standing
from iam_watchdog.report.text import mail_subject
from iam_watchdog.report.words import TOGETHER, first_line, together
from iam_watchdog.status import derive


def amazon_q(incident: Incident, settings: Settings, now: datetime) -> dict[str, Any]:
    """Version, source and description are what the service demands; a body in another form it drops silently."""
    found = incident.last(Proposed)
    return {
        "version": "1.0",
        "source": "custom",
        "id": f"{incident.id}-{incident.cycle}",
        "content": {
            "textType": "client-markdown",
            "title": cap(mail_subject(incident, now), 250),
            "description": cap(_description(incident, found, settings, now), 8_000),
            "nextSteps": [cap(step, 350) for step in _next(incident, found, settings, now)],
            "keywords": [cap(word, 75) for word in _keywords(incident, found)],
        },
        "metadata": {
            "threadId": f"{incident.id}-{incident.cycle}",
            "summary": cap(mrkdwn(first_line(incident, settings, now), 1_000), 1_000),
            "eventType": derive(incident, now).value,
            "relatedResources": [line(r, 500) for r in (incident.denial.resource,) if r],
            "additionalContext": {"incident": incident.id, "cycle": str(incident.cycle)},
            "enableCustomActions": True,
        },
    }


def _description(incident: Incident, found: Proposed | None, settings: Settings, now: datetime) -> str:
    parts = [mrkdwn(first_line(incident, settings, now))]
    if found:
        parts += [mrkdwn(f"{label}: {words}") for label, words in became(incident, now)]
        parts.append(mrkdwn(found.diagnosis.because))
        calls = together(incident)
        parts += ["\n".join((TOGETHER, *(f"- {mrkdwn(call)}" for call in calls)))] if calls else []
        parts += [mrkdwn(gains(found.proof))] if found.proof else []
    return "\n\n".join(parts)


def _next(incident: Incident, found: Proposed | None, settings: Settings, now: datetime) -> list[str]:
    if standing(incident, now) is Standing.TO_DO:
        steps = [f"Not applicable from chat: {why}" for why in missing(found, settings)] if found else []
    else:
        steps = list(remaining(incident, now))
    return [*(mrkdwn(step, 350) for step in steps[:3]), mrkdwn(f"Full report: {report_key(incident)}", 350)]


def _keywords(incident: Incident, found: Proposed | None) -> list[str]:
    words = [incident.denial.function, incident.denial.action, found.diagnosis.rule if found else ""]
    return [mrkdwn(word, 75) for word in words if word]
