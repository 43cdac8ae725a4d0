"""What is made of one golden incident, from the denial to the e-mail, as one JSON text."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from iam_watchdog import guard
from iam_watchdog.model import WATCHDOG, Denial, Evidence, Incident, Proposed
from iam_watchdog.ports import Settings
from iam_watchdog.records import dump, plan_hash
from iam_watchdog.remedy import managed, propose
from iam_watchdog.report.text import text
from iam_watchdog.rules import diagnose
from tests.golden.incidents import ACCOUNTS, denial_of
from tests.golden.restored import RESTORED
from tests.rules.cases import ACCOUNT, NOON, REGION

SETTINGS = Settings(ACCOUNT, REGION, approvals=True, approvers=("U0APPROVER",), allow_listed=managed.PINNED)


def written(name: str) -> Path:
    """Where a golden incident is kept: a rule's, or one of RESTORED."""
    return Path(__file__).parent / ("removals" if name in RESTORED else "") / f"{name}.json"


def _read(name: str) -> tuple[Denial, Evidence]:
    if name in RESTORED:
        rule, seen = RESTORED[name]
        return denial_of(rule), seen
    return denial_of(name), ACCOUNTS[name]


def proposal(name: str) -> Proposed:
    """Diagnosed, proven and judged as the story does it."""
    denial, seen = _read(name)
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
        changes=tuple(replace(change, before="") for change in seen.changes),
    )


def told(name: str) -> str:
    """Evidence in, everything out."""
    (denial, seen), made = _read(name), proposal(name)
    incident = Incident(denial.fingerprint, 1, denial, 1, denial.at, denial.at, (made,))
    out = {
        "denial": dump(denial),
        "evidence": dump(seen),
        "proposed": dump(made),
        "text": text(incident, SETTINGS, NOON).splitlines(),
    }
    return json.dumps(out, indent=2, ensure_ascii=False) + "\n"
