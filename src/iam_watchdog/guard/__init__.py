"""What may be done unasked, and what a person may ask for: a list of refusals, read from top to bottom."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass

from iam_watchdog.guard import content, place, removals
from iam_watchdog.guard.case import Case
from iam_watchdog.guard.ceiling import boundary_document
from iam_watchdog.guard.lists import APPROVABLE, ASK, CALLERS, NEVER
from iam_watchdog.model import WATCHDOG, Confidence, Denial, Diagnosis, Evidence, Plan, Witness, Words
from iam_watchdog.ports import Mode, Settings
from iam_watchdog.records import change_hash, plan_hash
from iam_watchdog.rules.case.binding import believed

__all__ = [
    "APPROVABLE",
    "ASK",
    "CALLERS",
    "CLAUSES",
    "NEVER",
    "PERSON",
    "REFUSALS",
    "boundary_document",
    "nonce",
    "refusals",
]

PERSON = "person"
"""Who orders a change after a yes; anybody else is WATCHDOG."""


def refusals(  # noqa: PLR0913 - asked about everything at once, so that no caller can leave a part out
    plan: Plan | None,
    found: Diagnosis,
    denial: Denial,
    evidence: Evidence,
    who: str,
    settings: Settings,
    *,
    enabled: bool = True,
    tried: Collection[str] = (),
) -> Words:
    """Name all that speaks against this plan, in order; () is a yes. `tried`: see proposing."""
    case = Case(plan, found, denial, evidence, WATCHDOG if who == WATCHDOG else PERSON, settings, enabled, tried)
    if not case.grants:
        return ("not_a_grant",)
    asked = [c for c in CLAUSES if not (case.who == PERSON and c.name in REPLACED_BY_APPROVAL)]
    return tuple(clause.name for clause in asked if clause.refuses(case))


def nonce() -> str:
    """A fresh word for one message's buttons: a yes is good for the message it was given in."""
    return secrets.token_urlsafe(12)


# ---------------------------------------------------------------- short clauses; the longer ones: place.py, content.py


def _unproven(case: Case) -> bool:
    return case.plan is None or not case.plan.proof.holds


def _unsure(case: Case) -> bool:
    return case.found.confidence is not Confidence.VERIFIED


def _approvals_off(case: Case) -> bool:
    return case.who == PERSON and not case.settings.approvals


def _not_automatic(case: Case) -> bool:
    return case.settings.mode is not Mode.AUTO or case.settings.account not in case.settings.dev_accounts


def _stack_role(case: Case) -> bool:
    return bool(case.evidence.role and case.evidence.role.stack) and not case.settings.allow_stack_roles


def _shared_role(case: Case) -> bool:
    return bool(case.evidence.role and case.evidence.role.shared_with)


def _tried_before(case: Case) -> bool:
    plan = case.plan
    return plan is not None and not {plan_hash(plan), change_hash(plan.grants)}.isdisjoint(case.tried)


@dataclass(frozen=True, slots=True)
class Clause:
    """One reason to refuse: its name, one plain sentence for people, and when it holds."""

    name: str
    sentence: str
    refuses: Callable[[Case], bool]


CLAUSES: tuple[Clause, ...] = (
    Clause("kill_switch", "The kill switch is off or cannot be read.", lambda c: not c.enabled),
    Clause("not_a_grant", "The fix is for an owner to make; nothing here is ours to apply.", lambda c: not c.grants),
    Clause("unbound", "The denial is not certainly this function's own.", place.unbound),
    Clause("unproven", "It is not proven that the change ends the denial and gains nothing else.", _unproven),
    Clause("invalid", "IAM Access Analyzer finds an error in it.", lambda c: "validation_error" in c.evidence.facts),
    Clause("confidence", "Evaluating what was read does not confirm the diagnosis.", _unsure),
    Clause("never", "It holds an action that is never granted.", content.never),
    Clause("not_approvable", "It holds an action that is not on the list of approvable ones.", content.not_approvable),
    Clause("ask", "It lets data be read or another function run; a person has to say yes.", content.ask),
    Clause("wildcard", "It is wider than the closed list of patterns allows.", content.too_wide),
    Clause("hold", "The role or the function is on hold or quarantined.", place.on_hold),
    Clause("tag", "The role (or function) does not carry the iam-watchdog tag that allows this.", place.not_opted_in),
    Clause("foreign_account", "It is in another account.", place.foreign_account),
    Clause("foreign_target", "The resource is another account's, or nobody could tell whose.", place.foreign_target),
    Clause("untold_trigger", "The trigger does not say that it starts this function.", content.untold_trigger),
    Clause("own", "It belongs to this watchdog or to AWS.", place.own),
    Clause("outside_fence", "The Hands roles may not make this change.", content.outside_fence),
    Clause("no_boundary", "The role does not carry the boundary named at deployment.", content.no_boundary),
    Clause("weak_boundary", "That boundary does not certainly keep out what is never granted.", content.weak_boundary),
    Clause("approvals_off", "No approvers are configured.", _approvals_off),
    Clause("mode", "The deployment only proposes, or this is no development account.", _not_automatic),
    Clause("stack_role", "A CloudFormation stack owns the role; the lasting fix belongs there.", _stack_role),
    Clause("shared_role", "Other functions run under this role.", _shared_role),
    Clause(
        "log_witness",
        "Only this function's own log claims this.",
        lambda c: believed(c.denial, c.evidence) is Witness.LOG,
    ),
    Clause("not_allow_listed", "Unasked, only allow-listed managed policies are attached.", content.not_allow_listed),
    Clause("removed_by_person", "A person took permissions away in the last 30 days.", removals.removed_by_person),
    Clause("tried_before", "This very change was made or given up before.", _tried_before),
    Clause("budget", "This role was changed often enough today.", lambda _: False),  # Counted by the story, last.
)
REFUSALS = {clause.name: clause.sentence for clause in CLAUSES}
"""Every refusal in order, with one sentence for people."""
REPLACED_BY_APPROVAL = frozenset({"ask", *list(REFUSALS)[list(REFUSALS).index("mode") :]})
"""What a person's yes to exactly this plan stands in for."""
