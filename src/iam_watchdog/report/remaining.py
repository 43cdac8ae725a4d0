"""What is left for a person to do once a proposal has come to an end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from iam_watchdog.happened import ended_by, led_to
from iam_watchdog.model import (
    AddInvokePermission,
    AttachManagedPolicy,
    Dismissed,
    Incident,
    Prepared,
    Proposed,
    Snoozed,
    Status,
    Words,
)
from iam_watchdog.report.escape import line
from iam_watchdog.report.standing import applied, since_proposed, undone_by_person
from iam_watchdog.status import derive, under_way


def remaining(incident: Incident, now: datetime) -> Words:
    """Sentences, the most urgent first; that nothing is left is said."""
    if under_way(incident, now):
        return ("Nothing yet: the outcome follows.",)
    status = derive(incident, now)
    return _LEFT[status](incident) if status in _LEFT else ()


def _verified(incident: Incident) -> Words:
    return _lasting(incident) or (f"Nothing; {_undo(incident)} takes it back.",)


def _not_verified(incident: Incident) -> Words:
    if after := led_to(incident):
        return (f"Look at incident {after}, which has its own proposal.", *_lasting(incident))
    return (
        "Run the function once and look: the change stays. It counts as over when the policies allow the call and "
        f"nothing was refused since; {_undo(incident)} takes it back.",
    )


def _failed(incident: Incident) -> Words:
    again = f"{_undo(incident)} tries once more to take it back."
    return (f"The change stands, as far as it was not taken back: look at it in the account and decide; {again}",)


def _stale(incident: Incident) -> Words:
    return ("The call is still refused; where that may help, a new proposal follows.",)


def _healed(incident: Incident) -> Words:
    other = line(ended_by(incident), 40)
    by_other = f"Nothing for this one; what is left of the change is told with incident {other}."
    return _lasting(incident) or ((by_other,) if other else ("Nothing.",))


def _undo(incident: Incident) -> str:
    return f"`iam-watchdog undo {incident.id}`"


def _lasting(incident: Incident) -> Words:
    """The account has it, the template that made the role does not; ours can go once the template has its own.

    A managed policy is attached once, whoever does it: taking ours back would take the template's.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
    """
    prepared, found = since_proposed(incident).last(Prepared), incident.last(Proposed)
    if prepared is None or found is None or applied(incident) is None:
        return ()
    grants = [receipt.grant for receipt in prepared.receipts]
    managed = any(isinstance(grant, AttachManagedPolicy) for grant in grants)
    then = "" if managed else " once the template has it, or"
    template = _template(found, permission=any(isinstance(grant, AddInvokePermission) for grant in grants))
    return (f"{template} {_undo(incident)} takes this change away{then} if it was not wanted.",)


def _template(found: Proposed, *, permission: bool) -> str:
    if permission:
        return "If a template makes the function, write the same permission into it, or a later deployment may lose it."
    role = found.role
    if role and role.stack:
        where = f" (there: {line(role.logical_id, 255)})" if role.logical_id else ""
        return (
            f"Write the same into the template of stack {line(role.stack, 255)}{where}: a later deployment may lose "
            "what the template does not have, and an inline policy that it does not know keeps the stack from being "
            "deleted."
        )
    return (
        "If a template (SAM, CloudFormation, Terraform, CDK) makes the role, write the same into it, or a later "
        "deployment may lose it."
    )


def _after_undo(incident: Incident) -> Words:
    found = incident.last(Proposed)
    if undone_by_person(incident):
        return ("Nothing, if that was meant. The next refusal is looked into anew.",)
    unread = dict.fromkeys(u.what for u in found.unread if u.decides) if found else {}
    look = f" Look first at what could not be read: {line(', '.join(unread), 300)}." if unread else ""
    name = line(incident.denial.function, 140)
    anew = f" `iam-watchdog explain --function {name}` reads all layers anew." if name else ""
    return (f"The call is still refused: something else is missing, or denies it.{look}{anew}",)


def _quiet_until(incident: Incident) -> Words:
    said = next((f for f in reversed(incident.facts) if isinstance(f, Dismissed | Snoozed)), None)
    until = f"after {said.until:%Y-%m-%d %H:%M} UTC" if said and said.until else "no more"
    return (
        f"The call is still refused. It is told again {until}; sooner if the code, the role or a policy changes, if it "
        "is refused ten times as often, or if AWS itself says what only a log had claimed.",
    )


_LEFT: Mapping[Status, Callable[[Incident], Words]] = {
    Status.VERIFIED: _verified,
    Status.NOT_YET: _not_verified,
    Status.FAILED: _failed,
    Status.UNDONE: _after_undo,
    Status.STALE: _stale,
    Status.HEALED: _healed,
    Status.DISMISSED: _quiet_until,
    Status.SNOOZED: _quiet_until,
}
