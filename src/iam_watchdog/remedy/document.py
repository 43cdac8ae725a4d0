"""The one place that turns proposed statements into policy JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iam_watchdog.model import AddRoleStatements, Advice, Allow, Deny, Fix, Guardrail, Words

VERSION = "2012-10-17"


def policy_document(statements: Sequence[Allow | Deny]) -> dict[str, Any]:
    """A whole policy document of these statements, in their order."""
    return {"Version": VERSION, "Statement": [statement(allow) for allow in statements]}


def statement(allow: Allow | Deny) -> dict[str, Any]:
    """One statement; a single value stands alone as people write it, and no resources means a trust policy."""
    out: dict[str, Any] = {"Sid": allow.sid} if allow.sid else {}
    out["Effect"] = type(allow).__name__
    if isinstance(allow, Allow) and allow.principals:
        out["Principal"] = _principal(allow.principals)
    out["Action"] = one_or_many(allow.actions)
    if allow.resources:
        out["Resource"] = one_or_many(allow.resources)
    if allow.conditions:
        out["Condition"] = _conditions(allow.conditions)
    return out


def document(fix: Fix | Guardrail) -> dict[str, Any] | None:
    """The policy document that a fix adds, or None where it adds none."""
    if isinstance(fix, AddRoleStatements | Advice | Guardrail) and fix.statements:
        return policy_document(fix.statements)
    return None


def one_or_many(values: Words) -> str | list[str]:
    """A single value as itself, several as a list."""
    return values[0] if len(values) == 1 else list(values)


def _principal(principals: tuple[tuple[str, str], ...]) -> str | dict[str, Any]:
    if principals == (("AWS", "*"),):
        return "*"
    kinds = dict.fromkeys(kind for kind, _ in principals)
    return {kind: one_or_many(tuple(value for k, value in principals if k == kind)) for kind in kinds}


def _conditions(conditions: tuple[tuple[str, str, Words], ...]) -> dict[str, dict[str, Any]]:
    out: dict[str, dict[str, Any]] = {}
    for operator, key, values in conditions:
        out.setdefault(operator, {})[key] = one_or_many(values)
    return out
