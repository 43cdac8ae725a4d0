"""Runs a function once with the event that its owner declared harmless, and listens to what it says."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import NotRead, reading
from iam_watchdog.aws.runs import group_of, lines_since, runs_since
from iam_watchdog.detect.subscription import LogEvent
from iam_watchdog.hearing import Run, heard, judged
from iam_watchdog.model import Incident, Trial
from iam_watchdog.ports import CannotRead, Settings

ACTIONS = ("lambda:InvokeFunction", "ssm:GetParameter")
TAIL = 3_900
"""Bytes; `LogType=Tail` brings the last 4 KB, so a tail this long may have lost its beginning."""
ITS_VOICE = frozenset({"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"})
"""A function that may not do these answers as if nothing were: its log has to tell."""
OURS = base64.b64encode(json.dumps({"custom": {"iam-watchdog": "verify"}}).encode()).decode()
"""A handler that wants to may tell a trial by its client context."""


def not_ready(function: dict[str, Any]) -> str:
    """Why running it now would tell nothing, or ""; an inactive one is woken by the run itself."""
    if function.get("State", "Active") in ("Pending", "Failed"):
        return f"the function is {function['State']}: {function.get('StateReason') or 'no reason given'}"
    if function.get("LastUpdateStatus") == "InProgress":
        return "the function is being updated"
    return ""


def safe_event(name: str, clients: Clients) -> bytes:
    """The event in this parameter, or b"" if there is none. Raises CannotRead for one that is no JSON."""
    found = clients.read("ssm", "get_parameter", absent=("ParameterNotFound",), Name=name)
    if not found:
        return b""
    text = str(found["Parameter"]["Value"])
    try:
        json.loads(text)
    except ValueError as wrong:
        raise CannotRead(f"the safe event {name} is no JSON: {wrong}") from wrong
    return text.encode()


def reinvoke(
    incident: Incident, function: dict[str, Any], event: bytes, settings: Settings, clients: Clients, began: datetime
) -> Trial:
    """Invoke the qualifier that failed, once; the SDK does not retry, for a run may have effects."""
    try:
        answer = _call(incident, function, event, clients)
    except NotRead as no:
        return judged("invoke", f"Lambda answered {no}", heard([_line(str(no), began)], incident, settings))
    request = str(answer["ResponseMetadata"].get("RequestId", ""))
    tail = base64.b64decode(answer.get("LogResult") or b"").decode("utf-8", "replace")
    error = answer["Payload"][:20_000].decode("utf-8", "replace") if answer.get("FunctionError") else ""
    lines = [_line(text, began, f"trial-{request}-{n}") for n, text in enumerate((error, tail)) if text]
    run = _run(function, request, began, clients)
    told = heard([*lines, *(run.lines if run else ())], incident, settings)
    if error:
        return judged("invoke", f"the function failed: {' '.join(error.split())[:200]}", told)
    if told.same or told.other:
        return judged("invoke", "the function answered, but its log tells of a denial", told)
    if len(tail) >= TAIL and not (run and run.complete):
        return Trial(False, "invoke", "the function answered, but its log is not complete yet", clear=False)
    return Trial(True, "invoke", f"the function answered (version {answer.get('ExecutedVersion', '$LATEST')})")


def voiced(trial: Trial, incident: Incident, function: dict[str, Any], since: datetime, clients: Clients) -> Trial:
    """For a function that was mute: an answer counts only once a newer line of it has arrived. Raises CannotRead."""
    if not trial.ok or ITS_VOICE.isdisjoint(denial.action for denial in incident.denials):
        return trial
    if any(line.at > since for _, line in lines_since(group_of(function), since, clients)):
        return trial
    return replace(trial, ok=False, same_denial=True, detail=f"{trial.detail}, but no line of its log has arrived")


def _call(incident: Incident, function: dict[str, Any], event: bytes, clients: Clients) -> dict[str, Any]:
    client = clients.get("lambda", attempts=1, read_timeout=int(function.get("Timeout", 3)) + 5)
    qualifier = incident.denial.qualifier
    given = {} if qualifier in ("", "$LATEST") else {"Qualifier": qualifier}
    with reading("lambda invoke"):
        answer: dict[str, Any] = client.invoke(
            FunctionName=incident.denial.function,
            InvocationType="RequestResponse",
            LogType="Tail",
            ClientContext=OURS,
            Payload=event,
            **given,
        )
        return {**answer, "Payload": answer["Payload"].read()}


def _run(function: dict[str, Any], request: str, began: datetime, clients: Clients) -> Run | None:
    try:
        found = runs_since(group_of(function), began, clients)
    except CannotRead:
        return None  # The tail is read in any case; a long one without its log is not taken for success.
    return next((run for run in found if run.request_id == request), None)


def _line(text: str, at: datetime, name: str = "trial") -> LogEvent:
    return LogEvent(name, at, text)
