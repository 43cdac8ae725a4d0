"""Log events → denials: whose function, which action on what, and where each came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from iam_watchdog import canary
from iam_watchdog.detect import clean, moments, normalise, parse, recover, sieve, streams
from iam_watchdog.detect.binding import session_name
from iam_watchdog.detect.ground import Ground
from iam_watchdog.detect.scope import scope
from iam_watchdog.detect.subscription import Batch, LogEvent
from iam_watchdog.model import Denial, Kind, Message, Witness

UNREAD = "more was logged than is read; look at the log stream itself"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a batch was written, and by whom."""

    batch: Batch
    ground: Ground
    writer: streams.Writer

    @property
    def account(self) -> str:
        """The log group's owner: with a central account not ours."""
        return self.batch.owner or self.ground.account

    @property
    def defaults(self) -> normalise.Place:
        """What an ARN needs that a bare name leaves out."""
        return normalise.Place(self.ground.partition, self.ground.region, self.account)


@dataclass(frozen=True, slots=True)
class _Call:
    """The refused call as far as text and its surroundings tell it."""

    action: str
    resource: str | None
    recovered: Mapping[str, str] = field(default_factory=dict)


def worth(batch: Batch) -> bool:
    """True if a batch holds a denial or was cut: the last test before anything of AWS is loaded."""
    if canary.sings(batch.log_group):
        return True
    return batch.truncated or any(parse.read(e.message) or len(e.message) > clean.CAP for e in batch.events)


def from_batch(batch: Batch, ground: Ground) -> tuple[Denial, ...]:
    """Every denial of a batch; () for a control message, a group that is not Lambda's, and our own groups."""
    if batch.log_group == ground.canary and batch.events and not batch.control:
        return (_song(batch, ground),)
    if batch.control or batch.log_group in ground.own_log_groups:
        return ()
    writer = streams.writer(batch.log_group, batch.log_stream)
    if writer is None and not streams.tells_of_invocation(batch.log_group):
        return ()
    place = _Place(batch, ground, writer or streams.Writer("", "$LATEST", ""))
    found = [denial for event in batch.events for denial in _from_event(event, place)]
    if batch.truncated:
        found.append(_unread(place, batch.events[-1] if batch.events else LogEvent("", moments.EPOCH, "")))
    return tuple(d for d in found if not ground.owns(d.principal, d.function))


def _song(batch: Batch, ground: Ground) -> Denial:
    first = batch.events[0]
    return canary.song(first.at, ground.account, ground.region, f"{batch.log_group} {batch.log_stream}", first.id)


def _from_event(event: LogEvent, place: _Place) -> Iterator[Denial]:
    cut = len(event.message) > clean.CAP
    told = parse.read(event.message)
    if streams.tells_of_invocation(place.batch.log_group):
        told = tuple(m for m in told if m.kind is Kind.INVOKE_PERMISSION)
    for number, message in enumerate(told):
        yield _denial(message, event, number, place)
    # A forgery in front may push the real one out of what is read: that there was more is said in any case.
    if len(told) >= parse.MOST or (cut and sieve.suspicious(event.message[clean.CAP :])):
        yield _unread(place, event)


def _call(message: Message, event: LogEvent, place: _Place) -> _Call:
    action, how = recover.action(message, event.message[: clean.CAP])
    recovered = {"action": how} if how else {}
    resource = normalise.resource(action, message.resource, place.defaults)
    if resource is None:
        lines = recover.same_request(event, place.batch.events, message.request_id)
        not_meant = (message.principal, message.policy_arn, _arn(place))
        resource, source = recover.resource(action, lines, place.defaults, not_meant)
        recovered |= {"resource": source} if resource else {}
    return _Call(action, resource, recovered)


def _arn(place: _Place) -> str:
    where = place.defaults
    return f"arn:{where.partition}:lambda:{where.region}:{where.account}:function:{place.writer.function}"


def _function(message: Message, resource: str | None, place: _Place) -> str:
    """Whose denial it is: a caller's log may tell what was refused to, or about, the function that it called."""
    if message.kind is Kind.INVOKE_PERMISSION:
        return recover.function(resource, place.batch.events) or place.writer.function
    if message.kind is Kind.LAMBDA_ENV_KMS:
        return session_name(message.principal) or place.writer.function
    return place.writer.function


def _denial(message: Message, event: LogEvent, number: int, place: _Place) -> Denial:
    call = _call(message, event, place)
    return Denial(
        witness=Witness.LOG,
        at=event.at,
        account=place.account,
        region=place.ground.region,
        function=_function(message, call.resource, place),
        qualifier=place.writer.qualifier,
        principal="".join(message.principal.split()) if message.principal else None,
        action=call.action,
        resource=call.resource,
        scope=scope(call.action, call.resource),
        said=message,
        origin=f"{place.batch.log_group} {place.batch.log_stream}",
        excerpt=message.excerpt,
        recovered=call.recovered,
        kind=message.kind,
        event_id=f"{event.id}#{number}" if number else event.id,
        truncated=len(event.message) > clean.CAP,
    )


def _unread(place: _Place, event: LogEvent) -> Denial:
    """More was logged than we read: an incident of its own, not silence."""
    return Denial(
        witness=Witness.LOG,
        at=event.at,
        account=place.account,
        region=place.ground.region,
        function=place.writer.function,
        qualifier=place.writer.qualifier,
        principal=None,
        action="",
        resource=None,
        scope="truncated",
        origin=f"{place.batch.log_group} {place.batch.log_stream}",
        excerpt=UNREAD,
        kind=Kind.OTHER,
        event_id=f"{event.id}#truncated" if event.id else "",
        truncated=True,
    )
