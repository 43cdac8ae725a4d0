"""One function with its role, its own policies and what is configured for it; a gap in one thing leaves the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import NotRead, reading
from iam_watchdog.aws.read.function import described
from iam_watchdog.aws.survey.feeds import Clusters
from iam_watchdog.aws.survey.found import pages
from iam_watchdog.aws.survey.roles import RoleView
from iam_watchdog.aws.survey.whole import Few, Whole
from iam_watchdog.expect import Disk, Feed, Trigger, View, public_url
from iam_watchdog.model import Function, Layer, Policy
from iam_watchdog.ports import CannotRead

ACTIONS = (
    "lambda:GetPolicy",
    "lambda:GetFunctionConfiguration",
    "lambda:ListFunctionEventInvokeConfigs",
    "lambda:ListFunctionUrlConfigs",
    "kms:DescribeKey",
    "elasticfilesystem:DescribeAccessPoints",
)
OF_THE_ROLE = (Layer.IDENTITY, Layer.BOUNDARY, Layer.TRUST)
type Step = Callable[[View], View]


class Looker:
    """Looks at functions one by one, with what is known of all of them."""

    def __init__(self, clients: Clients, known: Whole | Few) -> None:
        self.clients = clients
        self.known = known
        self.clusters = Clusters(clients)
        self._keys: dict[str, str] = {}

    def at(self, function: Function) -> View:
        """Everything about one function. Never raises CannotRead: what could not be read is a gap of this view."""
        view = View(function, ())
        for step in (self._state, self._urls, self._triggers, self._role, self._callers, self._fed, self._ends):
            view = _tried(step, view)
        for step in (self._group, self._key, self._disks, self._own_policies):
            view = _tried(step, view)
        return view

    def _state(self, view: View) -> View:
        """ListFunctions leaves the state out; only these functions can fail by it."""
        function = view.function
        if not (function.in_vpc or function.key or function.file_systems or function.package == "Image"):
            return view
        with reading(f"the state of {function.name}"):
            found = self.clients.get("lambda").get_function_configuration(FunctionName=function.arn)
        return replace(view, function=described(found))

    def _urls(self, view: View) -> View:
        """Function URLs that anybody may call, of every alias."""
        client, found = self.clients.get("lambda"), list[Trigger]()
        with reading(f"function URLs of {view.function.name}"):
            listing = client.list_function_url_configs
            for one in pages(
                listing, "FunctionUrlConfigs", "NextMarker", asked_by="Marker", FunctionName=view.function.arn
            ):
                if one.get("AuthType") == "NONE":
                    rest = one["FunctionArn"].split(":")[7:]
                    found += public_url(rest[0] if rest else None, _time(one.get("CreationTime")))
        return replace(view, triggers=(*view.triggers, *found))

    def _triggers(self, view: View) -> View:
        return replace(view, triggers=(*view.triggers, *self.known.triggers(view.function.arn)))

    def _role(self, view: View) -> View:
        try:
            role = self.known.role(view.function.role)
        except CannotRead as why:
            return replace(view, unread=(*view.unread, *OF_THE_ROLE), gaps=(*view.gaps, str(why)))
        return _with(view, role) if role else replace(view, role_exists=False)

    def _callers(self, view: View) -> View:
        """The roles of those that start the function under a role of their own."""
        for arn in dict.fromkeys(t.role for t in view.triggers if t.role and t.role != view.function.role):
            try:
                role = self.known.role(arn)
            except CannotRead as why:
                kept = tuple(t for t in view.triggers if t.role != arn)
                view = replace(view, triggers=kept, gaps=(*view.gaps, str(why)))
                continue
            view = replace(_with(view, role), unread=view.unread) if role else view
        return view

    def _fed(self, view: View) -> View:
        feeds: list[Feed] = []
        for feed in self.known.feeds(view.function.arn):
            try:
                feeds.append(self.clusters.signed(feed))
            except CannotRead as why:
                feeds.append(feed)
                view = replace(view, gaps=(*view.gaps, str(why)))
        mappings = tuple((feed.source, feed.state, feed.result) for feed in feeds)
        return replace(view, feeds=tuple(feeds), function=replace(view.function, mappings=mappings))

    def _ends(self, view: View) -> View:
        """Where asynchronous invocations end, of every version and alias."""
        found: list[tuple[str, str]] = []
        client, arn = self.clients.get("lambda"), view.function.arn
        with reading(f"destinations of {arn}"):
            listing = client.get_paginator("list_function_event_invoke_configs").paginate(FunctionName=arn)
            for one in (one for page in listing for one in page.get("FunctionEventInvokeConfigs", ())):
                for condition, target in one.get("DestinationConfig", {}).items():
                    if target.get("Destination"):
                        found.append((condition.removeprefix("On").lower(), target["Destination"]))
        return replace(view, function=replace(view.function, destinations=tuple(dict.fromkeys(found))))

    def _group(self, view: View) -> View:
        return replace(view, log_group_exists=self.known.has_group(view.function.log_group))

    def _key(self, view: View) -> View:
        """The state of the key of the environment, each key once."""
        key = view.function.key
        if key and key not in self._keys:
            with reading(f"key {key}"):
                found = self.clients.get("kms").describe_key(KeyId=key)
            self._keys[key] = found["KeyMetadata"].get("KeyState", "")
        return replace(view, key_state=self._keys.get(key or "", ""))

    def _disks(self, view: View) -> View:
        """The file systems behind the access points that the function mounts."""
        found = [Disk(arn, self._file_system(arn)) for arn in view.function.file_systems if ":access-point/" in arn]
        return replace(view, disks=tuple(found))

    def _file_system(self, access_point: str) -> str:
        with reading(access_point):
            point = access_point.rsplit("/", 1)[-1]
            found = self.clients.get("efs").describe_access_points(AccessPointId=point)["AccessPoints"][0]
        return f"{access_point.split(':access-point/')[0]}:file-system/{found['FileSystemId']}"

    def _own_policies(self, view: View) -> View:
        """The function's policy at each qualifier at which something starts it."""
        for qualifier in dict.fromkeys(t.qualifier for t in view.triggers):
            arn = f"{view.function.arn}:{qualifier}" if qualifier else view.function.arn
            named = {"FunctionName": view.function.arn} | ({"Qualifier": qualifier} if qualifier else {})
            try:
                with reading(f"the policy of {arn}"):
                    text = self.clients.get("lambda").get_policy(**named)["Policy"]
            except NotRead as no:
                if no.code != "ResourceNotFoundException":
                    return replace(view, unread=(*view.unread, Layer.INVOKE), gaps=(*view.gaps, str(no)))
                continue
            view = replace(view, policies=(*view.policies, Policy(Layer.INVOKE, "function policy", text, arn)))
        return view


def _tried(step: Step, view: View) -> View:
    try:
        return step(view)
    except CannotRead as why:
        return replace(view, gaps=(*view.gaps, str(why)))


def _with(view: View, role: RoleView) -> View:
    tags = {**view.tags, role.arn: role.tags}
    return replace(view, policies=(*view.policies, *role.policies), unread=(*view.unread, *role.unread), tags=tags)


def _time(text: Any) -> datetime | None:
    """Lambda writes `2025-10-31T08:00:00.000+0000` or with a `Z`."""
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
