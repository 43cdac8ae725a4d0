"""What the policies say now to all that a plan was to end."""

from __future__ import annotations

from collections.abc import Sequence

from iam_watchdog.model import Answer, Denial, Incident, Proposed, Request, Verdict
from iam_watchdog.ports import Reader
from iam_watchdog.rules.case import open_case


def verdicts(incident: Incident, reader: Reader) -> tuple[Verdict, ...]:
    """What the policies say now to each request that was diagnosed, whatever a rule would make of it today."""
    found = incident.last(Proposed)
    asked = [(incident.denial, found.diagnosis.request if found else None)]
    asked += [(one.denial, one.request) for one in found.also] if found else []
    return tuple(_verdict(denial, request, reader) for denial, request in asked)


def _verdict(denial: Denial, request: Request | None, reader: Reader) -> Verdict:
    case = open_case(denial, reader.gather(denial))
    return case.about(request).verdict if request else case.verdict


def worst(found: Sequence[Verdict]) -> Answer:
    """Allowed if every one of them is."""
    return next((verdict.answer for verdict in found if verdict.answer is not Answer.ALLOWED), Answer.ALLOWED)
