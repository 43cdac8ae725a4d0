"""Fakes that remember: each port of the story in memory, so that a test reads what happened instead of patching it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from iam_watchdog import voices
from iam_watchdog.model import (
    Denial,
    Digest,
    Evidence,
    Fact,
    Fix,
    Incident,
    Plan,
    Receipt,
    Seen,
    Shown,
    Step,
    Trial,
)
from iam_watchdog.ports import (
    ApproveWorld,
    CannotWrite,
    NoticeWorld,
    ReadWorld,
    Settings,
    TrialWorld,
    WriteWorld,
)
from iam_watchdog.status import FINISHED, derive

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTES = 60
"""What is held back for longer than so many seconds is brought by a test that wants it."""


class Crash(BaseException):
    """The process died here; what was stored stays stored. No handler of errors hears of it."""


@dataclass
class FakeClock:
    """A clock that a test turns by hand."""

    at: datetime = NOON

    def now(self) -> datetime:
        """The time as set."""
        return self.at

    def pass_by(self, seconds: int) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)


@dataclass
class FakeFacts:
    """The incidents table in memory."""

    clock: FakeClock = field(default_factory=FakeClock)
    incidents: dict[str, list[Incident]] = field(default_factory=dict)
    deliveries: set[str] = field(default_factory=set)
    sent: set[tuple[str, int]] = field(default_factory=set)
    locks: dict[str, str] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    digests: dict[str, Digest] = field(default_factory=dict)
    words: set[tuple[str, str]] = field(default_factory=set)

    def record(self, denials: Sequence[Denial]) -> tuple[Incident, ...]:
        """Count each distinct delivery once."""
        touched = [self._seen(d) for d in denials]
        return tuple({i.id: i for i in touched if i and (i.id, i.cycle) not in self.sent}.values())

    def _seen(self, denial: Denial) -> Incident:
        name = denial.fingerprint
        if self.incidents.get(name) and not voices.same(self.incidents[name][-1].denial, denial):
            name = voices.apart(denial)
        cycles = self.incidents.setdefault(name, [])
        finished = cycles and derive(cycles[-1], self.clock.now()) in FINISHED
        if not cycles or finished:
            seen = Seen(denial.at, denial)
            cycles.append(Incident(name, len(cycles) + 1, denial, 0, denial.at, denial.at, (seen,)))
        if denial.event_id not in self.deliveries or not denial.event_id:
            self.deliveries.add(denial.event_id)
            cycles[-1] = replace(cycles[-1], occurrences=cycles[-1].occurrences + 1, last_seen=denial.at)
        return cycles[-1]

    def enqueued(self, incident: Incident) -> None:
        """Note that it was sent."""
        self.sent.add((incident.id, incident.cycle))
        now = self.load(incident.id, incident.cycle)
        facts = tuple(replace(f, enqueued_at=self.clock.now()) if isinstance(f, Seen) else f for f in now.facts)
        self.incidents[incident.id][incident.cycle - 1] = replace(now, facts=facts)

    def load(self, incident: str, cycle: int | None = None) -> Incident:
        """The newest or a named cycle."""
        cycles = self.incidents.get(incident, [])
        if not cycles or (cycle is not None and not 1 <= cycle <= len(cycles)):
            raise LookupError(f"no incident {incident!r} with cycle {cycle}")
        return cycles[-1 if cycle is None else cycle - 1]

    def add(self, incident: Incident, fact: Fact) -> Incident:
        """Store a fact once."""
        now = self.load(incident.id, incident.cycle)
        if fact not in now.facts:
            now = replace(now, facts=(*now.facts, fact))
            self.incidents[incident.id][incident.cycle - 1] = now
        return now

    def once(self, incident: Incident, word: str, fact: Fact) -> bool:
        """A word is good for one fact."""
        if (incident.id, word) in self.words:
            return False
        self.words.add((incident.id, word))
        self.add(incident, fact)
        return True

    def claim(self, name: str, seconds: int, owner: str) -> bool:
        """A lock; the same owner may take it again."""
        return self.locks.setdefault(name, owner) == owner

    def release(self, name: str, owner: str) -> None:
        """Give it back."""
        if self.locks.get(name) == owner:
            del self.locks[name]

    def spend(self, name: str, limit: int, seconds: int) -> bool:
        """Count up to a limit."""
        self.spent[name] = self.spent.get(name, 0) + 1
        return self.spent[name] <= limit

    def keep(self, digest: Digest) -> None:
        """Store it."""
        self.digests[digest.name] = digest

    def digest(self, name: str) -> Digest:
        """A stored one."""
        if name not in self.digests:
            raise LookupError(f"no digest {name!r}")
        return self.digests[name]

    def cursor(self, name: str) -> str:
        """Where it stands."""
        return self.cursors.get(name, "")

    def move(self, name: str, cursor: str) -> None:
        """Note where it stands."""
        self.cursors[name] = cursor

    def of_function(self, denial: Denial) -> Iterator[Incident]:
        """Those of one function, newest first."""
        where = (denial.account, denial.region, denial.function)
        newest = sorted(self.listing(), key=lambda i: i.denial.at, reverse=True)
        yield from (i for i in newest if (i.denial.account, i.denial.region, i.denial.function) == where)

    def lately(self, denial: Denial, seconds: int) -> frozenset[str]:
        """Those of one function, about the same time."""
        near = timedelta(seconds=seconds)
        return frozenset(i.id for i in self.of_function(denial) if abs(i.denial.at - denial.at) <= near)

    def listing(self) -> tuple[Incident, ...]:
        """All newest cycles."""
        return tuple(cycles[-1] for cycles in self.incidents.values())


@dataclass
class FakeQueue:
    """The queues in memory; `breaks` makes the next sends fail."""

    asked: list[str] = field(default_factory=list)
    quiet: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    steps: list[tuple[Step, int]] = field(default_factory=list)
    breaks: int = 0
    held_back: dict[str, int] = field(default_factory=dict)
    later: list[str] = field(default_factory=list)
    """Asked for in some minutes: one more look, when it may be known who changed what."""

    def digest(self, name: str) -> None:
        """Remember which digest was sent."""
        self._maybe_break()
        self.digests.append(name)

    def diagnose(self, incident: Incident, *, quietly: bool = False, after: int = 0) -> None:
        """Remember who was asked for, and for how long the message is held back."""
        self._maybe_break()
        (self.later if after > MINUTES else self.asked).append(incident.id)
        self.held_back[incident.id] = after
        self.quiet += [incident.id] if quietly else []

    def step(self, step: Step, after: int = 0) -> None:
        """Remember the step and its delay."""
        self._maybe_break()
        self.steps.append((step, after))

    def _maybe_break(self) -> None:
        if self.breaks:
            self.breaks -= 1
            raise Crash("the queue is out of reach")

    def take(self) -> Step:
        """Take the oldest step."""
        return self.steps.pop(0)[0]


@dataclass
class FakeReader:
    """Answers with the account as a function of what the hands did."""

    account: Callable[[], Evidence]
    on: bool = True
    reads: int = 0
    opinion: dict[str, str] = field(default_factory=dict)

    def gather(self, denial: Denial) -> Evidence:
        """The account as it is now."""
        self.reads += 1
        return self.account()

    def changes(self, denial: Denial, evidence: Evidence) -> Evidence:
        """Whatever the account says changed."""
        return evidence

    def validate(self, fixes: Sequence[Fix], evidence: Evidence) -> Evidence:
        """The second opinion that a test gives it."""
        return replace(evidence, facts={**evidence.facts, **self.opinion}) if fixes else evidence

    def enabled(self) -> bool:
        """The kill switch."""
        return self.on


@dataclass
class FakeHands:
    """Hands that remember what they hold, and may fail or crash at a given call."""

    held: dict[str, Receipt] = field(default_factory=dict)
    made: int = 0
    calls: list[str] = field(default_factory=list)
    fails: dict[str, Exception] = field(default_factory=dict)

    def prepare(self, plan: Plan) -> tuple[Receipt, ...]:
        """Every grant is absent before, in this account."""
        self._call("prepare")
        return tuple(Receipt(g, str(g), None, role_id="AROAFAKE") for g in plan.grants)

    def apply(self, receipt: Receipt, incident: str) -> None:
        """Hold it; twice is once."""
        self._call("apply")
        self.made += receipt.name not in self.held
        self.held[receipt.name] = receipt
        self._call("applied")

    def undo(self, receipt: Receipt, incident: str) -> None:
        """Let go of it; twice is once."""
        self._call("undo")
        self.held.pop(receipt.name, None)

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name in self.fails:
            raise self.fails.pop(name)


@dataclass
class FakeInvoker:
    """Trials as a test lists them; the last one repeats."""

    since: list[datetime] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=lambda: [Trial(True, "invoke", "the function answered")])
    made: int = 0

    def trial(self, incident: Incident, since: datetime) -> Trial:
        """The next trial."""
        self.made += 1
        self.since.append(since)
        return self.trials.pop(0) if len(self.trials) > 1 else self.trials[0]


@dataclass
class FakeNotifier:
    """Remembers each incident as it was told."""

    told: list[Incident] = field(default_factory=list)
    digests: list[Digest] = field(default_factory=list)
    down: bool = False

    def digest(self, digest: Digest) -> None:
        """Tell, or fail while down."""
        if self.down:
            raise CannotWrite("Slack is down", transient=True)
        self.digests.append(digest)

    def show(self, incident: Incident) -> tuple[Shown, ...]:
        """Tell, or fail while down."""
        if self.down:
            raise CannotWrite("Slack is down", transient=True)
        self.told.append(incident)
        return (Shown(NOON, "C1", f"{len(self.told)}.0", "told"),)


@dataclass
class FakeReplies:
    """Remembers what was said to whom."""

    said: list[tuple[str, str]] = field(default_factory=list)

    def reply(self, url: str, text: str) -> None:
        """Remember."""
        self.said.append((url, text))


@dataclass
class FakeReports:
    """A link for every incident, or none."""

    stored: bool = True

    def link(self, incident: Incident) -> str:
        """The link."""
        return f"https://bucket.example/{incident.id}" if self.stored else ""


@dataclass
class FakeWorld:
    """All ports at once; each view hands out only what its function may hold."""

    account: Callable[[], Evidence]
    settings: Settings
    clock: FakeClock = field(default_factory=FakeClock)
    facts: FakeFacts = field(init=False)
    queue: FakeQueue = field(default_factory=FakeQueue)
    hands: FakeHands = field(default_factory=FakeHands)
    invoker: FakeInvoker = field(default_factory=FakeInvoker)
    notifier: FakeNotifier = field(default_factory=FakeNotifier)
    replies: FakeReplies = field(default_factory=FakeReplies)
    reports: FakeReports = field(default_factory=FakeReports)
    reader: FakeReader = field(init=False)
    troubles: list[tuple[str, Exception]] = field(default_factory=list)
    """What failed while the work went on without it."""

    def __post_init__(self) -> None:
        """Share one clock and one account."""
        self.facts = FakeFacts(self.clock)
        self.reader = FakeReader(self.account)

    @property
    def noticing(self) -> NoticeWorld:
        """What Detect holds."""
        return NoticeWorld(self.facts, self.queue)

    @property
    def reading(self) -> ReadWorld:
        """What Diagnose holds."""
        ports = (self.reader, self.facts, self.queue, self.notifier, self.clock, self.settings)
        return ReadWorld(*ports, trouble=lambda what, why: self.troubles.append((what, why)))

    @property
    def writing(self) -> WriteWorld:
        """What Remediate holds."""
        return WriteWorld(self.reader, self.facts, self.queue, self.hands, self.clock, self.settings)

    @property
    def trying(self) -> TrialWorld:
        """What Verify holds."""
        return TrialWorld(self.reader, self.facts, self.queue, self.invoker, self.notifier, self.clock, self.settings)

    @property
    def approving(self) -> ApproveWorld:
        """What Approve holds."""
        return ApproveWorld(
            self.facts, self.queue, self.replies, self.reports, self.clock, self.settings, "signing secret"
        )


def kinds(facts: Iterable[Fact]) -> list[str]:
    """The facts' types, in order."""
    return [type(fact).__name__ for fact in facts]
