"""Denials read per second, and ordinary lines turned away per second against one bare regular-expression search."""

from __future__ import annotations

import json
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from iam_watchdog.detect import parse, sieve

CORPUS = Path(__file__).parents[1] / "detect" / "open.jsonl"
"""Real messages as people paste them: every SDK, escaped, quoted, cut, redacted; no two alike."""
EVENTS = Path(__file__).parents[2] / "events"
"""What functions themselves log."""
BARE = re.compile(r"AccessDenied|not authorized to perform|UnauthorizedOperation|Forbidden")
"""What a hand-written filter would search for."""
ORDINARY = (
    "START RequestId: 11112222-3333-4444-5555-666677778888 Version: $LATEST",
    "REPORT RequestId: 11112222-3333-4444-5555-666677778888\tDuration: 102.25 ms\tBilled Duration: 103 ms\tMemory Size:"
    " 128 MB\tMax Memory Used: 58 MB\tInit Duration: 233.45 ms",
    '{"level":"INFO","location":"handler:24","message":"order stored","timestamp":"2026-01-01 12:00:00",'
    '"service":'
    '"orders","cold_start":false,"function_name":"orders","function_request_id":"11112222-3333-4444-5555-666677778888",'
    '"order":{"id":"o-1","lines":[{"sku":"a","n":2},{"sku":"b","n":1}],"total":1299}}',
    "2026-01-01T12:00:00.000Z\t11112222-3333-4444-5555-666677778888\tINFO\tGET /orders/o-1 200 in 12 ms",
    "[INFO]\t2026-01-01T12:00:00.000Z\t11112222-3333-4444-5555-666677778888\tcache hit for key orders/o-1",
    'Traceback (most recent call last):\n  File "/var/task/app.py", line 12, in handler\n'
    "    return go(event)\nKeyError: 'id'",
)
REPEATS = 7


def run() -> dict[str, float | str]:
    """Medians of several runs in one process, JSON decoded beforehand."""
    rows = [json.loads(line) for line in CORPUS.read_text().splitlines()]
    denied = [row["message"] for row in rows if row["is_iam_denial"]]
    reading = _per_second(parse.read, denied, 20)
    logged = _per_second(parse.read, list(_logged()), 200)
    ours, bare = _per_second(sieve.suspicious, ORDINARY, 20_000), _per_second(BARE.search, ORDINARY, 20_000)
    return {
        "denials read per second, one core, of the corpus": reading,
        "denials read per second, one core, as functions log them (events/)": logged,
        "ordinary lines turned away per second": ours,
        "ordinary lines: our time as a multiple of one bare regular-expression search": bare / ours,
    }


def _logged() -> Iterator[str]:
    """The log lines of events/ that hold a denial."""
    for path in sorted(EVENTS.glob("*.json")):
        for event in json.loads(path.read_text()).get("logEvents", ()):
            if parse.read(event["message"]):
                yield event["message"]


def _per_second(read: Callable[[str], object], texts: Sequence[str], times: int) -> float:
    """Texts per second of processor time."""
    taken = []
    for _ in range(REPEATS):
        started = time.process_time()
        for _ in range(times):
            for text in texts:
                read(text)
        taken.append(time.process_time() - started)
    return times * len(texts) / statistics.median(taken)
