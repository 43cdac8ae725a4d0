"""Read the account for one denial: at most three rounds of concurrent reads, and every gap with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from iam_watchdog.aws import analyzer, changes, elsewhere, makers, moves
from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.read import denied, organization
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.piece import Piece, Read, together
from iam_watchdog.model import Denial, Evidence, Fix, Unread
from iam_watchdog.ports import CannotRead, Settings

ACTIONS = ("ssm:GetParameter",)
ROUNDS = 3
AT_ONCE = 12


def utc_now() -> datetime:
    """The time of the machine; tests bring their own."""
    return datetime.now(UTC)


class AccountReader:
    """Implements ports.Reader with the clients of one read-only role."""

    def __init__(self, clients: Clients, settings: Settings, now: Callable[[], datetime] = utc_now) -> None:
        """Where a change follows, made anew for it: what is believed for a while is then no older than that."""
        self.clients = clients
        self.settings = settings
        self.now = now
        self.account = Account(clients, settings)
        self.rounds = 0
        """Rounds of reads so far, for the bench."""

    def gather(self, denial: Denial) -> Evidence:
        """Read every layer that could have denied; what cannot be read is in `Evidence.unread`. Never raises."""
        reads = tuple(denied.reads(denial, self.account))
        reads = (*reads, *organization.reads(self.account)) if reads else ()
        pieces: list[Piece] = []
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in range(ROUNDS):
                if not reads:
                    break
                self.rounds += 1
                brought = list(pool.map(_answered, reads))
                pieces += brought
                reads = tuple(read for piece in brought for read in piece.then)
        pieces += [_gap(read, f"not reached in {ROUNDS} rounds") for read in reads]
        return self._evidence(denial, together(pieces))

    def changes(self, denial: Denial, evidence: Evidence) -> Evidence:
        """The same evidence with what changed lately, what other roles were given, and who set the trigger."""
        changed = changes.added(denial, evidence, self.account, self.now())
        moved = moves.added(denial, changed, self.account, self.now())
        if len(changed.unread) > len(evidence.unread):
            return moved  # The history answers in part or not at all: no more is asked of it.
        known = elsewhere.added(denial, moved, self.account, self.now())
        return makers.added(denial, known, self.account, self.now())

    def validate(self, fixes: Sequence[Fix], evidence: Evidence) -> Evidence:
        """The same evidence with what IAM Access Analyzer says of the documents that would be added."""
        return analyzer.added(fixes, evidence, self.account)

    def enabled(self) -> bool:
        """The kill switch: False when it is off, absent or unreadable."""
        if not self.settings.kill_switch:
            return False
        try:
            found = self.clients.read("ssm", "get_parameter", Name=self.settings.kill_switch)
        except CannotRead:
            return False
        return str(found.get("Parameter", {}).get("Value", "")).strip().lower() == "true"

    def _evidence(self, denial: Denial, whole: Piece) -> Evidence:
        gone = whole.facts.get("role_exists") == "false"
        return Evidence(
            at=self.now(),
            function=whole.function,
            role=None if gone else whole.role,
            targets=whole.targets,
            policies=whole.policies,
            unread=(*whole.unread, *(() if gone or whole.role else _no_role(denial, whole))),
            facts=whole.facts,
        )


def _no_role(denial: Denial, whole: Piece) -> tuple[Unread, ...]:
    """No policy of the role was even looked for: said, so that nobody takes it for a role without policies."""
    said = {u.layer for u in whole.unread}
    why = "Lambda does not know the function" if denial.function else "the denial names no function"
    return tuple(Unread(each, "execution role", why) for each in denied.OF_THE_ROLE if each not in said)


def _answered(read: Read) -> Piece:
    """Make one read; whatever goes wrong is a gap with its reason. An answer of an unknown shape goes wrong as well."""
    try:
        return read.call()
    except CannotRead as no:
        return _gap(read, str(no))
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as strange:
        return _gap(read, f"AWS answered in an unknown form: {type(strange).__name__} {strange}"[:200])


def _gap(read: Read, why: str) -> Piece:
    unread = tuple(Unread(layer, read.what, why, read.decides) for layer in read.layers)
    return together((read.otherwise or Piece(), Piece(unread=unread)))
