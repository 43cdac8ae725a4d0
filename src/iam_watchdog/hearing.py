"""What a function's own words say after a change: the same denial, another one, or none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from iam_watchdog.detect import denials
from iam_watchdog.detect.ground import Ground
from iam_watchdog.detect.subscription import Batch, LogEvent
from iam_watchdog.model import Denial, Incident, Kind, Trial
from iam_watchdog.ports import Settings

_START = re.compile(
    r'\ASTART RequestId: ([0-9a-f-]{36})|"type":\s*"platform\.start".*?"requestId":\s*"([0-9a-f-]{36})"'
)
_REPORT = re.compile(
    r'\AREPORT RequestId: ([0-9a-f-]{36})|"type":\s*"platform\.report".*?"requestId":\s*"([0-9a-f-]{36})"'
)
_FAILED = re.compile(
    r"\A\[ERROR\]|Task timed out after|Status: (?:error|timeout)|\ARuntime exited|"
    r'"status":\s*"(?:error|failure|timeout)"|\ATraceback \(most recent call last\)'
)
"""How a failed run shows in its log: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html"""


@dataclass(frozen=True, slots=True)
class Run:
    """One invocation as the log tells it."""

    request_id: str
    lines: tuple[LogEvent, ...]
    complete: bool
    """Its REPORT has arrived."""

    @property
    def failed(self) -> bool:
        """Some line says that the run did not succeed."""
        return any(_FAILED.search(line.message) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Heard:
    """The denials that were heard; `other` is the first that the incident's plan was not to end."""

    same: bool = False
    other: Denial | None = None


def heard(lines: Sequence[LogEvent], incident: Incident, settings: Settings) -> Heard:
    """Look for denials in lines that this incident's function wrote."""
    said = incident.denial
    day = lines[0].at.strftime("%Y/%m/%d") if lines else ""
    stream = f"{day}/{said.function}[{said.qualifier if said.qualifier.isdigit() else '$LATEST'}]trial"
    batch = Batch(settings.account, f"/aws/lambda/{said.function}", stream, tuple(lines))
    ground = Ground(settings.account, settings.region, settings.partition, (), settings.own_roles)
    found = denials.from_batch(batch, ground)
    ended = [any(_same(denial, one) for one in incident.denials) for denial in found]
    others = [denial for denial, same in zip(found, ended, strict=True) if not same and denial.action]
    return Heard(any(ended), others[0] if others else None)


def _same(denial: Denial, said: Denial) -> bool:
    if denial.kind is not Kind.IAM_DENIAL or said.kind is not Kind.IAM_DENIAL:
        return denial.kind is said.kind
    return (denial.action, denial.scope) == (said.action, said.scope)


def judged(how: str, detail: str, told: Heard) -> Trial:
    """The same denial outweighs another: it is the one that was to be ended."""
    if told.same:
        return Trial(False, how, f"{detail}: the same denial", same_denial=True)
    if told.other:
        other = f"{told.other.action} on {told.other.resource}"
        return Trial(False, how, f"{detail}: another denial, {other}", other_denial=told.other)
    return Trial(False, how, detail, clear=False)


def runs(events: Iterable[tuple[str, LogEvent]]) -> tuple[Run, ...]:
    """Log events with their streams, cut into runs: a stream holds one run at a time, from START to REPORT."""
    streams: dict[str, list[LogEvent]] = {}
    for stream, event in events:
        streams.setdefault(stream, []).append(event)
    return tuple(run for lines in streams.values() for run in _cut(lines))


def _cut(lines: list[LogEvent]) -> list[Run]:
    found: list[Run] = []
    for line in lines:
        if started := _id(_START, line):
            found.append(Run(started, (line,), complete=False))
        elif found:
            last = found[-1]
            ended = last.complete or _id(_REPORT, line) == last.request_id
            found[-1] = Run(last.request_id, (*last.lines, line), ended)
    return found


def _id(pattern: re.Pattern[str], line: LogEvent) -> str:
    match = pattern.search(line.message[:2000])
    return (match[1] or match[2]) if match else ""
