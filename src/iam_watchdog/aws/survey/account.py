"""One Region's functions with everything that decides whether they work, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import NotRead, reading
from iam_watchdog.aws.read.function import described
from iam_watchdog.aws.survey.blind import blind_spots
from iam_watchdog.aws.survey.roles import RoleView, roles
from iam_watchdog.aws.survey.triggers import triggers
from iam_watchdog.expect import Trigger, View
from iam_watchdog.model import Function, Layer, Policy
from iam_watchdog.ports import CannotRead, Page

ACTIONS = (
    "lambda:ListFunctions",
    "lambda:GetPolicy",
    "lambda:GetFunctionConfiguration",
    "lambda:ListFunctionEventInvokeConfigs",
    "lambda:ListEventSourceMappings",
    "lambda:ListTags",
    "logs:DescribeLogGroups",
)


class Account:
    """ports.Surveyor: what is the same for all functions is read once, the rest function by function."""

    def __init__(self, clients: Clients, account: str) -> None:
        self.clients = clients
        self.account = account

    def pages(self, cursor: str = "") -> Iterator[Page]:
        """Pages of functions from a cursor on. Raises CannotRead when the list itself cannot be read."""
        client = self.clients.get("lambda")
        while True:
            with reading("the list of functions"):
                page = client.list_functions(**({"Marker": cursor} if cursor else {}))
            cursor = page.get("NextMarker", "")
            found = [self._view(config) for config in page.get("Functions", ())]
            yield Page(tuple(found), cursor, self._triggers[1])
            if not cursor:
                return

    def one(self, name: str) -> View:
        """One function by name or ARN. Raises CannotRead."""
        with reading(f"function {name}"):
            config = self.clients.get("lambda").get_function_configuration(FunctionName=name)
        return self._view(config)

    def touched(self, role: str, function: str) -> Iterator[View]:
        """The functions that run under a role, or one function, by name. Raises CannotRead."""
        if function:
            yield self.one(function)
        if not role:
            return
        with reading("the list of functions"):
            pages = self.clients.get("lambda").get_paginator("list_functions").paginate()
            found = [config for page in pages for config in page["Functions"]]
        yield from (self._view(config) for config in found if config["Role"].rsplit("/", 1)[-1] == role)

    def blind_spots(self) -> tuple[str, ...]:
        """Where nobody would notice a denial, in words."""
        return blind_spots(self.clients)

    # ------------------------------------------------------------ read once

    @cached_property
    def _roles(self) -> Mapping[str, RoleView]:
        return roles(self.clients.get("iam"))

    @cached_property
    def _triggers(self) -> tuple[Mapping[str, tuple[Trigger, ...]], tuple[str, ...]]:
        return triggers(self.clients, self.account)

    @cached_property
    def _mappings(self) -> Mapping[str, list[tuple[str, str, str]]]:
        by_function: dict[str, list[tuple[str, str, str]]] = {}
        with reading("event source mappings"):
            pages = self.clients.get("lambda").get_paginator("list_event_source_mappings").paginate()
            for one in (one for page in pages for one in page["EventSourceMappings"]):
                arn = ":".join(one["FunctionArn"].split(":")[:7])
                state = (one.get("EventSourceArn", ""), one.get("State", ""), one.get("LastProcessingResult", ""))
                by_function.setdefault(arn, []).append(state)
        return by_function

    @cached_property
    def _groups(self) -> frozenset[str]:
        with reading("log groups"):
            pages = self.clients.get("logs").get_paginator("describe_log_groups").paginate()
            return frozenset(group["logGroupName"] for page in pages for group in page["logGroups"])

    # ------------------------------------------------------------ one function

    def _view(self, config: dict[str, Any]) -> View:
        function = described(config)
        gaps: list[str] = []
        for read in (self._state, self._fed_from, self._delivers_to):
            try:
                function = read(function)
            except CannotRead as why:
                gaps.append(str(why))
        role = self._roles.get(function.role)
        own, closed = self._own_policies(function)
        started_by = self._triggers[0].get(function.arn, ())
        callers = [self._roles[t.role] for t in started_by if t.role and t.role in self._roles]
        unread = (*(role.unread if role else ()), *closed)
        return View(
            function,
            (*(role.policies if role else ()), *own, *(p for caller in callers for p in caller.policies)),
            started_by,
            log_group_exists=function.log_group in self._groups,
            unread=unread,
            role_exists=role is not None,
            gaps=tuple(gaps),
        )

    def _state(self, function: Function) -> Function:
        """ListFunctions leaves the state out; only a function in a VPC or with its own key can fail by it."""
        if not (function.in_vpc or function.key):
            return function
        with reading(f"the state of {function.name}"):
            return described(self.clients.get("lambda").get_function_configuration(FunctionName=function.arn))

    def _fed_from(self, function: Function) -> Function:
        return replace(function, mappings=tuple(self._mappings.get(function.arn, ())))

    def _delivers_to(self, function: Function) -> Function:
        """Where asynchronous invocations end, of every version and alias."""
        found: list[tuple[str, str]] = []
        client = self.clients.get("lambda")
        with reading(f"destinations of {function.arn}"):
            pages = client.get_paginator("list_function_event_invoke_configs").paginate(FunctionName=function.arn)
            for one in (one for page in pages for one in page.get("FunctionEventInvokeConfigs", ())):
                for condition, target in one.get("DestinationConfig", {}).items():
                    if target.get("Destination"):
                        found.append((condition.removeprefix("On").lower(), target["Destination"]))
        return replace(function, destinations=tuple(dict.fromkeys(found)))

    def _own_policies(self, function: Function) -> tuple[list[Policy], tuple[Layer, ...]]:
        """The function's policy at each qualifier that a trigger names, and at none."""
        qualifiers = dict.fromkeys([None, *(t.qualifier for t in self._triggers[0].get(function.arn, ()))])
        found: list[Policy] = []
        for qualifier in qualifiers:
            arn = f"{function.arn}:{qualifier}" if qualifier else function.arn
            named = {"FunctionName": function.arn} | ({"Qualifier": qualifier} if qualifier else {})
            try:
                with reading(f"the policy of {arn}"):
                    text = self.clients.get("lambda").get_policy(**named)["Policy"]
            except NotRead as no:
                if no.code != "ResourceNotFoundException":
                    return found, (Layer.INVOKE,)
                continue
            found.append(Policy(Layer.INVOKE, "function policy", text, arn))
        return found, ()
