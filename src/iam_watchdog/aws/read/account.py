"""Whose resources may be asked about, and in which Region; every reader calls AWS through here."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from time import monotonic
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import NotRead
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.ports import Settings

BELIEVED = 60.0
"""Seconds: a function's denials ask for the same lists and histories one after the other.

CloudTrail's events come five minutes late anyway.
"""
MOST_KEPT = 500
"""Answers that are kept for a while; the rest is asked for again."""


class Account:
    """The account that is guarded, seen through its clients."""

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self.clients = clients
        self.settings = settings
        self._kept: dict[Hashable, tuple[float, Any]] = {}
        self._keeping = Lock()

    def lately[T](self, what: Hashable, read: Callable[[], T], seconds: float = BELIEVED) -> T:
        """An answer that may be so old. Raises whatever `read` raises; that is never kept."""
        good_until, answer = self._kept.get(what, (0.0, None))
        if monotonic() >= good_until:
            answer = read()
            self._keep(what, answer, monotonic() + seconds)
        found: T = answer
        return found

    def _keep(self, what: Hashable, answer: object, good_until: float) -> None:
        with self._keeping:
            kept = {name: known for name, known in self._kept.items() if known[0] > monotonic() and name != what}
            while len(kept) >= MOST_KEPT:
                del kept[next(iter(kept))]
            self._kept = {**kept, what: (good_until, answer)}

    @property
    def id(self) -> str:
        """The twelve digits."""
        return self.settings.account

    def owns(self, arn: Arn) -> bool:
        """True if the ARN names this account."""
        return arn.account == self.id

    def may_be_asked(self, account: str) -> bool:
        """True for this account and those that the deployment lists."""
        return account in (self.id, *self.settings.listed_accounts)

    def objection(self, arn: Arn) -> str:
        """Why nothing is asked about this resource, or ""."""
        if arn.account and not self.may_be_asked(arn.account):
            return f"it belongs to account {arn.account}, which this deployment does not list; its owner has to look"
        if arn.partition != self.settings.partition:
            return f"it is in partition {arn.partition}, out of reach from {self.settings.partition}"
        if arn.region and self.clients.partition(arn.region) != arn.partition:
            return f"{arn.region[:40]} is no Region of partition {arn.partition}"
        return ""

    def read(
        self, arn: Arn, service: str, operation: str, *, absent: tuple[str, ...] = (), **params: Any
    ) -> dict[str, Any]:
        """Ask about one resource in its own Region; {} if it is absent. Raises NotRead, also for a foreign one."""
        if objection := self.objection(arn):
            raise NotRead(f"not asked: {objection}")
        return self.clients.read(service, operation, region=arn.region, absent=absent, **params)

    def pages(
        self,
        arn: Arn,
        service: str,
        operation: str,
        items: str,
        *,
        limit: int,
        absent: tuple[str, ...] = (),
        **params: Any,
    ) -> tuple[tuple[Any, ...], bool]:
        """List about one resource in its own Region. Raises NotRead, also for a foreign one."""
        if objection := self.objection(arn):
            raise NotRead(f"not asked: {objection}")
        return self.clients.pages(service, operation, items, limit=limit, region=arn.region, absent=absent, **params)
