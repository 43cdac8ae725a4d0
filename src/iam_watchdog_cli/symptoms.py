"""Where `explain` finds denials: a text that it is given, the function's configuration, its recent log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import reading
from iam_watchdog.aws.survey import Account
from iam_watchdog.detect import binding, denials, parse
from iam_watchdog.detect.ground import Ground
from iam_watchdog.detect.subscription import Batch, LogEvent
from iam_watchdog.expect import audit
from iam_watchdog.model import DENIALS, Denial, Kind, Words
from iam_watchdog.ports import CannotRead

RECENT = timedelta(hours=24)
PAGES = 5
"""Pages of 1,000 events that are read of a log; what is older stays unread."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The denials that were found, and what could not be decided, in words."""

    denials: tuple[Denial, ...]
    undecided: Words = ()
    unlisted: Words = ()
    """Kinds of triggers that could not be looked through, with the reason."""


class NoDenial(ValueError):
    """The text holds no denial; the message says what it is instead."""


def from_text(text: str, function: str, ground: Ground, now: datetime) -> tuple[Denial, ...]:
    """The denials of a text, of the named function or of the one whose session the text names. Raises NoDenial."""
    if not text.strip():
        raise NoDenial("--message: there is no text; give the denial as the log or the SDK printed it")
    said = parse.classify(text)
    if said.kind not in DENIALS:
        what = "holds no denial" if said.kind is Kind.OTHER else f"is no IAM denial but {said.kind}"
        raise NoDenial(f"--message: the text {what}; give the whole line, as the log or the SDK printed it")
    name = function or (binding.session_name(said.principal) or "")
    event = LogEvent("explain", now, text)
    batch = Batch(ground.account, f"/aws/lambda/{name}", f"{now:%Y/%m/%d}/[$LATEST]explain", (event,))
    return denials.from_batch(batch, ground)


def from_account(clients: Clients, function: str, ground: Ground, now: datetime) -> Seen:
    """What the function needs and is not allowed, by AWS's own APIs, then what its log says. Raises CannotRead."""
    view = Account(clients, ground.account).one(function)
    audited = audit(view, now)
    found = (*audited.denials, *from_log(clients, function, ground, now))
    once = {denial.fingerprint: denial for denial in reversed(found)}
    return Seen(tuple(reversed(once.values())), audited.undecided, view.unlisted)


def from_log(clients: Clients, function: str, ground: Ground, now: datetime) -> Iterator[Denial]:
    """Denials of the last day in the function's log, each fingerprint once. Raises CannotRead."""
    lambda_ = clients.get("lambda")
    with reading(f"function {function}"):
        config = lambda_.get_function_configuration(FunctionName=function)
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
    seen: set[str] = set()
    for stream, event in _events(clients, group, now):
        for denial in denials.from_batch(Batch(ground.account, group, stream, (event,)), ground):
            if denial.function == config["FunctionName"] and denial.fingerprint not in seen:
                seen.add(denial.fingerprint)
                yield denial


def _events(clients: Clients, group: str, now: datetime) -> Iterator[tuple[str, LogEvent]]:
    """A log group that does not exist holds nothing."""
    start = int((now - RECENT).timestamp() * 1000)
    try:
        with reading(f"log group {group}"):
            pages = clients.get("logs").get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start)
            for number, page in enumerate(pages):
                for one in page["events"]:
                    at = datetime.fromtimestamp(one["timestamp"] / 1000, UTC)
                    yield one["logStreamName"], LogEvent(str(one.get("eventId", "")), at, one["message"])
                if number + 1 >= PAGES:
                    return
    except CannotRead as why:
        if "ResourceNotFoundException" not in str(why):
            raise
