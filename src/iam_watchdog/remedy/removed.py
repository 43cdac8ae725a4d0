"""What a change took away, and the fix that puts exactly that back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iam_watchdog.model import (
    AddRoleStatements,
    Advice,
    AttachManagedPolicy,
    Change,
    Evidence,
    Fix,
    Layer,
    Policy,
    Role,
)
from iam_watchdog.policy.statement import Raw
from iam_watchdog.remedy import managed, put_back
from iam_watchdog.remedy.before import known, text_of
from iam_watchdog.remedy.place import Place, gone, place_of
from iam_watchdog.remedy.proving import as_policy
from iam_watchdog.remedy.within import allow_of, malformed, plain, raws


@dataclass(frozen=True, slots=True)
class Removed:
    """One removal: the fix that undoes it, and the documents as they would be read afterwards."""

    change: Change
    fix: Fix
    back: tuple[Policy, ...]
    words: str
    """What would be done, for people."""
    granted: bool = False
    """It is a grant on a key, which is no document."""
    or_else: tuple[Advice, ...] = ()
    """What else would undo it, in words alone."""
    also: Change | None = None
    """The other change that is undone with it."""


def removed(change: Change, evidence: Evidence) -> Removed | None:
    """What the change took away, None if that is not known to the letter, or not missing."""
    before = known(change)
    if "permission" in before:
        return _permission(before["permission"], change, evidence)
    if "grant" in before:
        return _grant(before["grant"], change, evidence)
    if evidence.role and "policy_arn" in before and "version" not in before:
        return _managed(str(before["policy_arn"]), change, evidence.role, evidence)
    place = place_of(change, evidence)
    if place is None or malformed(place.text, place.layer) or not (lost := gone(place, evidence)):
        return None
    if "version" in before:
        arn, wanted = place.name, str(before["version"])
        fix = Advice(place.layer, arn, put_back.version(arn, wanted))
        words = f"make {wanted} the default version of {put_back.short(arn)} again"
        return Removed(change, fix, (place.policy(),), words)
    return _document(place, lost, change, evidence)


def _managed(arn: str, change: Change, role: Role, evidence: Evidence) -> Removed | None:
    if arn in role.attached or change.on not in (role.name, role.arn):
        return None
    text = text_of(known(change)) or managed.document_of(arn) or ""
    words = f"attach {put_back.short(arn)} to role {role.name} again{_of_today(known(change), arn)}"
    back = Policy(Layer.IDENTITY, arn, text, role.arn)
    return Removed(change, AttachManagedPolicy(role.arn, arn), (back,), words) if text else None


def _of_today(before: Mapping[str, Any], arn: str) -> str:
    """It comes back with the version that is its default now, on which all is proven; not always what was detached."""
    now, then = (str(before.get(name) or "")[:20] for name in ("now", "then"))
    if not now or now == then or managed.document_of(arn):
        return ""
    was = f"it was {then} when it was detached" if then else "which one it was when it was detached is not known"
    return f", as its default version {now} allows it today ({was})"


def _document(place: Place, lost: Sequence[Raw], change: Change, evidence: Evidence) -> Removed | None:
    """Its lost statements; without its Deny the same Allow would be wider than it was, so then it comes back whole."""
    own = place.layer is Layer.IDENTITY
    kind = "trust policy" if place.layer is Layer.TRUST else "policy"
    what = f"inline policy {place.name.removeprefix('inline/')}" if own else f"the {kind} of {put_back.short(place.on)}"
    if all(plain(raw) for raw in lost) and all(raw.allow for raw in raws([place.policy()])):
        allows = tuple(allow_of(raw) for raw in lost)
        text = f"The owner of {place.on} puts back what was taken out of its {kind}."
        fix: Fix = AddRoleStatements(place.on, allows) if own else Advice(place.layer, place.on, text, allows)
        back = as_policy(fix, evidence)
        words = f"put back what {what} allowed"
        return Removed(change, fix, (back,), words) if back else None
    words = f"put {what} back as it was"
    fix = Advice(place.layer, place.on, put_back.whole(words, known(change)))
    return Removed(change, fix, (place.policy(),), words)


def _permission(given: Any, change: Change, evidence: Evidence) -> Removed | None:
    function = evidence.function
    fix = put_back.permission(function.arn, given) if function and change.on == function.name else None
    back = as_policy(fix, evidence) if fix else None
    words = f"give function {change.on} the permission {str(given.get('statementId'))[:100]} back" if fix else ""
    return Removed(change, fix, (back,), words) if fix and back else None


def _grant(given: Any, change: Change, evidence: Evidence) -> Removed | None:
    """A grant for the role without constraints; whether it ends the refusal is for `restore` to say."""
    role, operations = evidence.role, given.get("operations") if isinstance(given, dict) else None
    if role is None or not isinstance(operations, list) or not all(isinstance(name, str) for name in operations):
        return None
    if given.get("granteePrincipal") != role.arn or given.get("constraints"):
        return None
    key = next((t.arn for t in evidence.targets if t.arn == change.on), "")
    words = f"create the grant for role {role.name} on {put_back.short(key)} again"
    fix = Advice(Layer.RESOURCE, key, put_back.grant(key, role.arn, tuple(operations)))
    return Removed(change, fix, (), words, granted=True) if key else None
