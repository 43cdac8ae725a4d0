"""What is the same for all functions: read once a sweep, and a failure is told once to each that asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import reading
from iam_watchdog.aws.survey import feeds
from iam_watchdog.aws.survey.roles import RoleView, one, roles
from iam_watchdog.aws.survey.triggers import triggers
from iam_watchdog.expect import Feed, Trigger
from iam_watchdog.ports import CannotRead

ACTIONS = ("logs:DescribeLogGroups",)


class Whole:
    """One account dump, every source's side, all event source mappings and log groups."""

    def __init__(self, clients: Clients, account: str) -> None:
        self.clients = clients
        self.account = account
        self._kept: dict[str, Any] = {}

    def _once(self, name: str, read: Callable[[], Any]) -> Any:
        if name not in self._kept:
            try:
                self._kept[name] = read()
            except CannotRead as why:
                self._kept[name] = why
        if isinstance(self._kept[name], CannotRead):
            raise self._kept[name]
        return self._kept[name]

    def role(self, arn: str) -> RoleView | None:
        """A role; one that the dump does not hold may be younger than it and is asked for. Raises CannotRead."""
        dump: Mapping[str, RoleView] = self._once("roles", lambda: roles(self.clients.get("iam", read_timeout=30)))
        found: RoleView | None = dump.get(arn) or self._once(arn, lambda: one(self.clients.get("iam"), arn))
        return found

    def triggers(self, function: str) -> tuple[Trigger, ...]:
        """What is configured to start a function."""
        return self._sides()[0].get(function, ())

    def unread(self) -> tuple[str, ...]:
        """Sources that could not be read, by name and reason."""
        return self._sides()[1]

    def _sides(self) -> tuple[Mapping[str, tuple[Trigger, ...]], tuple[str, ...]]:
        found: tuple[Mapping[str, tuple[Trigger, ...]], tuple[str, ...]]
        found = self._once("triggers", lambda: triggers(self.clients, self.account))
        return found

    def feeds(self, function: str) -> tuple[Feed, ...]:
        """The event source mappings of a function. Raises CannotRead."""
        mappings: Mapping[str, list[Feed]] = self._once("feeds", lambda: feeds.by_function(self.clients))
        return tuple(mappings.get(function, ()))

    def has_group(self, name: str) -> bool:
        """True if the log group is there. Raises CannotRead."""
        return name in self._once("groups", self._groups)

    def _groups(self) -> frozenset[str]:
        with reading("log groups"):
            pages = self.clients.get("logs").get_paginator("describe_log_groups").paginate()
            return frozenset(group["logGroupName"] for page in pages for group in page["logGroups"])


class Few:
    """The same for single functions: nothing is read that is not theirs. Triggers only when they are asked for."""

    def __init__(self, clients: Clients, account: str, *, triggers: bool) -> None:
        self.clients = clients
        self.sides = Whole(clients, account) if triggers else None

    def role(self, arn: str) -> RoleView | None:
        """A role by itself. Raises CannotRead."""
        return one(self.clients.get("iam"), arn)

    def triggers(self, function: str) -> tuple[Trigger, ...]:
        """What is configured to start a function."""
        return self.sides.triggers(function) if self.sides else ()

    def unread(self) -> tuple[str, ...]:
        """Sources that could not be read, by name and reason."""
        return self.sides.unread() if self.sides else ()

    def feeds(self, function: str) -> tuple[Feed, ...]:
        """The event source mappings of a function. Raises CannotRead."""
        return tuple(feeds.by_function(self.clients, FunctionName=function).get(function, ()))

    def has_group(self, name: str) -> bool:
        """True if the log group is there. Raises CannotRead."""
        with reading(f"log group {name}"):
            found = self.clients.get("logs").describe_log_groups(logGroupNamePrefix=name)
        return any(group["logGroupName"] == name for group in found["logGroups"])
