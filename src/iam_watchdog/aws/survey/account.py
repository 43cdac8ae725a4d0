"""One Region's functions with everything that decides whether they work, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import NotRead, reading
from iam_watchdog.aws.read.function import described
from iam_watchdog.aws.survey.blind import blind_spots
from iam_watchdog.aws.survey.found import functions
from iam_watchdog.aws.survey.one import Looker
from iam_watchdog.aws.survey.roles import carriers
from iam_watchdog.aws.survey.targets import Targets
from iam_watchdog.aws.survey.whole import Few, Whole
from iam_watchdog.expect import View, audit
from iam_watchdog.ports import CannotRead, Page
from iam_watchdog.remedy.arns import role_name

ACTIONS = ("lambda:ListFunctions", "lambda:GetFunctionConfiguration", "lambda:ListTags")
GONE = ("ResourceNotFoundException",)
AT_ONCE = 200
"""So many functions of changed roles are looked at one by one; the others are the next sweep's, which reads in bulk."""


class Account:
    """ports.Surveyor: nothing is remembered from one sweep to the next."""

    def __init__(self, clients: Clients, account: str, stack: str = "iam-watchdog") -> None:
        self.clients = clients
        self.account = account
        self.stack = stack

    def pages(self, cursor: str = "") -> Iterator[Page]:
        """Pages of functions from a cursor on. Raises CannotRead when the list itself cannot be read."""
        client, whole = self.clients.get("lambda"), Whole(self.clients, self.account)
        look, targets = Looker(self.clients, whole), Targets(self.clients, self.account)
        while True:
            with reading("the list of functions"):
                page = client.list_functions(**({"Marker": cursor} if cursor else {}))
            cursor = page.get("NextMarker", "")
            found = [_certain(look.at(described(config)), targets) for config in page.get("Functions", ())]
            yield Page(tuple(found), cursor, whole.unread())
            if not cursor:
                return

    def one(self, name: str) -> View:
        """One function by name or ARN, with what starts it. Raises CannotRead."""
        with reading(f"function {name}"):
            config = self.clients.get("lambda").get_function_configuration(FunctionName=name)
        return self._alone(config, triggers=True)

    def touched(self, role: str, function: str, policy: str) -> Iterator[View]:
        """The functions of the roles that are meant, without what starts them, or one function. Raises CannotRead."""
        if function:
            try:
                yield self.one(function)
            except NotRead as no:
                if no.code not in GONE:
                    raise
        meant = ({role} if role else set()) | (carriers(self.clients.get("iam"), policy) if policy else set())
        if not meant:
            return
        with reading("the list of functions"):
            found = [c for c in functions(self.clients.get("lambda")) if role_name(c["Role"]) in meant]
        yield from (self._alone(config, triggers=False) for config in found[:AT_ONCE])

    def alone(self, function: str) -> View | None:
        """One function without the services that start it; None if it is gone. Raises CannotRead."""
        found = self.clients.read("lambda", "get_function_configuration", absent=GONE, FunctionName=function)
        return self._alone(found, triggers=False) if found else None

    def blind_spots(self) -> tuple[str, ...]:
        """Where nobody would notice a denial, in words."""
        return blind_spots(self.clients, self.stack)

    def _alone(self, config: dict[str, Any], *, triggers: bool) -> View:
        few = Few(self.clients, self.account, triggers=triggers)
        view = Looker(self.clients, few).at(described(config))
        view = replace(view, unlisted=few.unread())
        return _certain(view, Targets(self.clients, self.account))


def _certain(view: View, targets: Targets) -> View:
    """Ask the targets whose own policies would decide; what they do not show stays undecided, with the reason."""
    for arn in audit(view, datetime.now(UTC)).doubts:
        view = _heard(view, arn, targets)
    for key in dict.fromkeys(view.keys.values()):
        view = _heard(view, key, targets)
    return _tagged(view, targets.asked.clients) if audit(view, datetime.now(UTC)).denials else view


def _heard(view: View, arn: str, targets: Targets) -> View:
    """The view with what one target, or the key of one, says of itself."""
    try:
        told = targets.told(arn)
    except CannotRead as why:
        return replace(view, gaps=(*view.gaps, f"the policy of {arn}: {why}"))
    return replace(
        view,
        policies=(*view.policies, *(policy for policy in told.policies if policy not in view.policies)),
        heard=view.heard | {arn},
        gaps=(*view.gaps, *told.gaps),
        keys={**view.keys, arn: told.key} if told.key else view.keys,
        grants={**view.grants, arn: told.grants} if told.grants else view.grants,
    )


def _tagged(view: View, clients: Clients) -> View:
    """A function may be tagged to be ignored: worth a call only for one about which there is something to say."""
    try:
        found = clients.read("lambda", "list_tags", Resource=view.function.arn)
    except CannotRead as why:
        return replace(view, gaps=(*view.gaps, str(why)))
    return replace(view, function=replace(view.function, tags=dict(found.get("Tags") or {})))
