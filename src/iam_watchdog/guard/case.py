"""One plan under judgement, and where it would reach: whose role, whose account, whose resource."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from iam_watchdog.model import (
    AddInvokePermission,
    AddRoleStatements,
    Allow,
    Denial,
    Diagnosis,
    Evidence,
    Grant,
    Plan,
    Words,
)
from iam_watchdog.ports import Settings


@dataclass(frozen=True, slots=True)
class Case:
    """One plan and all that speaks for or against it."""

    plan: Plan | None
    found: Diagnosis
    denial: Denial
    evidence: Evidence
    who: str
    settings: Settings
    enabled: bool
    tried: Collection[str]

    @property
    def grants(self) -> tuple[Grant, ...]:
        """What would be changed."""
        return self.plan.grants if self.plan else ()

    @property
    def statements(self) -> tuple[Allow, ...]:
        """The statements that would be put on the role."""
        return tuple(s for g in self.grants if isinstance(g, AddRoleStatements) for s in g.statements)

    @property
    def actions(self) -> Words:
        """The actions of those statements; a managed policy is judged as a whole."""
        return tuple(action for statement in self.statements for action in statement.actions)


def target(grant: Grant) -> str:
    """ARN of the role or function that a grant changes."""
    return grant.function if isinstance(grant, AddInvokePermission) else grant.role


def account(arn: str) -> str:
    """The account that an ARN names, "" if it names none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else ""
