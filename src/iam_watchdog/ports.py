"""What the story needs from the outside world; `aws/` fulfils it, tests bring fakes that remember."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from iam_watchdog.model import Denial, Digest, Evidence, Fact, Fix, Incident, Plan, Receipt, Shown, Step, Trial, Words

if TYPE_CHECKING:
    from iam_watchdog.expect import View


class CannotRead(Exception):
    """A read was refused or failed; the message says what and why; transient: it may go through later."""

    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.transient = transient


class CannotWrite(Exception):
    """A write was refused or failed; the message says what and why; transient: it may go through later."""

    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.transient = transient


class PartlyTold(CannotWrite):
    """Some channels were reached and some not: `shown` is what was said, so that a retry does not say it twice."""

    def __init__(self, shown: tuple[Shown, ...], message: str, *, transient: bool) -> None:
        super().__init__(message, transient=transient)
        self.shown = shown


class Mode(StrEnum):
    """propose: tell people; auto: also apply what the guard allows."""

    PROPOSE = "propose"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the deployment decided; read from the environment in wiring.py only."""

    account: str
    region: str
    partition: str = "aws"
    stack: str = "iam-watchdog"
    mode: Mode = Mode.PROPOSE
    dev_accounts: Words = ()
    approvals: bool = False
    """Approvers and a Slack secret are configured."""
    approvers: Words = ()
    slack_team: str = ""
    slack_app: str = ""
    slack_channel: str = ""
    allow_listed: Mapping[str, str] = field(default_factory=dict)
    """Managed policy ARN → SHA-256 of its pinned document (canonical JSON)."""
    inline_boundary: str = ""
    allow_stack_roles: bool = False
    own_roles: Words = ()
    """ARNs of this stack's own roles: never touched, never reported."""
    own_functions: Words = ()
    """ARNs of this stack's own functions."""
    own_log_groups: Words = ()
    listed_accounts: Words = ()
    """Other accounts that may be read."""
    waits: tuple[int, ...] = (5, 10, 20, 40, 60, 60, 300, 900)
    """Seconds before each trial."""
    gap: int = 15
    """Seconds between the two successes that count as verified."""
    settling: int = 120
    """Seconds after a change of role or function in which a single denial is not told: a deployment may go on."""
    verify_functions: Words = ()
    """Names of functions that may be re-invoked."""
    verify_events: str = "/iam-watchdog/verify"
    """Below which the parameters with their safe events stand."""
    kill_switch: str = ""
    """Parameter name; its value must be "true" for any write."""
    budget_per_role_and_day: int = 3
    approval_ttl: int = 3600
    """Seconds for which a drawn button is good."""
    amazon_q: bool = False
    account_alias: str = ""


class Reader(Protocol):
    """Reads the account; never writes."""

    def gather(self, denial: Denial) -> Evidence:
        """Read every layer that could have denied; what cannot be read is in `Evidence.unread`. Never raises."""

    def changes(self, denial: Denial, evidence: Evidence) -> Evidence:
        """The same evidence with what changed lately on role, policies and target."""

    def validate(self, fixes: Sequence[Fix], evidence: Evidence) -> Evidence:
        """The same evidence with a second opinion on the documents that would be added. Never raises."""

    def enabled(self) -> bool:
        """The kill switch: False when it is off, absent or unreadable."""


class Hands(Protocol):
    """The only thing that changes anything."""

    def prepare(self, plan: Plan) -> tuple[Receipt, ...]:
        """Read what stands there before, for each grant; changes nothing. Raises CannotRead."""

    def apply(self, receipt: Receipt, incident: str) -> None:
        """Make one change; the same change twice is one change. Raises CannotWrite."""

    def undo(self, receipt: Receipt, incident: str) -> None:
        """Take back exactly what the receipt says was absent before and is unchanged since. Raises CannotWrite."""


class Invoker(Protocol):
    """Shows whether the function works now."""

    def trial(self, incident: Incident, since: datetime) -> Trial:
        """Re-invoke, observe or simulate, as the role's tag and the deployment say; one SDK attempt, no retry."""


class Notifier(Protocol):
    """Tells people."""

    def show(self, incident: Incident) -> tuple[Shown, ...]:
        """Say where the incident stands: first message or its life in the thread. PartlyTold: to be retried."""

    def digest(self, digest: Digest) -> None:
        """Say many small things at once. Raises CannotWrite."""


class Replies(Protocol):
    """Answers the person who pressed a button."""

    def reply(self, url: str, text: str) -> None:
        """Say one sentence to that person alone; a URL that is not Slack's is ignored, a failure is silent."""


class Reports(Protocol):
    """Opens the stored report of an incident."""

    def link(self, incident: Incident) -> str:
        """A link that is good for ten minutes, or "" when there is no report."""


class Facts(Protocol):
    """The incidents table: one writer per kind of fact."""

    def record(self, denials: Sequence[Denial]) -> tuple[Incident, ...]:
        """Count each distinct delivery once, open or continue its incident; returns those not yet enqueued."""

    def enqueued(self, incident: Incident) -> None:
        """Note that the incident was sent to Diagnose."""

    def load(self, incident: str, cycle: int | None = None) -> Incident:
        """The incident with all facts of its newest (or that) cycle. Raises LookupError."""

    def add(self, incident: Incident, fact: Fact) -> Incident:
        """Store one fact, return the incident with it. The same fact twice is one fact."""

    def once(self, incident: Incident, word: str, fact: Fact) -> bool:
        """Store one fact under a word that is good for a single fact; False if the word was used before."""

    def claim(self, name: str, seconds: int, owner: str) -> bool:
        """Take a lock that expires; the same owner may take it again."""

    def release(self, name: str, owner: str) -> None:
        """Give a lock back."""

    def spend(self, name: str, limit: int, seconds: int) -> bool:
        """Spend one of `limit` in a window; False when none is left."""

    def of_function(self, denial: Denial) -> Iterator[Incident]:
        """Incidents of the denial's function in their newest cycle, newest first, ten at the most."""

    def lately(self, denial: Denial, seconds: int) -> frozenset[str]:
        """Names of the function's incidents that were opened by a denial within so many seconds of this one."""

    def listing(self) -> tuple[Incident, ...]:
        """All incidents in their newest cycle."""

    def keep(self, digest: Digest) -> None:
        """Store a digest until it is told."""

    def digest(self, name: str) -> Digest:
        """A stored digest. Raises LookupError."""

    def cursor(self, name: str) -> str:
        """Where a long work stopped last time; "" is its beginning."""

    def move(self, name: str, cursor: str) -> None:
        """Note where a long work stands."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some functions with all that decides about them; cursor "" after the last page."""

    views: tuple[View, ...]
    cursor: str
    unread: Words = ()
    """Sources that could not be read, by name and reason."""


class Surveyor(Protocol):
    """Reads all functions of the Region; never writes."""

    def pages(self, cursor: str = "") -> Iterator[Page]:
        """Pages of functions from a cursor on. Raises CannotRead."""

    def touched(self, role: str, function: str, policy: str) -> Iterator[View]:
        """The functions that run under a role, or under one that carries a policy, or one function; "" names none.

        Raises CannotRead.
        """

    def alone(self, function: str) -> View | None:
        """One function without the services that start it; None if it is gone. Raises CannotRead."""

    def blind_spots(self) -> Words:
        """Where nobody would notice a denial, in words. Never raises: what cannot be read is itself a blind spot."""


class Queue(Protocol):
    """Sends one reference; AWS delivers it at least once."""

    def diagnose(self, incident: Incident, *, quietly: bool = False, after: int = 0) -> None:
        """Ask Diagnose to look at this incident, after some seconds; quietly: a digest tells of it, no message."""

    def digest(self, name: str) -> None:
        """Ask Diagnose to tell a stored digest."""

    def step(self, step: Step, after: int = 0) -> None:
        """Ask Remediate (apply, undo) or Verify (verify, tell) for one step, after some seconds."""


class Clock(Protocol):
    """The time, so that no test waits."""

    def now(self) -> datetime:
        """Aware UTC time."""


type Trouble = Callable[[str, Exception], None]
"""Told of what went wrong where the work goes on without it, and why; the handler logs and counts it."""


def unheard(what: str, why: Exception) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class NoticeWorld:
    """What Detect, Trail and Sweep have: they record and send, nothing else."""

    facts: Facts
    queue: Queue


@dataclass(frozen=True, slots=True)
class ReadWorld:
    """What Diagnose has."""

    reader: Reader
    facts: Facts
    queue: Queue
    notifier: Notifier
    clock: Clock
    settings: Settings
    trouble: Trouble = unheard


@dataclass(frozen=True, slots=True)
class WriteWorld:
    """What Remediate has: it can change, and cannot tell."""

    reader: Reader
    facts: Facts
    queue: Queue
    hands: Hands
    clock: Clock
    settings: Settings


@dataclass(frozen=True, slots=True)
class TrialWorld:
    """What Verify has."""

    reader: Reader
    facts: Facts
    queue: Queue
    invoker: Invoker
    notifier: Notifier
    clock: Clock
    settings: Settings


@dataclass(frozen=True, slots=True)
class ApproveWorld:
    """What Approve has: it notes a person's word and sends the step; it neither reads the account nor changes it."""

    facts: Facts
    queue: Queue
    replies: Replies
    reports: Reports
    clock: Clock
    settings: Settings
    signing_secret: str


@dataclass(frozen=True, slots=True)
class SweepWorld:
    """What Sweep has: it reads, records and sends."""

    surveyor: Surveyor
    reader: Reader
    facts: Facts
    queue: Queue
    clock: Clock
    settings: Settings
