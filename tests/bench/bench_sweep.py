"""API calls and time of one sweep over a thousand varied functions, every answer from memory."""

from __future__ import annotations

import time

from iam_watchdog.aws.survey import Account
from iam_watchdog.expect import audit
from tests.aws import twin
from tests.aws.region import ACCOUNT, NAME, NOW, calls

FUNCTIONS = 1_000


def run() -> dict[str, float | str]:
    """Calls per function, seconds, and that all that is broken was found."""
    region, wanted = twin.region(FUNCTIONS, broken=True)
    answers = region.answers()
    started = time.perf_counter()
    account = Account(answers.clients(NAME), ACCOUNT)
    audits = [audit(view, NOW) for page in account.pages() for view in page.views]
    seconds = time.perf_counter() - started
    found = sorted((one.function, denial.action) for one in audits for denial in one.denials)
    if found != sorted(wanted):
        raise RuntimeError(f"{len(found)} findings, {len(wanted)} things are broken")
    return {
        "sweep of 1,000 functions: API calls per function": sum(calls(answers).values()) / FUNCTIONS,
        "sweep of 1,000 functions: seconds of our own (no network, botocore included)": seconds,
        "sweep of 1,000 functions: requests decided": float(sum(one.checked for one in audits)),
    }
