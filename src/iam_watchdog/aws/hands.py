"""The only file that changes anything: three calls and their undo, each through a Hands role cut down to that call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from iam_watchdog.aws import standing
from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.cut import cut_to
from iam_watchdog.aws.faults import NotWritten, writing
from iam_watchdog.aws.standing import reads_as_writes
from iam_watchdog.model import WATCHDOG, AddRoleStatements, AttachManagedPolicy, Plan, Receipt
from iam_watchdog.ports import CannotWrite, Settings
from iam_watchdog.remedy.arns import role_name

ACTIONS = ("sts:AssumeRole",)
HANDS_ACTIONS = (
    "iam:AttachRolePolicy",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePolicy",
    "lambda:AddPermission",
    "lambda:RemovePermission",
)
"""What the Hands roles may do between them; each session may do one of these on one role or function."""


class AwsHands:
    """ports.Hands through two fenced roles: one for what nobody asked for, one for what a person approved."""

    def __init__(self, clients: Clients, settings: Settings, auto: str, approved: str) -> None:
        self.clients = clients
        self.settings = settings
        self.auto = auto
        self.approved = approved

    def prepare(self, plan: Plan) -> tuple[Receipt, ...]:
        """Read what stands there before, for each grant; changes nothing. Raises CannotRead."""
        receipts = []
        for grant in plan.grants:
            name = standing.name(grant, self.settings.region)
            before = standing.now(grant, name, self.clients)
            id_ = standing.role_id(grant, self.clients)
            receipts.append(Receipt(grant, name, before, standing.after(grant), id_))
        return tuple(receipts)

    def apply(self, receipt: Receipt, incident: str) -> None:
        """Make one change; the same change twice is one change. Raises CannotWrite."""
        with reads_as_writes():
            if (there := self._now(receipt)) == receipt.after:
                return
            if there is not None:
                raise CannotWrite(f"another {receipt.name} stands there already; it is left as it is")
            self._same_role(receipt)
            self._still_pinned(receipt)
        call, arguments = _change(receipt)
        try:
            self._call(call, arguments, receipt, incident)
        except NotWritten as no:
            if no.code != "ResourceConflictException":
                raise
            # Told twice at the same moment: the other telling has put it there.
            with reads_as_writes():
                if self._now(receipt) != receipt.after:
                    raise

    def undo(self, receipt: Receipt, incident: str) -> None:
        """Take back exactly what the receipt says was absent before and is unchanged since. Raises CannotWrite."""
        if receipt.before is not None:
            return
        with reads_as_writes():
            there = self._now(receipt)
            if there is None:
                return
            if there != receipt.after:
                raise CannotWrite(
                    f"{receipt.name} was changed by somebody else since; look at it and remove it by hand"
                )
            self._same_role(receipt)
        call, arguments = _reversal(receipt)
        self._call(call, arguments, receipt, incident)

    def _now(self, receipt: Receipt) -> str | None:
        return standing.now(receipt.grant, receipt.name, self.clients)

    def _same_role(self, receipt: Receipt) -> None:
        if standing.role_id(receipt.grant, self.clients) != receipt.role_id:
            raise CannotWrite("the role was deleted and made again since the plan; diagnose anew")

    def _still_pinned(self, receipt: Receipt) -> None:
        if not isinstance(receipt.grant, AttachManagedPolicy):
            return
        pinned = self.settings.allow_listed.get(receipt.name)
        if pinned != standing.document_hash(receipt.name, self.clients):
            raise CannotWrite(
                f"the document of {receipt.name} is not the one that was reviewed; review and pin it anew"
            )

    def _call(self, action: str, arguments: dict[str, Any], receipt: Receipt, incident: str) -> None:
        hand = self.auto if receipt.by == WATCHDOG else self.approved
        if not hand:
            raise CannotWrite(f"no Hands role is deployed for what {receipt.by} orders; see Mode and Approvers")
        service, operation = action.split(":")
        policy = cut_to(action, receipt)
        hands = self.clients.assumed(hand, f"wd-{incident}"[:64], policy)
        with writing(f"{action} for {incident}"):
            call: Callable[..., Any] = getattr(hands.get(service), OPERATIONS[operation])
            call(**arguments)


OPERATIONS = {
    "AttachRolePolicy": "attach_role_policy",
    "DetachRolePolicy": "detach_role_policy",
    "PutRolePolicy": "put_role_policy",
    "DeleteRolePolicy": "delete_role_policy",
    "AddPermission": "add_permission",
    "RemovePermission": "remove_permission",
}


def _change(receipt: Receipt) -> tuple[str, dict[str, Any]]:
    grant = receipt.grant
    if isinstance(grant, AttachManagedPolicy):
        return "iam:AttachRolePolicy", {"RoleName": role_name(grant.role), "PolicyArn": receipt.name}
    if isinstance(grant, AddRoleStatements):
        named = {"RoleName": role_name(grant.role), "PolicyName": receipt.name}
        return "iam:PutRolePolicy", {**named, "PolicyDocument": receipt.after}
    given = {
        "FunctionName": grant.function,
        "StatementId": receipt.name,
        "Action": "lambda:InvokeFunction",
        "Principal": grant.principal,
        "SourceArn": grant.source_arn,
        "SourceAccount": grant.source_account,
        "Qualifier": grant.qualifier,
    }
    return "lambda:AddPermission", {k: v for k, v in given.items() if v}


def _reversal(receipt: Receipt) -> tuple[str, dict[str, Any]]:
    grant = receipt.grant
    if isinstance(grant, AttachManagedPolicy):
        return "iam:DetachRolePolicy", {"RoleName": role_name(grant.role), "PolicyArn": receipt.name}
    if isinstance(grant, AddRoleStatements):
        return "iam:DeleteRolePolicy", {"RoleName": role_name(grant.role), "PolicyName": receipt.name}
    named = {"FunctionName": grant.function, "StatementId": receipt.name, "Qualifier": grant.qualifier}
    return "lambda:RemovePermission", {k: v for k, v in named.items() if v}
