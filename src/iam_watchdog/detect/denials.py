"""Log events → denials: whose function, which action on what, and where each came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from iam_watchdog.detect import clean, normalise, parse, recover, sieve, streams
from iam_watchdog.detect.ground import Ground
from iam_watchdog.detect.scope import scope
from iam_watchdog.detect.subscription import Batch, LogEvent
from iam_watchdog.model import Denial, Kind, Message, Witness


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a batch was written, and by whom."""

    batch: Batch
    ground: Ground
    writer: streams.Writer


def worth(batch: Batch) -> bool:
    """True if a batch holds a denial or was cut: the last test before anything of AWS is loaded."""
    return batch.truncated or any(parse.read(e.message) or len(e.message) > clean.CAP for e in batch.events)


def from_batch(batch: Batch, ground: Ground) -> tuple[Denial, ...]:
    """Every denial of a batch; () for a control message, a group that is not Lambda's, and our own groups."""
    if batch.control or batch.log_group in ground.own_log_groups:
        return ()
    writer = streams.writer(batch.log_group, batch.log_stream)
    if writer is None and not streams.tells_of_invocation(batch.log_group):
        return ()
    place = _Place(batch, ground, writer or streams.Writer("", "$LATEST", ""))
    found = [denial for event in batch.events for denial in _from_event(event, place)]
    if batch.truncated:
        found.append(_truncated(place, batch.events[-1] if batch.events else None))
    return tuple(d for d in found if not ground.owns(d.principal, d.function))


def _from_event(event: LogEvent, place: _Place) -> Iterator[Denial]:
    cut = len(event.message) > clean.CAP
    told = parse.read(event.message[: clean.CAP])
    if place.writer.named_by == "" and streams.tells_of_invocation(place.batch.log_group):
        told = tuple(m for m in told if m.kind is Kind.INVOKE_PERMISSION)
    for number, message in enumerate(told):
        yield _denial(message, event, number, place, truncated=cut)
    if cut and not told and sieve.suspicious(event.message[clean.CAP :]):
        yield _truncated(place, event)


def _denial(message: Message, event: LogEvent, number: int, place: _Place, *, truncated: bool) -> Denial:
    ground, batch = place.ground, place.batch
    account = batch.owner or ground.account
    text = event.message[: clean.CAP]
    action, how = recover.action(message, text)
    where = normalise.Place(ground.partition, ground.region, account)
    resource = normalise.resource(action, message.resource, where)
    recovered = {"action": how} if how else {}
    if resource is None:
        lines = recover.same_request(event, batch.events, message.request_id)
        resource, source = recover.resource(action, lines, where)
        recovered |= {"resource": source} if resource else {}
    function = place.writer.function or recover.function(message, resource, batch.events)
    return Denial(
        witness=Witness.LOG,
        at=event.at,
        account=account,
        region=ground.region,
        function=function,
        qualifier=place.writer.qualifier,
        principal="".join(message.principal.split()) if message.principal else None,
        action=action,
        resource=resource,
        scope=scope(action, resource),
        said=message,
        origin=f"{batch.log_group} {batch.log_stream}",
        excerpt=message.excerpt,
        recovered=recovered,
        kind=message.kind,
        event_id=f"{event.id}#{number}" if number else event.id,
        truncated=truncated,
    )


def _truncated(place: _Place, event: LogEvent | None) -> Denial:
    """More was logged than we read: an incident of its own, not silence."""
    batch, ground = place.batch, place.ground
    return Denial(
        witness=Witness.LOG,
        at=event.at if event else recover.EPOCH,
        account=batch.owner or ground.account,
        region=ground.region,
        function=place.writer.function,
        qualifier=place.writer.qualifier,
        principal=None,
        action="",
        resource=None,
        scope="truncated",
        origin=f"{batch.log_group} {batch.log_stream}",
        excerpt="more was logged than is read; look at the log stream itself",
        kind=Kind.OTHER,
        event_id=f"{event.id}#truncated" if event else "",
        truncated=True,
    )
