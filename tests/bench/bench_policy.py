"""Decisions a second on prepared policies, the parsing of a large policy, the import of the package."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable

from iam_watchdog import policy
from iam_watchdog.model import Policy
from iam_watchdog.remedy.document import policy_document
from iam_watchdog.remedy.prove import missing, prove
from iam_watchdog_cli.case import read as read_case
from tests.policy.cases import golden
from tests.policy.strategies import SESSION, A, document, request

LARGE = 100_000
IMPORT = "import time; t = time.perf_counter(); import iam_watchdog.policy; print(time.perf_counter() - t)"


def run() -> dict[str, float | str]:
    """The figures; processor time, so that a busy machine counts little."""
    of = random.Random(1).choice
    mixed = [(request(of), [document(of) for _ in range(of(range(1, 5)))]) for _ in range(400)]
    rules = [read_case(case) for case in golden()]
    return {
        "policy: decisions/s, random policies, answer only": _rate(lambda: [policy.answer(*one) for one in mixed], 400),
        "policy: decisions/s, random policies, with reasons": _rate(
            lambda: [policy.decide(*one) for one in mixed], 400
        ),
        "policy: decisions/s, the 77 golden rules, with reasons": _rate(lambda: [policy.decide(*r) for r in rules], 77),
        "policy: a new 100 kB policy parsed, ms": _parsed(),
        "policy: import of the package, ms": 1000 * min(_imported() for _ in range(5)),
        "policy: a proposal proved, ms": 1000 / _rate(_proved, 1),
    }


def _rate(work: Callable[[], object], size: int, seconds: float = 1.5) -> float:
    """How often a second, best of three, once everything is prepared."""
    work()
    best = 0.0
    for _ in range(3):
        count, started = 0, time.process_time()
        while time.process_time() - started < seconds / 3:
            work()
            count += size
        best = max(best, count / (time.process_time() - started))
    return best


def _parsed() -> float:
    statement = {
        "Sid": "S000",
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject", "sqs:Send*"],
        "Resource": ["arn:aws:s3:::bucket-000/*", f"arn:aws:sqs:us-east-1:{A}:queue-000"],
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": ["red", "blue"]}},
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement] * (LARGE // len(json.dumps(statement)))})
    times = []
    for turn in range(15):
        fresh = text + " " * turn  # Another text each time: a known one comes from the cache.
        started = time.process_time()
        policy.prepare(fresh)
        times.append(time.process_time() - started)
    return 1000 * min(times)


def _imported() -> float:
    out = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)  # noqa: S603
    return float(out.stdout)


def _proved() -> None:
    asked = read_case({"request": {"principal": SESSION, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}})
    lacks = missing(*asked)
    added = [Policy(layer, "added", json.dumps(policy_document([allow]))) for layer, allow in lacks]
    prove(*asked, added, own=[allow for _, allow in lacks])
