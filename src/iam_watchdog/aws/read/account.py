"""Whose resources may be asked about, and in which Region; every reader calls AWS through here."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import NotRead
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.ports import Settings

MOST_KEPT = 100
"""Answers that are kept for a while; the rest is asked for again."""


class Account:
    """The account that is guarded, seen through its clients."""

    def __init__(self, clients: Clients, settings: Settings, believed: float = 0) -> None:
        """believed: seconds for which long listings and histories are not asked for again; 0 where a change follows."""
        self.clients = clients
        self.settings = settings
        self._believed = believed
        self._lately: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()

    def lately[T](self, what: Hashable, read: Callable[[], T]) -> T:
        """An answer that may be as old as is believed. Raises whatever `read` raises; that is never kept."""
        known = self._lately.get(what)
        if known is None or monotonic() - known[0] >= self._believed:
            known = self._lately[what] = (monotonic(), read())
            while len(self._lately) > MOST_KEPT:
                self._lately.popitem(last=False)
        answer: T = known[1]
        return answer

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
