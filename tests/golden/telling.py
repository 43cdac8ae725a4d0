"""What is made of one golden incident, from the denial to the e-mail, as one JSON text."""

from __future__ import annotations

import json
from pathlib import Path

from iam_watchdog import guard
from iam_watchdog.model import WATCHDOG, Incident, Proposed
from iam_watchdog.ports import Settings
from iam_watchdog.records import dump, plan_hash
from iam_watchdog.remedy import managed, propose
from iam_watchdog.report.text import text
from iam_watchdog.rules import diagnose
from tests.golden.incidents import ACCOUNTS, denial_of
from tests.rules.cases import ACCOUNT, NOON, REGION

SETTINGS = Settings(ACCOUNT, REGION, approvals=True, approvers=("U0APPROVER",), allow_listed=managed.PINNED)


def written(rule: str) -> Path:
    """Where a rule's golden incident is kept."""
    return Path(__file__).parent / f"{rule}.json"


def proposal(rule: str) -> Proposed:
    """Diagnosed, proven and judged as the story does it."""
    denial, seen = denial_of(rule), ACCOUNTS[rule]
    found, plan, proof = propose.plan(diagnose(denial, seen), denial, seen)
    refusals = {
        who: guard.refusals(plan, found, denial, seen, who, SETTINGS) if plan else ("not_a_grant",)
        for who in (WATCHDOG, guard.PERSON)
    }
    return Proposed(
        at=NOON,
        diagnosis=found,
        plan=plan,
        proof=proof,
        refusals=refusals,
        role=seen.role,
        target_account=seen.target.account if seen.target else "",
        unread=seen.unread,
        plan_hash=plan_hash(plan) if plan else "",
        function_arn=seen.function.arn if seen.function else "",
        changes=seen.changes,
    )


def told(rule: str) -> str:
    """Evidence in, everything out."""
    denial, made = denial_of(rule), proposal(rule)
    incident = Incident(denial.fingerprint, 1, denial, 1, denial.at, denial.at, (made,))
    out = {
        "denial": dump(denial),
        "evidence": dump(ACCOUNTS[rule]),
        "proposed": dump(made),
        "text": text(incident, SETTINGS, NOON).splitlines(),
    }
    return json.dumps(out, indent=2, ensure_ascii=False) + "\n"
