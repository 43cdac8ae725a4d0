"""API calls, rounds and time of one diagnosis: an object under a customer's key, every answer from memory."""

from __future__ import annotations

import time

from iam_watchdog import rules
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.remedy import propose
from tests.aws import shop
from tests.aws.answers import Answers, Reply

RUNS = 20


def run() -> dict[str, float | str]:
    """Calls and rounds are exact; the time is our own, without any network."""
    quiet: dict[str, Reply] = {
        "cloudtrail:LookupEvents": {"Events": []},
        "accessanalyzer:ValidatePolicy": {"findings": []},
    }
    aws = Answers({**shop.shop(), **quiet})
    reader = AccountReader(aws.clients(), shop.SETTINGS, lambda: shop.NOON)
    denial = shop.denial()
    evidence = reader.gather(denial)
    calls, rounds = len(aws.asked), reader.rounds
    reader.gather(denial)
    again = len(aws.asked) - calls
    evidence = reader.changes(denial, evidence)
    found, _, _ = propose.plan(rules.diagnose(denial, evidence), denial, evidence)
    reader.validate(found.fixes, evidence)
    lookups, opinions = (len(aws.named(name)) for name in ("cloudtrail:LookupEvents", "accessanalyzer:ValidatePolicy"))
    started = time.perf_counter()
    for _ in range(RUNS):
        propose.plan(rules.diagnose(denial, evidence), denial, evidence)
    seconds = (time.perf_counter() - started) / RUNS
    return {
        "one diagnosis: API calls (1 inline, 1 customer policy, a key)": calls,
        "the next diagnosis in the same process: API calls": again,
        "one diagnosis: rounds of concurrent reads": rounds,
        "one diagnosis: pages of CloudTrail's history, asked for afterwards": lookups,
        "one diagnosis: documents shown to IAM Access Analyzer": opinions,
        "one diagnosis: ms of our own to decide, propose and prove": seconds * 1000,
    }
